#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Sources that are not as an image would like them: files that change under the reader, that nobody may read, names no view
# can hold, what has no place in an image.  One clear line each, and no target is left.

. "$top_builddir/tests/functions.sh"
requires python3

# ---- files that change while they are read ----
# a pipe takes no more than 64 KiB: the first file fills it, and the second is changed before anybody comes to it

# changing SIZE COMMAND...: build from a file that COMMAND changes in between; the message is in ./stderr
changing() {
	size=$1; shift
	rm -rf live && mkdir live
	head -c 20000000 /dev/zero | tr '\0' a >live/a
	head -c "$size" /dev/zero | tr '\0' z >live/z
	rm -f gate ready && mkfifo gate ready
	{ imgconv -q -T 2 -O iso live - 2>stderr; echo $? >status; } |
		{ head -c 100000 >/dev/null; echo >ready; cat gate >/dev/null; cat >/dev/null; } &
	cat ready >/dev/null
	"$@"
	: >gate
	wait $!
	[ "$(cat status)" = 1 ] || { cat stderr >&2; fail "$*: exit $(cat status), want 1"; }
	[ "$(wc -l <stderr)" = 1 ] || { cat stderr >&2; fail "$*: more than a line"; }
}

for size in 5000 9000000; do
	changing $size truncate -s -1000 live/z
	says stderr 'imgconv: live: z: the file '
	changing $size sh -c 'echo more >>live/z'
	says stderr 'imgconv: live: z: the file '
	changing $size rm live/z
	says stderr 'imgconv: live: z: cannot open it: No such file'
	changing $size sh -c 'rm live/z; mkdir live/z'
	says stderr 'imgconv: live: z: '
done
# a target that is a file does not appear
mkdir late && head -c 3000000 /dev/urandom >late/data
(sleep 0.01; while [ ! -e stop ]; do echo x >>late/data; done) &
imgconv -q late late.iso 2>stderr || nothing_left late.iso
: >stop
wait

# ---- files nobody may read ----
mkdir -p shut/in && echo secret >shut/secret && echo open >shut/open
chmod 0 shut/secret
try=imgconv
if [ "$(id -u)" = 0 ]; then
	chmod 755 . && mkdir -m 777 room && cp "$(command -v imgconv)" room/
	try="setpriv --reuid=65534 --regid=65534 --clear-groups room/imgconv"
	$try --version >/dev/null 2>&1 || try=
fi
if [ "$try" ]; then
	target=${room:-room}/x.iso
	mkdir -p room
	# shellcheck disable=SC2086 # words
	expect 1 $try shut "$target"
	says stderr "imgconv: shut: secret: cannot open it: Permission denied"
	nothing_left "$target" room/.x*
	# shellcheck disable=SC2086
	expect 0 $try -q --exclude secret shut "$target"
	chmod 0 shut/in
	# shellcheck disable=SC2086
	expect 1 $try -y --exclude secret shut "$target"
	says stderr "imgconv: shut: in: cannot open the folder: Permission denied"
	chmod 755 shut/in
else
	echo "unreadable files: this root cannot be anybody else"
fi

# ---- what has no place in an image ----
mkdir odd && mkfifo odd/fifo && echo x >odd/file
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("odd/socket")'
expect 0 imgconv odd odd.iso
says stderr 'imgconv: odd: warning: fifo: a FIFO has no place in an image; it is left out'
says stderr 'imgconv: odd: warning: socket: a socket has no place in an image; it is left out'
imginfo -l odd.iso >listed
[ "$(cat listed)" = file ] || { cat listed >&2; fail "what is in odd.iso"; }
expect 4 imgconv --strict odd strict.iso
nothing_left strict.iso

# ---- the target inside the source ----
mkdir -p self/below
expect 6 imgconv self self/x.iso
says stderr 'lies in the source folder self, and would become part of itself'
expect 6 imgconv self/ self/below/x.iso
ln -s self/below shortcut
expect 6 imgconv self shortcut/x.iso
(cd self && expect 6 imgconv . x.iso)
expect 6 imgconv --graft self:into odd self/x.iso
nothing_left self/x.iso self/below/x.iso

# ---- labels and other texts that do not fit ----
for key in system-id:32 volume-set:128 publisher:128 preparer:128 application:128; do
	name=${key%:*} most=${key#*:}
	expect 2 imgconv --opt "$name=$(printf 'x%.0s' $(seq $((most + 1))))" odd text.iso
	says stderr "has $((most + 1)) bytes; at most $most fit"
	expect 0 imgconv -qq -y --opt "$name=$(printf 'x%.0s' $(seq "$most"))" odd text.iso
	rm text.iso
done
expect 2 imgconv -V "$(printf 'x%.0s' $(seq 33))" odd text.iso
says stderr 'the label "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" has 33 bytes; at most 32 fit'
expect 0 imgconv -V 'more than sixteen characters' odd text.iso
says stderr 'Joliet shows only 16 characters of the label "more than sixteen characters"'

# ---- names ----
mkdir names
long=$(printf 'n%.0s' $(seq 120))
echo 1 >"names/$long.one"; echo 2 >"names/$long.two"; echo 3 >"names/${long}x.one"
echo 4 >'names/co:lon?'; echo 5 >names/Case; echo 6 >names/case; echo 7 >"names/$(printf 'bad\377')"
expect 0 imgconv names names.iso
cut=$(printf 'n%.0s' $(seq 99))
says stderr "warning: $long.one: Joliet calls it \"$cut.one\""
says stderr "warning: $long.two: Joliet calls it \"$cut.two\""
says stderr "warning: ${long}x.one: Joliet calls it \"${cut%n}0.one\""
says stderr 'warning: co:lon?: Joliet calls it "co_lon_"'
says stderr 'warning: case: Windows takes it and "Case" for one name in Joliet'
expect 0 imgconv -q x --view joliet names.iso -C joliet
[ "$(ls joliet | wc -l)" = 7 ] || { ls joliet >&2; fail "Joliet lost names"; }
same "names/${long}x.one" "joliet/${cut%n}0.one"
expect 4 imgconv --strict names strict.iso
nothing_left strict.iso
expect 0 imgconv --strict --no-joliet names strict.iso
rm strict.iso
expect 0 imgconv --no-joliet --opt rock-ridge=no names plain.iso
says stderr 'ISO 9660 calls it'
expect 0 imgconv --opt joliet=64 names short.iso
says stderr "warning: $long.one: Joliet calls it \"$(printf 'n%.0s' $(seq 60)).one\""

# every one of many: all in JSON and with -v, the number of them else
python3 - <<'EOF'
import os
os.mkdir("many")
for i in range(400):
    open("many/%0200d" % i, "w").close()
EOF
expect 0 imgconv -y many many.iso
[ "$(grep -c 'Joliet calls it' stderr)" = 100 ] || fail "$(grep -c 'Joliet calls it' stderr) names told"
says stderr 'warning: 300 more like these'
expect 0 imgconv -y -v many many.iso
[ "$(grep -c 'Joliet calls it' stderr)" = 400 ] || fail "-v: $(grep -c 'Joliet calls it' stderr) names told"
expect 0 imgconv -y --json many many.iso
[ "$(grep -c 'Joliet calls it' stdout)" = 400 ] || fail "--json: $(grep -c 'Joliet calls it' stdout) names told"

# ---- more folders than a path table can number ----
python3 - <<'EOF'
import tarfile
with tarfile.open("folders.tar", "w", format=tarfile.USTAR_FORMAT) as t:
    for i in range(250):
        for name in ["%03d" % i] + ["%03d/%03d" % (i, k) for k in range(280)]:
            e = tarfile.TarInfo(name)
            e.type, e.mode = tarfile.DIRTYPE, 0o755
            t.addfile(e)
EOF
expect 0 imgconv folders.tar folders.iso
says stderr 'warning: 70251 folders, but the path table can number 65535 parents'
[ "$(imginfo -l folders.iso | wc -l)" = 70250 ] || fail "folders were lost"
expect 0 imginfo --verify folders.iso
exit 0
