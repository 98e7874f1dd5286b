"""Runs the tests of one file, or one of them: FILE --agent PATH --service PATH --client PATH [TEST]."""

import argparse
import unittest

from harness import Programs


class Case(unittest.TestCase):
    """A test with the paths of the binaries."""
    programs = None


def main():
    parser = argparse.ArgumentParser()
    for program in ("agent", "service", "client"):
        parser.add_argument(f"--{program}", required=True)
    parser.add_argument("test", nargs="?", default="test_*", help="a test's name")
    arguments = parser.parse_args()
    Case.programs = Programs(arguments.agent, arguments.service, arguments.client)
    # -k with a pattern is matched against module.Class.test.
    unittest.main(argv=["e2e", "-v", "-k", f"*.{arguments.test}"])
