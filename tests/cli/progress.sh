#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Progress for programs is JSON, one object a line, from the first event to the last; for logs it has no control bytes.

. "$top_builddir/tests/functions.sh"
command -v python3 >/dev/null 2>&1 || skip "no python3 for the JSON"
cp "$fixtures/udif/udzo.dmg" a.dmg

cat >events.py <<'END'
import json, sys
seen = [json.loads(line) for line in sys.stdin]
names = [e["event"] for e in seen]
assert names, "no events"
want = sys.argv[1].split()
assert [n for n in names if n != "progress"] == want, (names, want)
assert len(sys.argv) < 3 or eval(sys.argv[2]), (sys.argv[2], seen)
END
events() {
	python3 events.py "$@" || fail "events: $*"
}

expect 0 imgconv --progress=json --checksum a.dmg a.img
events 'start done' 'seen[0]["total"] == 20480 and len(seen[-1]["sha256"]) == 64' <stderr
expect 6 imgconv --progress=json a.dmg a.img
events error 'seen[0]["code"] == "exists" and seen[0]["exit"] == 6 and seen[0]["hint"]' <stderr
expect 0 imgconv --progress=json -O raw a.dmg a.vmdk
events 'warning start done' <stderr
expect 4 imgconv --progress=json "$fixtures/udif/bad-flip.dmg" b.img
events 'start error' 'seen[-1]["code"] == "damaged"' <stderr
expect 2 imgconv --progress=json a.dmg b.xyz
events 'error' <stderr

# on a descriptor of their own, words stay on stderr
expect 0 sh -c 'imgconv --progress-fd 3 a.dmg c.img 3>events'
events 'start done' <events
says stderr 'c.img: raw'
expect 2 imgconv --progress=bar --progress-fd 3 a.dmg d.img
expect 0 imginfo --progress=json --verify a.dmg
events start <stderr

# no terminal, no bar; -p gives plain lines every ten seconds, so none here
expect 0 imgconv -p a.dmg d.img
grep -q "$(printf '\r')" stderr && fail "carriage returns in a log"

# --json is one document
expect 0 imgconv --json a.dmg e.img
python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["schema"] == "imgconv/1" and d["size"] == 20480 and d["result"] == "ok"' \
	<stdout || fail "--json"
expect 6 imgconv --json a.dmg e.img
python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["result"] == "exists" and d["error"]["exit"] == 6' \
	<stdout || fail "--json of a failure"
expect 0 imgconv --version
says stdout 'codecs: '
expect 0 imgconv --list-formats
says stdout raw
says stdout '  udf              yes'
expect 0 imginfo --list-formats --json
python3 -c 'import json, sys; assert any(f["name"] == "raw" and f["write"] for f in json.load(sys.stdin)["formats"])' \
	<stdout || fail "--list-formats --json"
exit 0
