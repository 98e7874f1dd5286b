"""check.py RULE: applies one rule of rules.py to the tree; findings on stdout, exit 1 when there are any.
check.py headers COMPILER BUILD: whether every header compiles alone, with what BUILD has generated."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

import rules

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ["agent", "shim", "shm", "tests", "bench"]


def files(*suffixes):
    """(path, text) of every source file, by path from the root."""
    paths = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*")
                   if p.suffix in suffixes and p.is_file())
    return [(str(p.relative_to(ROOT)), p.read_text(encoding="utf-8")) for p in paths]


def top_level_names():
    """What git tracks, and what it would."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True,
                            stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return {name.split("/")[0] for name in listed}


def compile_alone(command, header):
    """The compiler's complaints about a file that includes nothing but this header."""
    done = subprocess.run(
        [*command, "-x", "c++", "-"], input=f'#include "{header}"\n', check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "" if done.returncode == 0 else f"{header}: does not compile alone\n{done.stdout}"


def compiled_first():
    """Headers that a source includes before anything else: the build has compiled them alone."""
    first = (rules.INCLUDE.search(text) for _, text in files(".cc"))
    return {match[2] for match in first if match and match[1] == '"'}


def headers(compiler, build):
    # Not those of the fresh root that the packages are tested in.
    generated = sorted({p.parent for p in pathlib.Path(build).rglob("*.pb.h") if "package-root" not in p.parts})
    command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
               *(f"-I{folder}" for folder in [ROOT, pathlib.Path(build) / "generated", *generated])]
    done = compiled_first()
    names = [path for path, _ in files(".h") if path not in done]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(lambda name: compile_alone(command, name), names))


def findings(rule, *arguments):
    if rule == "headers":
        return list(headers(*arguments))
    if rule == "top_level":
        return list(rules.top_level(top_level_names()))
    if rule == "file_sizes":
        return list(rules.file_sizes(files(".cc", ".h", ".py", ".sh")))
    check = getattr(rules, rule)
    return [finding for path, text in files(".cc", ".h", ".py", ".sh") for finding in check(path, text)]


if __name__ == "__main__":
    found = findings(*sys.argv[1:])
    print("\n".join(found))
    sys.exit(1 if found else 0)
