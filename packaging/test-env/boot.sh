#!/usr/bin/env bash
# boot.sh ROOT GROUP: boots the systemd of that root in its own namespaces, including the network, in the control group GROUP.
# Runs until it is killed. Its only child is process 1 of the system: kill that one, then remove the group.
set -euo pipefail
root=$1 group=$2
echo $$ >"$group/cgroup.procs"
exec unshare --mount --pid --net --fork --kill-child --uts --ipc --cgroup --propagation private bash -ec '
  root=$1
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t tmpfs tmpfs "$root/run"
  mount -t tmpfs tmpfs "$root/tmp"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  mkdir -p "$root/dev/pts" "$root/dev/shm"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  hostname test-env
  cd "$root"
  mkdir -p old
  pivot_root . old
  umount -l /old
  # Required for the credentials and mounts of services.
  mount --make-rshared /
  exec env -i container=test-env PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system </dev/null
' boot "$root"
