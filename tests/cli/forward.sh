#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# One pass: from a pipe or a compressed stream into a target that takes its bytes as they come, without a work file; and
# what is only known at the end.

. "$top_builddir/tests/functions.sh"
requires python3

# a GPT disk of 24 MiB: data that does not shrink from 3 to 5 MiB, two partitions, and the rest zeros
python3 - <<'END'
import hashlib, struct, zlib
size = 24 << 20
d = bytearray(size)
n = size // 512
d[3 << 20:5 << 20] = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(65536))
table = b""
for first, last in (2048, 8191), (8192, 30000):
    table += struct.pack("<16s16sQQQ72s", bytes.fromhex("af3dc60f838472478e793d69d8477de4"), b"%16d" % first, first, last, 0, b"")
table = table.ljust(128 * 128, b"\0")
def header(at, other, entries):
    h = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, at, other, 34, n - 34, b"disk" * 4, entries, 128, 128,
                    zlib.crc32(table))
    return (h[:16] + struct.pack("<I", zlib.crc32(h)) + h[20:]).ljust(512, b"\0")
d[446:462] = struct.pack("<8BII", 0, 0, 2, 0, 0xee, 255, 255, 255, 1, n - 1)
d[510:512] = b"\x55\xaa"
d[512:1024] = header(1, n - 1, 2)
d[1024:1024 + len(table)] = table
d[(n - 33) * 512:(n - 1) * 512] = table
d[(n - 1) * 512:] = header(n - 1, 1, n - 33)
open("disk.img", "wb").write(d)
END
gzip -1 -c disk.img >disk.img.gz

# one_pass COMMAND...: no work file, nothing to warn of
one_pass() {
	expect 0 "$@"
	says_not stderr 'work file'
	says_not stderr 'warning'
}

# ---- from a file and from pipes; holes are made; all -T give the same ----
for t in 1 2 5; do
	one_pass imgconv -y -T$t disk.img.gz out.img
	same out.img disk.img
	[ "$(du -k out.img | cut -f1)" -le 3000 ] || fail "-T$t: zeros were written"
	one_pass sh -c "cat disk.img.gz | imgconv -y -T$t - out.img"
	same out.img disk.img
	[ "$(du -k out.img | cut -f1)" -le 3000 ] || fail "-T$t, a pipe: zeros were written"
done
one_pass sh -c "cat disk.img | imgconv -y - out.img"
same out.img disk.img
one_pass sh -c "cat disk.img | imgconv -q -O raw - - | cmp - disk.img"
xz -0 -c disk.img.gz >disk.img.gz.xz
one_pass imgconv -y disk.img.gz.xz out.img
same out.img disk.img
one_pass sh -c "cat disk.img.gz.xz | imgconv -y - out.img"
same out.img disk.img
one_pass sh -c "cat disk.img.gz | imgconv -y --checksum - out.img.gz && gzip -dc out.img.gz | cmp - disk.img"
sha256sum -c --quiet out.img.gz.sha256 || fail "the sum of what was written"
# nothing else is written
if strace -o /dev/null true 2>/dev/null; then
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat,open -o calls imgconv -q -y disk.img.gz out.img
	! grep -E 'O_TMPFILE|O_RDWR[^)]*O_EXCL' calls | grep -v '\.part"' || fail "a work file was made"
fi

# ---- one partition ----
one_pass imgconv -y -P2 disk.img.gz part.img
tail -c +4194305 disk.img | head -c 11166208 | cmp - part.img || fail "partition 2"
one_pass sh -c "cat disk.img.gz | imgconv -y -P1 - part.img"
tail -c +1048577 disk.img | head -c 3145728 | cmp - part.img || fail "partition 1"
expect 2 imgconv -y -P9 disk.img.gz part.img
rm -f part.img

# ---- a stream that breaks off or is damaged leaves nothing, from a file or a pipe, also behind the partition ----
head -c 900000 disk.img.gz >cut.gz
cp disk.img.gz flip.gz
printf 'flip' | dd of=flip.gz bs=1 seek=1500000 conv=notrunc status=none
for bad in cut flip; do
	expect 4 imgconv $bad.gz no.img
	expect 4 sh -c "cat $bad.gz | imgconv - no.img"
	expect 4 imgconv -P1 $bad.gz no.img
	nothing_left no.img
done
says_not stderr 'ignore-errors'
head -c 20000000 disk.img >short.img
expect 0 sh -c "cat short.img | imgconv -y - out.img"
says stderr 'warning: the backup GPT is missing'
expect 4 sh -c "cat short.img | imgconv --strict - no.img"
nothing_left no.img

# ---- a container that shows only at the end ----
imgconv -q -O udro disk.img flat.dmg
gzip -1 -c flat.dmg >flat.dmg.gz
expect 0 imginfo flat.dmg.gz
says stdout 'Apple disk image (UDRO)'
expect 0 imgconv -y flat.dmg.gz out.img
same out.img disk.img
expect 3 sh -c "cat flat.dmg.gz | imgconv - no.img"
says stderr 'its end shows it to be an image in a container: Apple disk image'
expect 3 sh -c "cat flat.dmg | imgconv - no.img"
says stderr 'hint: -f dmg copies it to a work file first'
nothing_left no.img
expect 0 sh -c "cat flat.dmg | imgconv -y -f dmg - out.img"
says stderr 'standard input: note: copied to a work file in . first (2'
same out.img disk.img
one_pass sh -c "cat flat.dmg | imgconv -y -f raw - out.img"
same out.img flat.dmg
# from a file it is written again, through whatever stands in front of the target: more data than what is looked at first
python3 - <<'END'
import hashlib
d = bytearray(open("disk.img", "rb").read())
d[5 << 20:11 << 20] = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(100000, 100000 + (6 << 15)))
open("late.img", "wb").write(d)
END
imgconv -q -O udro late.img late.dmg
gzip -1 -c late.dmg >late.dmg.gz
printf 'a password\n' >pw
for target in img img.gz img.001; do
	for lock in "" "--encrypt --opt key-rounds=1000 --new-password-file pw"; do
		case $target in *.001) split="--split 8M" ;; *) split= ;; esac
		# shellcheck disable=SC2086
		expect 0 imgconv -y --progress=json $lock $split late.dmg.gz "late2.$target"
		[ "$(grep -c '"event":"start"' stderr)" = 2 ] || fail "late2.$target, $lock: it was not written again"
		expect 0 imgconv -y --password-file pw "late2.$target" out.img
		same out.img late.img
	done
done
nothing_left
# a compressed one is known by what its beginning is not
imgconv -q disk.img z.dmg
expect 0 sh -c "cat z.dmg | imgconv -y - out.img"
says stderr 'work file'
same out.img disk.img
expect 0 sh -c "cat disk.img.gz | imgconv -y - out.dmg"
imgconv -q -y out.dmg out.img
same out.img disk.img

# ---- interrupted while the pipe is silent, and a full target: at once, and nothing left ----
mkfifo pipe
(cat disk.img.gz | head -c 1600000; sleep 20) >pipe 2>/dev/null &
feeder=$!
imgconv pipe no.img 2>/dev/null &
job=$!
sleep 0.7
kill -TERM $job
began=$(date +%s)
status=0
wait $job || status=$?
[ $status = 143 ] || fail "interrupted: status $status"
[ $(($(date +%s) - began)) -lt 10 ] || fail "it waits for the pipe"
kill $feeder 2>/dev/null
nothing_left no.img
expect 7 sh -c "ulimit -f 4000; trap '' XFSZ; (cat disk.img.gz; sleep 0.1) | imgconv - no.img"
nothing_left no.img

# ---- gigabytes of zeros ----
{ cat disk.img; head -c 100000000 /dev/zero; } | gzip -1 >z1.gz
one_pass imgconv -y z1.gz out.img
[ "$(du -k out.img | cut -f1)" -le 3000 ] || fail "zeros were written"
