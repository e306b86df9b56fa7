#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What users see of APFS: volumes, snapshots, passwords, names, forks.

. "$top_builddir/tests/functions.sh"
requires python3
python3 -B "$fixtures/mkapfs.py" . --raw || fail "the containers cannot be made"
printf secret >password
printf guess >wrong

# one volume: its files; several: a folder for each that is not empty
expect 0 imginfo everything.apfs
says stdout 'APFS "Everything"'
says stdout 'snapshots          name before, xid 5'
expect 0 imginfo volumes.apfs
says stdout 'label Secret'
says stdout 'label Empty'
expect 0 imginfo --password-file password -l volumes.apfs
printf '%s\n' Plain/ Plain/Name Plain/name Plain/sub/ Plain/sub/deep Secret/ Secret/hidden Secret/large >want
same stdout want
expect 0 imginfo -l --volume plain volumes.apfs
printf '%s\n' Name name sub/ sub/deep >want
same stdout want
expect 0 imginfo -l -P Plain volumes.apfs
same stdout want
expect 0 imginfo -l -P 1 volumes.apfs
same stdout want
expect 0 imgconv -q -P Plain volumes.apfs out/
[ "$(cat out/name)" = lower ] || fail "another volume"
rm -rf out
expect 2 imginfo --map -P Plain volumes.apfs
expect 2 imginfo -l -P Nobody volumes.apfs
expect 0 imginfo -l --volume 3 volumes.apfs
[ ! -s stdout ] || fail "the third volume is empty"
expect 2 imginfo -l --volume Nobody volumes.apfs
says stderr 'volume Nobody not found; this container has: 1 "Plain", 2 "Secret", 3 "Empty"'
expect 2 imginfo -l --snapshot x volumes.apfs
says stderr '--volume says whose snapshot is meant'

# snapshots
expect 0 imginfo -l --snapshot before everything.apfs
printf '%s\n' hello.txt old >want
same stdout want
expect 0 imginfo --cat old --snapshot 5 everything.apfs
printf 'older than all' >want
same stdout want
expect 2 imginfo -l --snapshot never everything.apfs
says stderr 'there is no snapshot never; the volume has: 5 "before"'

# locked: described, and everything else is status 5
expect 0 imginfo --volume Secret volumes.apfs
says stdout 'encrypted          yes'
expect 5 imginfo -l --volume Secret volumes.apfs
says stderr 'a password is needed'
expect 5 imginfo -l --volume Secret --password-file wrong volumes.apfs
says stderr 'wrong password'
expect 5 imginfo --verify volumes.apfs
expect 5 imgconv --volume Secret volumes.apfs out/
[ ! -e out ] || fail "something was left behind"
expect 0 imgconv -q --volume Secret --password-file password volumes.apfs out/
[ "$(cat out/hidden)" = "nobody knows" ] || fail "the hidden file has other data"
expect 0 imginfo --verify --password-file password volumes.apfs
says stdout 'faults             0'
rm -rf out

# names as they are, composed, taken apart; a name is found in the form it is shown in
apart=$(printf 'e\314\201') whole=$(printf '\303\251')
expect 0 imginfo -l everything.apfs
says stdout "$apart"
expect 0 imginfo -l --names nfc everything.apfs
says stdout "$whole"
says_not stdout "$apart"
expect 0 imginfo -l --names nfd everything.apfs
says stdout "$(printf 'Gro\314\210')"
expect 0 imginfo --cat "$whole" --names nfc everything.apfs
[ "$(cat stdout)" = apart ] || fail "another file"
expect 1 imginfo --cat "$whole" everything.apfs
expect 2 imginfo -l --names nfx everything.apfs

# resource forks: their own way
expect 0 imgconv extract -q --xattrs drop --forks appledouble everything.apfs -C out rich
[ -f out/._rich ] || fail "there is no AppleDouble file"
[ "$(wc -c <out/._rich)" = 682 ] || fail "the AppleDouble file holds something else than the fork"
rm -rf out
expect 0 imgconv extract -q --xattrs appledouble --forks drop everything.apfs -C out rich
[ -f out/._rich ] || fail "there is no AppleDouble file"
! grep -q forkfork out/._rich || fail "the fork was not dropped"
grep -q odd out/._rich || fail "the attributes are not there"

# file systems without such things say so
expect 0 imgconv -q out disk.iso
expect 2 imginfo -l --volume 1 disk.iso
says stderr 'has no volumes inside'
expect 2 imginfo -l --names nfc disk.iso
says stderr 'names of one form only'
