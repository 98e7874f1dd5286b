"""A tmpfs of a test's own, mounted where only this process and its children see it."""

import contextlib
import ctypes
import os

CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def unshare_mounts():
    """From here on, mounts of this process are its own."""
    _check(_libc.unshare(CLONE_NEWNS), "unshare")
    _check(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "mount / private")


@contextlib.contextmanager
def tmpfs(path, options=""):
    """Mounts one on a path, over what is there; after unshare_mounts()."""
    target = os.fsencode(path)
    _check(_libc.mount(b"tmpfs", target, b"tmpfs", 0, options.encode()), f"mount {path}")
    try:
        yield
    finally:
        _check(_libc.umount2(target, MNT_DETACH), f"umount {path}")
