"""Another user, and one deed of this user's in a directory of a tenant:

    trespasser.py UID GROUP[,GROUP...]|- DEED PATH

Says "done", or the name of the error that the kernel gave."""

import errno
import itertools
import os
import sys

BLOCK = b"x" * 4096


def read(path):
    with open(path, "rb") as file:
        file.read(1)


def truncate(path):
    os.truncate(path, 0)


def create(path):
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644))


def link(path):
    os.link(path, os.path.join(os.path.dirname(path), "link.shmx"))


def replace(path):
    own = os.path.join(os.path.dirname(path), "own")
    create(own)
    os.rename(own, path)


def move(path):
    os.rename(path, path + ".moved")


def open_to_all(path):
    os.chmod(path, 0o777)


def fill_bytes(path):
    """Until the file system has none left."""
    with open(os.path.join(path, "ballast"), "xb", buffering=0) as file:
        try:
            while True:
                file.write(BLOCK)
        except OSError as full:
            if full.errno != errno.ENOSPC:
                raise


def fill_inodes(path):
    """Until the file system has none left."""
    try:
        for i in itertools.count():
            create(os.path.join(path, f"squatter{i}.shmx"))
    except OSError as full:
        if full.errno != errno.ENOSPC:
            raise


DEEDS = {"list": os.listdir, "read": read, "truncate": truncate, "create": create, "link": link,
         "replace": replace, "move": move, "unlink": os.unlink, "make_directory": os.mkdir,
         "open_to_all": open_to_all, "fill_bytes": fill_bytes, "fill_inodes": fill_inodes}


def main():
    uid, groups, deed, path = sys.argv[1:]
    os.setgroups([] if groups == "-" else [int(group) for group in groups.split(",")])
    os.setresgid(int(uid), int(uid), int(uid))
    os.setresuid(int(uid), int(uid), int(uid))
    os.umask(0o022)
    try:
        DEEDS[deed](path)
        print("done")
    except OSError as error:
        print(errno.errorcode[error.errno])


if __name__ == "__main__":
    main()
