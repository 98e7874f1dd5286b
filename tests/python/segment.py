"""What this process's segment says, as shmtool tells it, and processes whose counts a test looks at."""

import json
import os
import subprocess
import sys

from harness import DEADLINE_S

SHMTOOL = os.environ["SHMX_SHMTOOL"]


def dump(path):
    """What shmtool says of a segment."""
    told = subprocess.run([SHMTOOL, "dump", "--json", str(path)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(told.stdout)


def counted(path):
    """{(family, (label, value), ...): series} of a segment, without overflow series."""
    return {(family["name"], *sorted(series["labels"].items())): series
            for family in dump(path)["families"] for series in family["series"] if not series["overflow"]}


def run_script(script, segments, *arguments, **environment):
    """Runs Python code whose counts go there; returns what it printed."""
    done = subprocess.run([sys.executable, "-B", "-c", script, *arguments], check=False, text=True,
                          timeout=DEADLINE_S, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, "SHM_EXPORTER_DIR": str(segments), **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout
