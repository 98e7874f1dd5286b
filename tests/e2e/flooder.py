"""Another user, and what that one may do in the segment directory:

    flooder.py DIRECTORY fill FILES | churn | lease | link NAME

Says "begun", and "done" when it has done what it was told, or why it may not; its live segments die when
it is killed."""

import fcntl
import itertools
import os
import signal
import sys

from tiny_segment import lock, tiny_segment

NOBODY = 65534
JOB, FAMILY = "flood", "flood_files_total"
LIVE_SEGMENTS = DEAD_SEGMENTS = 1000
GARBAGE_BYTES = 64
SPARSE_FILES = {"sparse.shmx": 1 << 40, "hole.shmx": 1 << 26}  # the smaller is no larger than a segment


def create(name, content=b""):
    file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
    if content:
        os.write(file, content)
    return file


def fill(files):
    """Sparse files, live and dead segments of one count each, and garbage: most of it empty, since other
    garbage takes a page each, and half of it under names that no segment has."""
    for name, size in SPARSE_FILES.items():
        os.truncate(create(name), size)
    live = []
    for i in range(LIVE_SEGMENTS):
        live.append(create(f".live{i}", tiny_segment(JOB, FAMILY, 1)))
        lock(live[-1])
        os.rename(f".live{i}", f"live{i}.shmx")
    for i in range(DEAD_SEGMENTS):
        os.close(create(f".dead{i}", tiny_segment(JOB, FAMILY, 1)))
        os.rename(f".dead{i}", f"dead{i}.shmx")
    for i in range(int(files) - LIVE_SEGMENTS - DEAD_SEGMENTS - len(SPARSE_FILES)):
        name = f"garbage{i:030}" + (".shmx" if i % 2 else "")
        os.close(create(name, b"\xa5" * GARBAGE_BYTES if i % 10 == 1 else b""))
    return live


def churn():
    names = [os.urandom(16).hex() + ".shmx" for _ in range(1000)]
    for name in itertools.cycle(names):
        os.close(create(name))
        os.unlink(name)


def lease():
    """A live segment whose opening waits until this process lets it."""
    file = create(".leased", tiny_segment(JOB, FAMILY, 1))
    lock(file)
    signal.signal(signal.SIGIO, signal.SIG_IGN)  # asked to give it back, it does not
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    os.rename(".leased", "leased.shmx")
    return [file]


def link(name):
    os.link(name, "link.shmx")
    return [None]


def main():
    directory, what, *arguments = sys.argv[1:]
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    os.chdir(directory)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print("begun", flush=True)
    deed = {"fill": fill, "churn": churn, "lease": lease, "link": link}[what]
    try:
        held = deed(*arguments)
        print("done", flush=True)
    except PermissionError as error:
        held = [error]
        print(error.strerror, flush=True)
    while held:
        signal.pause()


if __name__ == "__main__":
    main()
