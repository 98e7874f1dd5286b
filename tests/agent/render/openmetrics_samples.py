"""Parses OpenMetrics pages on stdin, each after a line with its size in bytes, with the Prometheus
client's strict parser. Prints for each page `page`, then what it holds as lines that need no quoting:
text in hex, labels sorted, doubles by their bits."""

import struct
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def text(value):
    return value.encode("utf-8").hex()


def bits(value):
    return struct.pack(">d", float("nan") if value != value else value).hex()


def labels(of):
    return "".join(f" {name}={text(value)}" for name, value in sorted(of.items()))


def show(page):
    for family in text_string_to_metric_families(page):
        yield f"family {family.name} {family.type} unit={family.unit} {text(family.documentation)}"
        for sample in family.samples:
            assert sample.timestamp is None
            line = f"{sample.name}{labels(sample.labels)} {bits(sample.value)}"
            exemplar = sample.exemplar
            if exemplar:
                line += f" exemplar{labels(exemplar.labels)} {bits(exemplar.value)}"
                if exemplar.timestamp is not None:
                    line += f" {exemplar.timestamp.sec}.{exemplar.timestamp.nsec:09}"
            yield line


while True:
    size = sys.stdin.buffer.readline()
    if not size:
        break
    page = sys.stdin.buffer.read(int(size)).decode("utf-8")
    print("page")
    try:
        print("\n".join(show(page)))
    except ValueError as error:
        print("invalid", ascii(str(error)))
