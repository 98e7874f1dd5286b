"""What the tests of the packages stand on: the packages themselves, and a fresh root of Debian 12 with
what the packages say that they depend on and a compiler, in which nothing of this machine is.
fresh_root.py debs|root BUILD

Each is made once per build directory: the root is as old as the list of packages that it is made of."""

import fcntl
import hashlib
import pathlib
import re
import shutil
import subprocess
import sys

NAMES = ["shm-exporter", "libshm-exporter-dev", "python3-shm-exporter"]

# What somebody has who builds a service; the rest is for the package to ask for.
BUILDER = ["cmake", "g++", "make", "pkg-config", "protobuf-compiler-grpc", "prometheus-cpp-dev"]


def run(*command, **options):
    """The output of a command that must succeed."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


class Packages:
    """The packages of a build directory, in BUILD/packages."""

    def __init__(self, build):
        self.build = pathlib.Path(build)
        self.folder = self.build / "packages"

    def path(self, name):
        (found,) = self.folder.glob(f"{name}_*.deb")
        return found

    def make(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        run(*self.command())

    def command(self):
        return ["cpack", "--config", self.build / "CPackConfig.cmake", "-B", self.folder]

    def field(self, name, field):
        return run("dpkg-deb", "--field", self.path(name), field).strip()

    def dependencies(self):
        """The names that they ask for, outside of each other; of alternatives the last, which is the
        smallest."""
        found = set()
        for name in NAMES:
            for clause in self.field(name, "Depends").split(","):
                found.add(re.sub(r"\s*\(.*?\)", "", clause.split("|")[-1]).strip())
        return found - set(NAMES)


def mirrors():
    """Where this machine has its Debian 12 from, as lines of a sources.list."""
    targets = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)",
                  "Created-By: Packages")
    return sorted({f"deb {target}" for target in targets.splitlines()
                   if re.search(r" bookworm\S* main$", target)})


def make_root(packages):
    """The root's path. Unpacked, so that a test takes no time to lay a writable one over it."""
    root = packages.build / "package-root"
    wanted = sorted(packages.dependencies() | set(BUILDER))
    key = hashlib.sha256(" ".join(wanted).encode()).hexdigest()
    made_of = packages.build / "package-root.key"
    # Two tests at once would unpack into each other.
    with open(packages.build / "package-root.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made_of.exists() and made_of.read_text(encoding="ascii") == key:
            return root
        made_of.unlink(missing_ok=True)
        shutil.rmtree(root, ignore_errors=True)
        run("mmdebstrap", "--mode=root", "--variant=essential", f"--include={','.join(wanted)}",
            "--dpkgopt=force-unsafe-io", "bookworm", root, *mirrors())
        made_of.write_text(key, encoding="ascii")
    return root


if __name__ == "__main__":
    {"debs": Packages.make, "root": make_root}[sys.argv[1]](Packages(sys.argv[2]))
