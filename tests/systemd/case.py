"""Runs the tests of one file, or one of them, each on a host of its own: FILE --build BUILD [TEST]."""

import argparse
import os
import unittest

from machine import Machine

FULL = "SHMX_FULL" in os.environ


class Case(unittest.TestCase):
    """A test on a host where the product is installed and runs."""
    build = None

    def setUp(self):
        self.machine = self.enterContext(Machine(self.build))
        self.machine.install()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="the folder of the build")
    parser.add_argument("test", nargs="?", default="test_*", help="a test's name")
    arguments = parser.parse_args()
    Case.build = arguments.build
    unittest.main(argv=["systemd", "-v", "-k", f"*.{arguments.test}"])
