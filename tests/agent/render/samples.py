"""Parses a page in text 0.0.4 on stdin with the Prometheus client's parser and prints each sample as
one line that needs no quoting: name, label=value pairs (values in hex, sorted), the double's bits."""

import struct
import sys

from prometheus_client.parser import text_string_to_metric_families

for family in text_string_to_metric_families(sys.stdin.buffer.read().decode("utf-8")):
    print("family", family.name, family.type, family.documentation.encode("utf-8").hex())
    for sample in family.samples:
        labels = [f"{name}={value.encode('utf-8').hex()}" for name, value in sorted(sample.labels.items())]
        print(sample.name, *labels, struct.pack(">d", sample.value).hex())
