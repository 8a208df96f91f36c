#!/bin/sh
# What the packages' own scripts would have done, as far as a socket can notice. They are not run: so a root file system takes
# seconds, and that of another architecture needs no emulator. mmdebstrap calls this with the folder of the root file system.
set -eu
root=$1

copy_unless_there() {
    if [ -e "$root$1" ] && [ ! -e "$root$2" ]; then cp "$root$1" "$root$2"; fi
}

# getaddrinfo asks /etc/nsswitch.conf where to look first, and os.getlogin and the like need names for 0 and 65534.
copy_unless_there /usr/share/libc-bin/nsswitch.conf /etc/nsswitch.conf
copy_unless_there /usr/share/base-passwd/passwd.master /etc/passwd
copy_unless_there /usr/share/base-passwd/group.master /etc/group
[ -e "$root/etc/passwd" ] || printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/:/bin/sh >"$root/etc/passwd"
[ -e "$root/etc/group" ] || printf '%s\n' root:x:0: nogroup:x:65534: >"$root/etc/group"

# Of the machine that builds; the engine writes a container's own.
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"

# Nobody reads them here, and they are a sixth of the whole.
rm -rf "$root/usr/share/doc" "$root/usr/share/info" "$root/usr/share/locale" "$root/usr/share/man"
