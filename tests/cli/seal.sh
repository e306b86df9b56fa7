#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A bundle comes out of an image as its seal (Contents/_CodeSignature/CodeResources) wants it: out of a DMG with HFS+ of ours,
# out of APFS, and every sealed bundle of the corpus.

. "$top_builddir/tests/functions.sh"
requires python3
seal() { python3 -B "$top_srcdir/tests/seal.py" "$@"; }

mkdir tree
seal make tree || fail "the bundle cannot be made"
seal check tree/Demo.app >stdout || { cat stdout; fail "the bundle is not sealed"; }

expect 0 imgconv -q tree demo.dmg
expect 0 imgconv -q demo.dmg hfs/
seal check hfs/Demo.app >stdout || { cat stdout; fail "out of HFS+ the seal is broken"; }
[ -x hfs/Demo.app/Contents/MacOS/demo ] || fail "the program lost its mode"

seal apfs tree demo.img || fail "the container cannot be made"
expect 0 imgconv -q demo.img apfs/
seal check apfs/Demo.app >stdout || { cat stdout; fail "out of APFS the seal is broken"; }
[ -x apfs/Demo.app/Contents/MacOS/demo ] || fail "the program lost its mode"

# the check finds what it is for
printf x >>apfs/Demo.app/Contents/Resources/empty
ln -sfn B hfs/Demo.app/Contents/Frameworks/Demo.framework/Versions/Current
for app in apfs hfs; do
	! seal check $app/Demo.app >stdout || fail "a broken seal is not noticed"
	says stdout "not what is sealed"
done

tried=0
for image in "$shared"/corpus/*.dmg; do
	[ -f "$image" ] || continue
	imginfo -l "$image" >listed 2>/dev/null </dev/null || continue
	grep -q '_CodeSignature/CodeResources$' listed || continue
	rm -rf out
	expect 0 imgconv -q "$image" out/
	sed -n 's/\/Contents\/_CodeSignature\/CodeResources$//p' listed >apps
	while read -r app; do
		seal check "out/$app" >stdout || { cat stdout; fail "$image: $app: the seal is broken"; }
		tried=$((tried + 1))
	done <apps
done
echo "$tried bundles of the corpus carry a seal"
