// Package emulated tries the built package on a machine of its own, which QEMU or User-mode Linux runs: Debian with systemd,
// cgroup v2 and a Docker engine. There the machine itself can fail: it is rebooted, reset at random moments, its engine killed and upgraded,
// its disk filled. It has tests alone, and knows the machine as its owner does: by SSH, by its power button and by the plug.
//
//	make test-machine               # all of it; a report at the end, and in dist
//	make test-machine SHORT=yes     # install, launch, one hard reset, all back
//	make test-machine ONLY=reboot   # steps with that word, and what they stand on
//
// The disk image is made by debootstrap and mke2fs, without mounting anything, and kept in the user's cache.
// docs/reliability.md has the last report.
package emulated
