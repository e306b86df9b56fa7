# SPDX-License-Identifier: BSD-2-Clause
"""Inputs of make bench: made once, by the bench kit beside the project or by mkinput.py, and kept."""
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def size_of(text):
    unit = {"K": 10, "M": 20, "G": 30}.get(text[-1].upper())
    return int(text) if unit is None else int(text[:-1]) << unit


class Inputs:
    """Images by name; @kit: the folder with mkdmg.py and floor.py, or None."""

    def __init__(self, folder, size, kit):
        self.kit = kit if kit and os.path.isfile(os.path.join(kit, "mkdmg.py")) else None
        self.size = size_of(size)
        self.folder = os.path.join(os.path.abspath(folder), ("kit-" if self.kit else "own-") + size)
        self.maker = os.path.join(self.kit or HERE, "mkdmg.py" if self.kit else "mkinput.py")
        self.facts = {}
        os.makedirs(self.folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def floor(self):
        """floor.py of the kit, or None."""
        return os.path.join(self.kit, "floor.py") if self.kit else None

    def make(self, name, codec, size, *more):
        """@name.dmg; its facts (raw_sha256 and sizes) in @name.json, written last."""
        dmg, facts = self.path(name + ".dmg"), self.path(name + ".json")
        if not (os.path.exists(dmg) and os.path.exists(facts)):
            print(f"making {dmg}", file=sys.stderr)
            said = subprocess.run([sys.executable, "-B", self.maker, "--size", str(size), "--codec", codec, *more, dmg],
                                  check=True, stdout=subprocess.PIPE, text=True).stdout
            with open(facts, "w") as f:
                f.write(said.strip().splitlines()[-1] + "\n")
        with open(facts) as f:
            self.facts[dmg] = json.load(f)
        return dmg

    def udzo(self):
        return self.make("udzo", "zlib", self.size)

    def udbz(self):
        return self.make("udbz", "bzip2", self.size)

    def ulmo(self):
        return self.make("ulmo", "lzma", self.size)

    def udro(self):
        return self.make("udro", "raw", self.size, "--raw", self.path("want.img"))

    def ulfo(self):
        """None without an encoder: $LZFSE_ENCODER, or lzfse on the path."""
        encoder = os.environ.get("LZFSE_ENCODER") or (shutil.which("lzfse") and "lzfse -encode")
        if not self.kit or not (encoder or os.path.exists(self.path("ulfo.json"))):
            return None
        return self.make("ulfo", "lzfse", self.size, "--encoder", encoder or "")

    def free(self):
        """Eight times the size, 70 % of it free."""
        return self.make("free", "zlib", 8 * self.size, "--mix", "free", "--zero-kind", "ignore")

    def zeros(self):
        return self.make("zeros", "zlib", 4 * self.size, "--mix", "zero")

    def small(self):
        return self.make("small", "zlib", self.size // 32, "--mix", "free", "--zero-kind", "ignore")
