#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is said on a terminal: one line at the end, and no bar for a job as short as this.

. "$top_builddir/tests/functions.sh"
command -v python3 >/dev/null 2>&1 || skip "no python3 to make a terminal"
python3 -c 'import pty; pty.openpty()' 2>/dev/null || skip "no terminals to be had here (devpts is not mounted)"
cp "$fixtures/udif/udzo.dmg" a.dmg

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
assert "%" not in text, text
END
