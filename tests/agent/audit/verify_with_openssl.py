#!/usr/bin/env python3
"""Verifies an audit log by what its format says (agent/audit/format.h), with hashlib and the openssl command
alone: it shares nothing with the agent. Prints how many records and signatures there are.

    verify_with_openssl.py FILE...
"""
import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

SIGNATURE = re.compile(rb',"signature":"([^"]*)"}$')


def check_signature(public_key, line):
    """With the openssl command."""
    with tempfile.TemporaryDirectory() as scratch:
        paths = [pathlib.Path(scratch, name) for name in ("key", "message", "signature")]
        contents = (base64.b64decode(public_key), SIGNATURE.sub(b"}", line),
                    base64.b64decode(SIGNATURE.search(line)[1]))
        for path, content in zip(paths, contents):
            path.write_bytes(content)
        key, message, signature = paths
        subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", key,
                        "-in", message, "-sigfile", signature], check=True, stdout=subprocess.DEVNULL)


def key_id(public_key):
    return hashlib.sha256(base64.b64decode(public_key)).hexdigest()[:32]


def main():
    lines = b"".join(pathlib.Path(name).read_bytes() for name in sys.argv[1:]).splitlines()
    seq, prev, public_key, signatures = 0, "0" * 64, None, 0
    for line in lines:
        record = json.loads(line)
        assert record["seq"] == seq + 1, f"record {seq + 1} is missing"
        assert record["prev"] == prev, f"record {seq + 1} does not follow the one before"
        public_key = public_key or record["public_key"]
        if "signature" in record:
            assert record["key_id"] == key_id(public_key), "signed by another key"
            check_signature(public_key, line)
            signatures += 1
        public_key = record.get("new_public_key", public_key)
        seq, prev = record["seq"], hashlib.sha256(line).hexdigest()
    print(f"{seq} records, {signatures} signatures")


main()
