#!/bin/sh
# First process of a simulated node, run by node-namespace.ts inside fresh network, mount, pid, uts and ipc namespaces.
# It makes the node's file system its own, then becomes tini, so that killing tini powers the node off.
set -eu
state=$1 host_name=$2

hostname "$host_name"
mount --make-rprivate /

# Mounts inherited from an engine on the machine, and other network namespaces' handles, would be pinned by this copy.
awk '/ - nsfs /{print $5} $5 ~ "^/(var/lib|run|var/run)/(docker|containerd)/"{print $5}' /proc/self/mountinfo |
  sort -ru | while read -r mount_point; do umount -l "$mount_point" 2>/dev/null || true; done

# /sys shows the network namespace it was mounted in, so it is mounted again; the cgroup hierarchies below it are kept.
mkdir -p "$state/cgroup"
mount --rbind /sys/fs/cgroup "$state/cgroup"
umount -l /sys
mount -t sysfs sysfs /sys
mount --rbind "$state/cgroup" /sys/fs/cgroup
umount -l "$state/cgroup"
rmdir "$state/cgroup"

# containerd's shim sockets, xtables.lock and the like.
mount -t tmpfs -o mode=755 tmpfs /run

# No name server and no way out: an image pull fails at once and the engine falls back to the image it has.
resolv_conf=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$resolv_conf")"
[ -e "$resolv_conf" ] || : >"$resolv_conf"
printf 'nameserver 127.0.0.1\n' >"$state/resolv.conf"
mount --bind "$state/resolv.conf" "$resolv_conf"
printf '127.0.0.1 localhost %s\n' "$host_name" >"$state/hosts"
mount --bind "$state/hosts" /etc/hosts

mount --make-rshared /
: >"$state/booted"
exec tini -g -- sleep infinity
