#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# imginfo --map: the drawing fits the terminal and tells the truth; the runs behind it, as text and JSON, leave no gap.

. "$top_builddir/tests/functions.sh"
requires python3
cp "$fixtures/udif/mixed.dmg" "$fixtures/udif/udzo.dmg" "$fixtures/udif/gpt.dmg" .
# 1 MiB: a quarter data, a quarter zeros that the file does not hold, half data
truncate -s 1M disk.img
python3 -c '
import os
f = os.open("disk.img", os.O_WRONLY)
os.pwrite(f, b"\1" * 262144, 0)
os.pwrite(f, b"\2" * 524288, 524288)'

# ---- the drawing ----
in_c() { (LC_ALL=C; export LC_ALL; "$@"); }
drawing() {	# drawing COLUMNS ARGUMENT...: the strips, one a line
	columns=$1; shift
	COLUMNS=$columns imginfo --map "$@" >stdout || fail "--map $*"
	awk 'last ~ /(bytes?|[KMG]iB) stored$/ { print } { last = $0 }' stdout
}
[ "$(drawing 8 -f raw disk.img)" = '██··████' ] || { cat stdout; fail "the drawing of a disk in 8 columns"; }
[ "$(in_c drawing 16 -f raw disk.img)" = '####....########' ] || { cat stdout; fail "the drawing without UTF-8"; }
in_c drawing 16 gpt.dmg >/dev/null
LC_ALL=C grep -q "$(printf '[\200-\377\033]')" stdout && fail "not plain in the C locale"
# a column that is half data is half as high
python3 -c '
import os
f = os.open("half.img", os.O_RDWR | os.O_CREAT)
os.ftruncate(f, 1 << 20)
os.pwrite(f, b"\1" * 65536, 0)'
[ "$(in_c drawing 8 -f raw half.img)" = '5.......' ] || { cat stdout; fail "a column that is half data"; }
for columns in 1 8 79 80 200 100000 x -3 ''; do
	drawing "$columns" gpt.dmg >strips
	LC_ALL=C.UTF-8 python3 - "$columns" <<'END' || { cat strips; fail "COLUMNS=$columns"; }
import re, sys
n = int(re.match("[0-9]*", sys.argv[1]).group() or 0)
w = 80 if n < 1 else min(max(n, 8), 400)
lines = open("strips", encoding="utf-8").read().split("\n")[:-1]
assert lines and all(len(line) == w for line in lines), (w, [len(line) for line in lines])
END
done
drawing 40 gpt.dmg >strips
[ "$(wc -l <strips)" = 2 ] || { cat stdout; fail "not one strip for the disk and one for its partition"; }
says stdout 'partition 1 "disk image"'
drawing 40 -P 1 gpt.dmg >strips
[ "$(wc -l <strips)" = 1 ] || fail "-P: more than the partition"
drawing 40 mixed.dmg >/dev/null
says stdout 'zlib'
says stdout 'holes'
expect 0 imginfo --map --color=always mixed.dmg
grep -q "$(printf '\033\\[32m')" stdout || fail "--color=always has no colour"
for plain in "env NO_COLOR=1" "env TERM=dumb" env; do
	expect 0 $plain imginfo --map mixed.dmg
	grep -q "$(printf '\033')" stdout && fail "$plain: colour"
done
# totals are those of the runs, and names of partitions drive no terminal
python3 "$top_srcdir/tests/awkward_parts.py" awkward.img 100
expect 0 imginfo --map awkward.img
LC_ALL=C grep -qE "$(printf '[\001-\010\016-\037\177]|\302[\200-\237]|\342\200[\252-\256]')" stdout && fail "control bytes"
says stdout 'further partitions'

# ---- the runs ----
for image in "-f raw disk.img" mixed.dmg udzo.dmg gpt.dmg "-P 1 gpt.dmg" awkward.img; do
	# shellcheck disable=SC2086 # words
	expect 0 imginfo --map --json $image
	cp stdout runs.json
	# shellcheck disable=SC2086
	expect 0 imginfo --map -v $image
	size=$(imginfo -f raw --field virtual_size disk.img)
	case $image in *disk.img) ;; *) size= ;; esac
	python3 - "$size" <<'END' || fail "the runs of $image"
import json, sys
at, rows = 0, open("stdout").read().split("\n")
rows = rows[[r.split()[:2] for r in rows].index(["offset", "length"]) + 1:-1]
runs = [json.loads(line) for line in open("runs.json")]
assert len(rows) == len(runs), (len(rows), len(runs))
for run, row in zip(runs, rows):
    row = row.split()
    assert run["offset"] == at == int(row[0]) and run["length"] == int(row[1]) > 0, (run, row)
    assert run["kind"] == row[2] and run["kind"] in ("data", "zero", "hole", "opaque"), run
    if run["kind"] == "data":
        assert run["stored_in"] == row[-1] and run["stored_offset"] == int(row[4]) and run["stored_length"] == int(row[5])
        assert run["codec"] or run["stored_length"] == run["length"], run
    at += run["length"]
assert not sys.argv[1] or at == int(sys.argv[1]), at
END
done
imginfo --map --json -f raw disk.img >runs.json
python3 - <<'END' || { cat runs.json; fail "where plain data lie"; }
import json
runs = [json.loads(line) for line in open("runs.json")]
assert [(r["offset"], r["length"], r["kind"]) for r in runs] == [(0, 262144, "data"), (262144, 262144, "zero"), (524288, 524288, "data")]
assert all(r["stored_in"] == "file" and r["stored_offset"] == r["offset"] for r in runs if r["kind"] == "data")
END
# what a cipher makes has no place of its own
"$top_builddir/tests/unit/crypt-tool" image disk.img secret.img
printf 'secret\n' >password
expect 0 imginfo --password-file password --map --json -f encrcdsa secret.img
[ "$(cat stdout)" = '{"offset":0,"length":1048576,"kind":"opaque"}' ] || { cat stdout; fail "a cipher"; }
expect 0 imginfo --password-file password --map -f encrcdsa secret.img
says stdout '▒ opaque'
expect 5 imginfo --map -f encrcdsa secret.img
# a stream's bytes lie in its unpacked copy
gzip -c disk.img >disk.img.gz
expect 0 imginfo --map --json -f raw disk.img.gz
expect 0 sh -c 'imginfo --map --json disk.img.gz || true'
exit 0
