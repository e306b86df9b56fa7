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
expect 0 imginfo --list-formats --json
python3 -c 'import json, sys; assert any(f["name"] == "raw" and f["write"] for f in json.load(sys.stdin)["formats"])' \
	<stdout || fail "--list-formats --json"

# the bar, on a terminal of ours
python3 - <<'END' || fail "the bar"
import os, pty, subprocess, sys
parent, child = pty.openpty()
env = dict(os.environ, TERM="xterm")
env.pop("NO_COLOR", None)
p = subprocess.Popen(["imgconv", "a.dmg", "bar.img"], stderr=child, stdin=subprocess.DEVNULL, env=env)
p.wait()
os.close(child)
text = os.read(parent, 65536).decode()
assert p.returncode == 0 and "bar.img: raw, 20 KiB" in text, text
# a short job shows no bar
assert "%" not in text, text
END

# a slow reader: the bar moves, SIGUSR1 gives one line, SIGINT ends it although the pipe is full
head -c 12582912 /dev/urandom >big.raw
cat >slow.py <<'END'
import os, pty, signal, subprocess, time

parent, child = pty.openpty()
env = dict(os.environ, TERM="xterm")
env.pop("NO_COLOR", None)
p = subprocess.Popen(["imgconv", "-f", "raw", "-O", "raw", "big.raw", "-"], stdout=subprocess.PIPE, stderr=child,
                     stdin=subprocess.DEVNULL, env=env,
                     preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

def take(n):
    while n > 0:
        n -= len(os.read(p.stdout.fileno(), n))

for _ in range(8):
    take(500000)
    time.sleep(0.15)
p.send_signal(signal.SIGUSR1)
take(3000000)
time.sleep(0.2)
p.send_signal(signal.SIGINT)
assert p.wait(10) == 130, p.returncode
os.close(child)
text = os.read(parent, 65536).decode()
assert "\rbig.raw -> -" in text and "MiB/s" in text, text
assert [line for line in text.replace("\r\n", "\n").split("\n")[:-1] if line.rstrip().endswith("left")], text
assert "imgconv:" not in text, text
END
python3 slow.py || fail "a slow reader"
exit 0
