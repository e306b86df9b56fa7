#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Files out of an image: into folders, archives, lists.

. "$top_builddir/tests/functions.sh"
requires xorriso -version

umask 022
mkdir -p src/docs/deep src/empty
echo hello >src/docs/a.txt
echo run >src/docs/run.sh
chmod 755 src/docs/run.sh
: >src/docs/nothing
ln -s /etc/passwd src/docs/abs
ln -s ../../.. src/docs/up
ln src/docs/a.txt src/docs/deep/hard
head -c 3000000 /dev/zero | tr '\0' x >src/docs/deep/big
printf 'esc' >"src/$(printf 'e\033[2Jname')"
find src -exec touch -h -d '2001-02-03 04:05:06 UTC' {} +
xorriso -as mkisofs -quiet -R -J -o t.iso src >log 2>&1 || fail "cannot make the image"

same_tree() { diff -r --no-dereference src "$1" || fail "$1 differs"; }

# a new folder, an existing one, the verb, serial and parallel
expect 0 imgconv t.iso new/
same_tree new
[ -z "$(find . -name '*.part')" ] || fail "a temporary was left"
[ "$(stat -c %a:%Y new/docs/run.sh)" = 755:981173106 ] || fail "mode or time of run.sh"
[ "$(stat -c %Y new/docs/deep)" = 981173106 ] || fail "time of a folder"
mkdir there
expect 0 imgconv x t.iso -C there -T 1
same_tree there
expect 6 imgconv t.iso there
says stderr 'already exists'
says stderr '-y'
expect 0 imgconv -y t.iso there
same_tree there

# patterns, strip, dry run
expect 0 imgconv x -C some t.iso 'docs/deep/' '*.txt' --strip-components 1
[ "$(cd some && find . -type f | sort | tr '\n' ' ')" = './a.txt ./deep/big ./deep/hard ' ] || fail "patterns"
expect 8 imgconv x -C none t.iso 'no*such'
says stderr 'no*such'
expect 0 imgconv -n t.iso dry/
[ ! -e dry ] || fail "a dry run made something"

# a link in the target is not followed, with or without -y
mkdir trap outside
ln -s ../outside trap/docs
expect 6 imgconv t.iso trap
expect 0 imgconv -y t.iso trap
[ -z "$(ls outside)" ] || fail "written through a link"
mkdir trap2
ln -s ../victim trap2/docs
expect 6 imgconv t.iso trap2
[ ! -e victim ] || fail "written through a dangling link"

# archives
expect 0 imgconv t.iso out.tar
mkdir untar
tar -xf out.tar -C untar
same_tree untar
imgconv -q -O tar t.iso - >stream.tar || fail "a tar stream"
cmp out.tar stream.tar || fail "two archives of one image differ"
expect 0 imgconv t.iso out.tar.gz
gzip -dc out.tar.gz | cmp -n "$(gzip -dc out.tar.gz | wc -c)" - out.tar || fail "tar.gz"
expect 0 imgconv t.iso out.zip
expect 6 imgconv t.iso out.zip

# zeros in data and in holes: holes of the files, as -S has it
mkdir holes
{ head -c 4096 /dev/zero | tr '\0' x; head -c 1044480 /dev/zero; echo end; head -c 100000 /dev/zero; } >holes/large
head -c 65536 /dev/zero >holes/small
truncate -s 3M holes/none
expect 0 imgconv --no-sparse holes/ holes.iso
cp --sparse=always holes.iso mapped.iso
full=$(du -k holes.iso | cut -f1)
for disc in holes.iso mapped.iso; do
	for how in --sparse=4K -S64K --no-sparse; do
		rm -rf holes-out
		expect 0 imgconv $how $disc holes-out/
		diff -r holes holes-out >&2 || fail "$how $disc: other data"
		have=$(du -k holes-out/* | awk '{ n += $1 } END { print n }')
		case $how in
		--no-sparse) [ "$have" -ge 4250 ] || fail "$how $disc: $have KiB on disk, want all of 4.2 MiB" ;;
		-S64K) [ "$have" -le 200 ] || fail "$how $disc: $have KiB on disk" ;;
		*) [ "$have" -le 32 ] || fail "$how $disc: $have KiB on disk" ;;
		esac
	done
done
[ "$full" -ge 4250 ] || fail "--no-sparse: a disc of $full KiB on disk"

# a truncated image: nothing is left, or what can be read
head -c 2500000 t.iso >cut.iso
expect 4 imgconv cut.iso cut/
[ ! -e cut ] || fail "a failed job left a folder"
[ -z "$(find . -name '*.part')" ] || fail "a failed job left a temporary"
expect 8 imgconv --ignore-errors cut.iso cut/
cmp src/docs/a.txt cut/docs/a.txt || fail "an intact file of a cut image"

# lists
expect 0 imginfo -l t.iso
says stdout 'docs/deep/big'
grep -q "$(printf '\033')" stdout && fail "a control byte on the terminal"
expect 0 imginfo -ll t.iso docs
says stdout '-> /etc/passwd'
expect 0 imginfo --tree t.iso
says stdout 'deep/'
expect 0 imginfo --list --json t.iso
[ "$(wc -l <stdout)" -eq "$(find src -mindepth 1 -printf 'x\n' | wc -l)" ] || fail "a line of JSON for every node"
imginfo --cat docs/a.txt t.iso >cat || fail "--cat"
cmp cat src/docs/a.txt || fail "--cat prints something else"
expect 1 imginfo --cat docs/none t.iso
says stderr 'docs/none'
