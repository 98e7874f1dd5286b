"""bench/run.sh runs to its end and writes a number for each aim. How good they are is for people: machines are
noisy. bench_test.py SOURCE"""

import json
import math
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "bench"))
from report import AIMS  # noqa: E402  pylint: disable=wrong-import-position


def main():
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "results.json"
        subprocess.run([SOURCE / "bench/run.sh", "--out", out], check=True)
        results = json.loads(out.read_text(encoding="utf-8"))
    missing = [key for key, _, _ in AIMS if key not in results]
    assert not missing, f"no number for {missing}"
    wrong = {key: value for key, value in results.items()
             if not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0}
    assert not wrong, f"no numbers that could be measured: {wrong}"


main()
