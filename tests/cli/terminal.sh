#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is said on a terminal: one line at the end, no bar for a short job, one that moves for a long one.

. "$top_builddir/tests/functions.sh"
command -v python3 >/dev/null 2>&1 || skip "no python3 to make a terminal"
python3 -c 'import pty; pty.openpty()' 2>/dev/null || skip "no terminals to be had here (devpts is not mounted)"
cp "$fixtures/udif/udzo.dmg" a.dmg

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

# a password is asked for where both ends are terminals, and not shown; SIGINT ends the asking and the echo is back
"$top_builddir/tests/unit/crypt-tool" image a.dmg secret.dmg || fail "crypt-tool"
cat >ask.py <<'END2'
import os, pty, signal, subprocess, termios, time

def start():
    parent, child = pty.openpty()
    p = subprocess.Popen(["imgconv", "-q", "-y", "secret.dmg", "asked.img"], stdin=child, stderr=child, stdout=child,
                         preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    text = b""
    while b": " not in text:
        text += os.read(parent, 1000)
    assert text == b"password (AES-256): ", text
    while termios.tcgetattr(child)[3] & termios.ECHO:
        time.sleep(0.01)
    return p, parent, child

for word, status in ((b"secret", 0), (b"nonsense", 5)):
    p, parent, child = start()
    os.write(parent, word + b"\n")
    assert p.wait(20) == status, p.returncode
    assert termios.tcgetattr(child)[3] & termios.ECHO
    text = os.read(parent, 1000)
    assert word not in text and (status == 0 or b"wrong password" in text), text
p, parent, child = start()
p.send_signal(signal.SIGINT)
assert p.wait(10) == 130, p.returncode
assert termios.tcgetattr(child)[3] & termios.ECHO
END2
python3 ask.py || fail "the question for a password"
imgconv -q a.dmg plain.img && same asked.img plain.img

# a new one is asked for twice, behind that of the source; two that differ make nothing
cat >new.py <<'END2'
import os, pty, subprocess, termios, time

def answer(source, target, *words):
    parent, child = pty.openpty()
    p = subprocess.Popen(["imgconv", "-q", "-y", "--encrypt", "--opt", "key-rounds=1000", source, target], stdin=child,
                         stderr=child, stdout=child)
    said = b""
    for prompt, word in words:
        text = b""
        while prompt not in text:
            text += os.read(parent, 1000)
        said += text
        while termios.tcgetattr(child)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(parent, word + b"\n")
    rc = p.wait(20)
    said += os.read(parent, 1000)
    assert not any(word in said for _, word in words), said
    return rc, said

first, again = b"new password (AES-256): ", b"the same again: "
rc, said = answer("a.dmg", "new.dmg", (first, b"fresh"), (again, b"fresh"))
assert rc == 0, said
rc, said = answer("secret.dmg", "new.sparsebundle", (b"password (AES-256): ", b"secret"), (first, b"fresh"), (again, b"fresh"))
assert rc == 0, said
rc, said = answer("a.dmg", "none.dmg", (first, b"fresh"), (again, b"frech"))
assert rc == 5 and b"the two passwords differ" in said, (rc, said)
END2
python3 new.py || fail "the question for a new password"
nothing_left none.dmg
printf fresh >fresh
for i in new.dmg new.sparsebundle; do
	expect 0 imgconv -y --password-file fresh $i new.img
	same new.img plain.img
done
exit 0
