# SPDX-License-Identifier: BSD-2-Clause
"""Are two sparse files equal?  They are compared wherever one of them has data; the rest is zeros in both.

    same-sparse.py FILE FILE        status 1: they are not
"""
import os
import sys

STEP = 1 << 20


def data(f):
    """Offset and length of what @f has, in pieces."""
    at = 0
    while True:
        try:
            at = os.lseek(f, at, os.SEEK_DATA)
        except OSError:         # none from here on
            return
        end = os.lseek(f, at, os.SEEK_HOLE)
        while at < end:
            n = min(STEP, end - at)
            yield at, n
            at += n


def same(a, b):
    if os.fstat(a).st_size != os.fstat(b).st_size:
        return False
    return all(os.pread(a, n, at) == os.pread(b, n, at) for f in (a, b) for at, n in data(f))


sys.exit(not same(*(os.open(name, os.O_RDONLY) for name in sys.argv[1:3])))
