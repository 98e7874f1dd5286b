"""The smallest segment that is right: one counter of one series. By hand, not by the shim: for what no
shim does. The layout is shm/layout.h's."""

import fcntl
import os
import struct

PAGE_BYTES = 4096
CELL_BYTES = 8
DIRECTORY_EXTENT, CELLS_EXTENT = 1, 2
FAMILY_RECORD, SERIES_RECORD = 1, 2
COUNTER_KIND = 1


def _record(kind, body):
    padded = body + bytes(-len(body) % 8)
    return struct.pack("<IHH", 8 + len(padded), kind, 0) + padded


def _directory(family):
    name = family.encode()
    return (_record(FAMILY_RECORD, struct.pack("<HHIQHHHH", COUNTER_KIND, 0, 0, 1, len(name), 0, 0, 0) + name)
            + _record(SERIES_RECORD, struct.pack("<IIII", 0, 1, 1, 0)))


def tiny_segment(job, family, count, pid=None, start_unix_ns=1):
    """Three pages: the header, the directory, one shard."""
    directory = _directory(family)
    service = job.encode()
    header = bytearray(PAGE_BYTES)
    struct.pack_into("<4sHHI", header, 0, b"SHMX", 1, 0, PAGE_BYTES)
    header[16:32] = os.urandom(16)
    struct.pack_into("<QII", header, 32, start_unix_ns, pid or os.getpid(), len(service))
    header[48:48 + len(service)] = service
    struct.pack_into("<QQ", header, 448, len(directory), 2)
    words = PAGE_BYTES // CELL_BYTES
    struct.pack_into("<QIIIII", header, 512, PAGE_BYTES, DIRECTORY_EXTENT, 0, 0, 0, words)
    struct.pack_into("<QIIIII", header, 544, 2 * PAGE_BYTES, CELLS_EXTENT, 0, 1, 0, words)
    cells = struct.pack("<QQ", 0, count)
    return bytes(header) + directory.ljust(PAGE_BYTES, b"\0") + cells.ljust(PAGE_BYTES, b"\0")


def lock(file):
    """Takes the lock that says that the writer lives, for as long as the file is open."""
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0))
