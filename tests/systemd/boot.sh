#!/bin/bash
# Boots the host's own systemd as PID 1 of a host of its own: its processes, mounts, network, IPC, name
# and control group are private, and its root is the host's, under a layer that takes every write. For
# root.
#
#   boot.sh DIRECTORY     DIRECTORY/upper is that layer (what is there already is on the host that boots),
#                         DIRECTORY/work and DIRECTORY/root are empty; all on one tmpfs
#
# It ends when the process that started it does, and leaves the control group of DIRECTORY's name, empty.
set -euo pipefail

case ${2:-begin} in
begin)
  exec unshare --mount "$0" "$1" group
  ;;
group)
  mount --make-rprivate /
  # A group for all its processes; in it they see nothing of the host's.
  mount -t cgroup2 cgroup2 "$1/root"
  mkdir "$1/root/${1##*/}"
  echo $$ >"$1/root/${1##*/}/cgroup.procs"
  umount "$1/root"
  exec unshare --pid --net --ipc --uts --cgroup --mount --fork --kill-child "$0" "$1" boot
  ;;
boot)
  root=$1/root
  mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount -t tmpfs tmpfs "$root/dev"
  for device in null zero full random urandom tty; do
    mknod -m 666 "$root/dev/$device" c "0x$(stat -c %t "/dev/$device")" "0x$(stat -c %T "/dev/$device")"
  done
  mkdir "$root/dev/shm" "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount -t tmpfs tmpfs "$root/run"
  mount -t tmpfs tmpfs "$root/tmp"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  cd "$root"
  mkdir -p run/host
  pivot_root . run/host
  umount --lazy /run/host
  mount --make-rshared /  # As systemd itself does where it is not in a container.
  # "container": it leaves the kernel's affairs alone.
  exec env -i container=shm-exporter-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal
  ;;
esac
