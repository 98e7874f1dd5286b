"""clang-tidy over files of a compilation database. What passed is not looked at again until the file, a
header that it includes, a flag or .clang-tidy changes: the whole tree takes an hour and a half of a
processor, what was changed since takes minutes.
tidy.py ROOT BUILD CACHE JOBS FILES    (FILES: paths below ROOT, one a line; "-": all of ours)"""

import concurrent.futures
import hashlib
import json
import pathlib
import re
import shlex
import subprocess
import sys

CLANG, TIDY = "clang++-14", "clang-tidy-14"
OURS = r"(agent|bench|shim|shm|tests)/"


def commands(root, build):
    """The compiler's arguments by file, of our files and not of what is generated."""
    entries = json.loads((build / "compile_commands.json").read_text())
    return {name: shlex.split(entry["command"])[1:] for entry in entries
            if re.match(OURS, name := str(pathlib.Path(entry["file"])).removeprefix(f"{root}/"))}


def key(root, build, arguments):
    """A hash of all that clang-tidy would see: the file and its headers, comments too (NOLINT)."""
    drop = {"-c", "-o", "-MD", "-MT", "-MF"}
    kept = [word for before, word in zip([""] + arguments, arguments)
            if word not in drop and before not in drop - {"-c", "-MD"} and "ccache" not in word
            and not re.search(r"(^|/)(c\+\+|clang\+\+-14)$", word)]
    command = [CLANG, *kept, "-E", "-P", "-C", f"-fmacro-prefix-map={root}=.", "-w"]
    seen = subprocess.run(command, cwd=build, capture_output=True, check=False)
    if seen.returncode != 0:
        return None, seen.stderr.decode()
    flags = " ".join(kept).replace(str(root), ".")
    parts = [seen.stdout, flags.encode(), (root / ".clang-tidy").read_bytes(), TIDY.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest(), ""


def tidy(root, build, cache, name, arguments):
    """What is wrong with a file; empty: nothing."""
    hashed, problem = key(root, build, arguments)
    if hashed is None:
        return f"{name}: {problem}"
    passed = cache / hashed
    if passed.exists():
        return ""
    done = subprocess.run([TIDY, "-quiet", "-p", str(build), f"-header-filter=^{root}/{OURS}", str(root / name)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode == 0:
        passed.touch()
        return ""
    return "\n".join(line for line in done.stdout.splitlines() if re.search("error:|warning:", line)) or done.stdout


def main():
    root, build, cache = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
    known = commands(root, build)
    asked = list(known) if sys.argv[5] == "-" else pathlib.Path(sys.argv[5]).read_text().split()
    cache.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(int(sys.argv[4])) as pool:
        found = pool.map(lambda name: tidy(root, build, cache, name, known[name]), asked)
        problems = set()
        for problem in filter(None, found):
            print(problem, flush=True)
            problems.add(problem)
    print(f"clang-tidy: {len(asked)} files, {len(problems)} with findings")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
