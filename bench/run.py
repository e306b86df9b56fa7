#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""make bench: imgconv and its peers in turn on the same files, as one table of ratios.

    run.py [--rounds N] [--size 512M] [--data DIR] [--shared DIR] --bin DIR [JOB...]

Every round runs each command once (hyperfine -r 1), so that a busy machine slows all of them alike; a ratio is that of the
medians, and beside it that of the minima, which a busy machine moves less.  Outputs are compared once, before the clock runs,
and removed before every run.  Nothing but imgconv syncs its output.  JOB: one of JOBS below (default: all).
"""
import argparse
import filecmp
import hashlib
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

from inputs import Inputs

HEAD = ("job", "against", "measured", "at most", "", "of minima", "ours", "theirs", "CPU ratio", "peak MiB", "theirs")


class Bench:
    def __init__(self, a):
        self.a = a
        self.inputs = Inputs(a.data, a.size, a.shared and os.path.join(a.shared, "bench"))
        self.tmp = tempfile.mkdtemp(prefix="out-", dir=self.inputs.folder)
        self.out = os.path.join(self.tmp, "out.img")
        self.ref = os.path.join(self.tmp, "ref.img")
        self.imgconv = os.path.join(a.bin, "imgconv")
        self.imginfo = os.path.join(a.bin, "imginfo")
        self.rows, self.bad = [], False

    # ---- running ----

    def clean(self):
        shutil.rmtree(self.out, ignore_errors=True)
        for name in self.out, self.out + ".sha256":
            if os.path.lexists(name):
                os.unlink(name)
        os.sync()

    def once(self, command):
        """Peak memory in MiB of one run, or None if it fails."""
        self.clean()
        note = os.path.join(self.tmp, "time")
        with open(os.devnull) as nothing, tempfile.TemporaryFile() as said:
            rc = subprocess.run(["time", "-q", "-f", "%M", "-o", note, "--", *command], stdin=nothing, stdout=said,
                                stderr=said).returncode
            if rc:
                said.seek(0)
                sys.stderr.write(f"{shlex.join(command)}: exit {rc}\n{said.read()[-500:].decode(errors='replace')}")
                return None
        with open(note) as f:
            return int(f.read().split()[-1]) / 1024

    def clock(self, commands, rounds):
        """{name: (wall, CPU, least wall)}: medians and minimum in seconds of commands run in turn."""
        walls, cpus = {n: [] for n in commands}, {n: [] for n in commands}
        report = os.path.join(self.tmp, "hyperfine.json")
        for _ in range(rounds):
            for name, command in commands.items():
                self.clean()
                subprocess.run(["hyperfine", "-N", "-r", "1", "--style", "none", "--export-json", report,
                                shlex.join(command)], check=True, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                with open(report) as f:
                    r = json.load(f)["results"][0]
                walls[name].append(r["mean"])
                cpus[name].append(r["user"] + r["system"])
        return {n: (statistics.median(walls[n]), statistics.median(cpus[n]), min(walls[n])) for n in commands}

    def output(self):
        """The file a command made: 7zz makes a folder with one."""
        if os.path.isdir(self.out):
            files = [os.path.join(d, f) for d, _, fs in os.walk(self.out) for f in fs]
            return max(files, key=os.path.getsize) if files else None
        return self.out if os.path.exists(self.out) else None

    # ---- the table ----

    def row(self, job, against, measured, bound, unit="", ours="", theirs="", cpu="", mem=None, their_mem=None,
            least=None):
        verdict = "" if bound is None else "ok" if measured <= bound else "MISS"
        form = "%.2f" if not unit else "%.1f " + unit
        self.rows.append((job, against, form % measured, "" if bound is None else form % bound, verdict,
                          "" if least is None else form % least, ours, theirs, cpu, "" if mem is None else "%.1f" % mem, "" if their_mem is None else "%.1f" % their_mem))

    def remark(self, job, text):
        self.rows.append((job, text) + ("",) * (len(HEAD) - 2))

    def show(self):
        wide = [max(len(r[i]) for r in [HEAD, *self.rows] if not (i == 1 and r[2] == "" and r is not HEAD))
                for i in range(len(HEAD))]
        for r in [HEAD, *self.rows]:
            print("  ".join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(r, wide))).rstrip())
        print(f"\n{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {self.a.rounds} rounds, inputs from "
              f"{'the bench kit' if self.inputs.kit else 'mkinput.py'}: {self.inputs.size >> 20} MiB "
              f"({self.inputs.size >> 17} MiB for the image that is 70 % free)")

    def race(self, job, commands, mem, bounds, cpu_bounds=None):
        """Clock @commands: a row of the first, which is ours, against each other one.  Bounds and memory by their names."""
        took = self.clock(commands, self.a.rounds)
        ours, *others = commands
        wall, cpu, least = took[ours]
        for name in others:
            w, c, low = took[name]
            self.row(job, name, wall / w, bounds[name], "", "%.3f s" % wall, "%.3f s" % w, "%.2f" % (cpu / c), mem[ours],
                     mem[name], least / low)
            if name in (cpu_bounds or {}):
                self.row(job + ", CPU", name, cpu / c, cpu_bounds[name], "", "%.3f s" % cpu, "%.3f s" % c)

    # ---- jobs ----

    def right(self, dmg):
        """Convert once and compare with what the generator wrote; keeps the result as @ref.  Peak MiB or None."""
        mem = self.once([self.imgconv, "-q", "-T", "2", dmg, self.out])
        sha = hashlib.sha256()
        if mem is not None:
            os.replace(self.out, self.ref)
            with open(self.ref, "rb") as f:
                for block in iter(lambda: f.read(1 << 20), b""):
                    sha.update(block)
        if sha.hexdigest() == self.inputs.facts[dmg]["raw_sha256"]:
            return mem
        self.bad = True
        self.remark(os.path.basename(dmg), "imgconv FAILED: no output, or wrong bytes")
        return None

    def peers(self, dmg):
        """What each peer types to make self.out of @dmg."""
        floor = self.inputs.floor()
        return {
            "dmg2img": ["dmg2img", "-s", dmg, self.out],
            "qemu-img": ["qemu-img", "convert", "-f", "dmg", "-O", "raw", dmg, self.out],
            "7zz": ["7zz", "x", "-y", "-tdmg", "-o" + self.out, dmg],
            "cp": ["cp", "--reflink=never", self.inputs.path("want.img"), self.out],
            "floor.py": [sys.executable, "-B", floor, "--threads", "2", "--crc", "--out", self.out, dmg] if floor
            else ["no floor.py"],
        }

    def convert(self, job, dmg, bounds, threads=2, cpu_bounds=None, blocks=False, mem_bound=None):
        """Our conversion of @dmg against the peers of @bounds: {peer: wall ratio at most}."""
        ours = [self.imgconv, "-q", "-T", str(threads), dmg, self.out]
        if self.right(dmg) is None:
            return
        mem = {"imgconv": self.once(ours)}
        used = {"imgconv": os.stat(self.out).st_blocks if mem["imgconv"] else 0}
        commands = {"imgconv": ours}
        for name in bounds:
            command = self.peers(dmg)[name]
            if not shutil.which(command[0]):
                self.remark(job, f"{name}: not here")
                continue
            mem[name] = self.once(command)
            made = self.output()
            if mem[name] is None or not made or not filecmp.cmp(made, self.ref, shallow=False):
                self.remark(job, f"{name}: makes other bytes")
                continue
            used[name] = os.stat(made).st_blocks
            commands[name] = command
        os.unlink(self.ref)
        self.race(job, commands, mem, bounds, cpu_bounds)
        if mem_bound:
            self.row(job + ", memory", "", mem["imgconv"], mem_bound, "MiB")
        if blocks and "qemu-img" in used:
            self.row(job + ", disk", "qemu-img", used["imgconv"] / used["qemu-img"], 1.0, "",
                     "%d MiB" % (used["imgconv"] >> 11), "%d MiB" % (used["qemu-img"] >> 11))

    def udzo(self):
        self.convert("UDZO, 2 threads", self.inputs.udzo(),
                     {"dmg2img": 0.30, "qemu-img": 0.22, "7zz": 0.18, "floor.py": 0.85},
                     cpu_bounds={"dmg2img": 0.50}, mem_bound=8 + 2 * 2)

    def encrypted(self):
        """An encrypted image to raw against the same one unencrypted; 1000 rounds, for deriving the key is not counted."""
        plain, locked, pw = self.inputs.encrypted(self.imgconv)
        ours = ["-q", "-y", "-T", "2", "--password-file", pw]
        commands = {n: [self.imgconv, *ours, dmg, self.out] for n, dmg in (("encrypted", locked), ("unencrypted", plain))}
        mem, sums = {}, set()
        for name, command in commands.items():
            mem[name] = self.once(command)
            with open(self.out if mem[name] is not None else os.devnull, "rb") as f:
                sums.add(hashlib.sha256(f.read()).digest())
        if None in mem.values() or len(sums) != 1:
            self.bad = True
            return self.remark("encrypted", "imgconv FAILED: no output, or wrong bytes")
        self.race("encrypted UDZO", commands, mem, {"unencrypted": 1.3})

    def one(self):
        self.convert("UDZO, 1 thread", self.inputs.udzo(), {"dmg2img": 0.50}, threads=1, mem_bound=8 + 2)

    def udbz(self):
        self.convert("UDBZ", self.inputs.udbz(), {"dmg2img": 0.55, "7zz": 0.70}, mem_bound=8 + 2 * 5)

    def ulmo(self):
        self.convert("ULMO", self.inputs.ulmo(), {"7zz": 0.60}, mem_bound=8 + 2 * 2 + 8)

    def ulfo(self):
        dmg = self.inputs.ulfo()
        if dmg:
            self.convert("ULFO", dmg, {"7zz": 0.30}, mem_bound=8 + 2 * 2)
        else:
            self.remark("ULFO", "no LZFSE encoder: set LZFSE_ENCODER")

    def udro(self):
        self.convert("UDRO", self.inputs.udro(), {"7zz": 0.35, "cp": 1.1}, mem_bound=8 + 2 * 2)

    def free(self):
        self.convert("70 % free", self.inputs.free(), {"dmg2img": 0.15, "7zz": 0.15, "qemu-img": 0.22}, blocks=True,
                     mem_bound=8 + 2 * 2)

    def zeros(self):
        dmg = self.inputs.zeros()
        if self.right(dmg) is None:
            return
        os.unlink(self.ref)
        ours = {"imgconv": [self.imgconv, "-q", "-T", "2", dmg, self.out]}
        wall, _, least = self.clock(ours, 3 * self.a.rounds)["imgconv"]
        self.row(f"{self.inputs.size >> 18} MiB of zeros", "", 1000 * wall, 10, "ms", least=1000 * least)

    def verify(self):
        dmg = self.inputs.udzo()
        commands = {"imginfo": [self.imginfo, "--verify", dmg], "7zz t": ["7zz", "t", "-tdmg", dmg]}
        mem = {n: self.once(c) for n, c in commands.items() if shutil.which(c[0])}
        if mem["imginfo"] is None:
            self.bad = True
            return self.remark("verify", "imginfo --verify FAILED")
        if mem.get("7zz t") is None:
            return self.remark("verify", "7zz: not here")
        self.race("verify UDZO", commands, mem, {"7zz t": 0.15})

    def hashes(self):
        """Three hashes of a disc in one go, against one after the other."""
        disc = self.inputs.disc_md5(self.imgconv)
        each = [[self.imginfo, "--hash", h, disc] for h in ("sha256", "sha512", "md5")]
        commands = {"together": [self.imginfo, "--hash", "sha256", "--hash", "sha512", "--hash", "md5", disc],
                    "one by one": ["sh", "-c", " && ".join(map(shlex.join, each))]}
        mem = {n: self.once(c) for n, c in commands.items()}
        self.race("SHA-256, SHA-512 and MD5", commands, mem, {"one by one": 0.65})

    def isomd5(self):
        """The MD5 implanted in a disc."""
        disc = self.inputs.disc_md5(self.imgconv)
        if not self.need("implanted MD5", "checkisomd5"):
            return
        commands = {"imginfo": [self.imginfo, "--verify", disc], "checkisomd5": ["checkisomd5", disc]}
        mem = {n: self.once(c) for n, c in commands.items()}
        if None in mem.values():
            self.bad = True
            return self.remark("implanted MD5", "FAILED")
        self.race("implanted MD5", commands, mem, {"checkisomd5": 0.95})

    def info(self):
        for name, dmg in (("small", self.inputs.small()), ("UDZO", self.inputs.udzo()), ("large", self.inputs.free())):
            ours = [self.imginfo, dmg]
            mem = self.once(ours)
            if mem is None:
                self.bad = True
                self.remark("imginfo", "FAILED")
                continue
            took = self.clock({"ours": ours, "true": ["/bin/true"]}, 5 * self.a.rounds)
            (w, _, low), (t, _, low_t) = took["ours"], took["true"]
            size = self.inputs.facts[dmg]["raw_bytes"] >> 20
            self.row(f"imginfo, {size} MiB", "over true", 1000 * (w - t), 6, "ms", "%.1f ms" % (1000 * w),
                     "%.1f ms" % (1000 * t), mem=mem, least=1000 * (low - low_t))

    def growth(self):
        mem = []
        for dmg in (self.inputs.small(), self.inputs.free()):
            got = [self.once([self.imgconv, "-q", "-T", "2", dmg, self.out]) for _ in range(3)]
            if None in got:
                self.bad = True
                return self.remark("growth", "imgconv FAILED")
            mem.append(statistics.median(got))
        self.row(f"memory at {self.inputs.size >> 17} MiB", f"{self.inputs.size >> 25} MiB", mem[1] / mem[0], 1.25, "",
                 "%.1f MiB" % mem[1], "%.1f MiB" % mem[0])

    def android(self):
        """Android sparse images to raw and back, against libsparse's tools."""
        job = "Android sparse to raw"
        made = self.inputs.android() if self.need(job, "simg2img", "img2simg") else None
        if not made:
            return self.remark(job, "no mksparse.py")
        raw, simg = made
        ours, theirs = [self.imgconv, "-q", "-T", "2", simg, self.out], ["simg2img", simg, self.out]
        used = []
        for command in ours, theirs:
            if self.once(command) is None or not filecmp.cmp(self.out, raw, shallow=False):
                self.bad = True
                return self.remark(job, f"{command[0]}: no output, or wrong bytes")
            used.append(os.stat(self.out).st_blocks)
        self.against(job, ours, "simg2img", theirs, 0.70)
        self.row(job + ", disk", "simg2img", used[0] / used[1], 1.0, "", "%d MiB" % (used[0] >> 11), "%d MiB" % (used[1] >> 11))
        self.against("raw to Android sparse", [self.imgconv, "-q", "-T", "2", "-f", "raw", "-O", "simg", raw, self.out],
                     "img2simg", ["img2simg", raw, self.out], None)

    # ---- files of discs ----

    def takers(self, iso, tar):
        """What each peer types to make the folder self.out."""
        into = 'mkdir "$1" && exec "$2" -xf "$3" -C "$1"'
        return {
            "7zz": ["7zz", "x", "-y", "-o" + self.out, iso],
            "tar": ["sh", "-c", into, "sh", self.out, "tar", tar],
            "bsdtar": ["sh", "-c", into, "sh", self.out, "bsdtar", iso],
        }

    def take_out(self, job, disc, bounds):
        """Our extraction of @disc against the peers of @bounds; all must give the folder the disc was made of."""
        top, iso, tar = disc
        commands, mem = {"imgconv": [self.imgconv, "-q", iso, self.out + "/"]}, {}
        commands.update((n, self.takers(iso, tar)[n]) for n in bounds if shutil.which(n))
        for name in list(commands):
            mem[name] = self.once(commands[name])
            if mem[name] is None or subprocess.run(["diff", "-rq", "--no-dereference", top, self.out],
                                                   stdout=subprocess.DEVNULL).returncode:
                self.bad |= name == "imgconv"
                self.remark(job, f"{name}: other files than went in")
                del commands[name]
        if "imgconv" not in commands:
            return
        self.race(job, commands, mem, bounds)
        self.clean()

    def need(self, job, *tools):
        missing = [t for t in tools if not shutil.which(t)]
        if missing:
            self.remark(job, f"{', '.join(missing)}: not here")
        return not missing

    def extract(self):
        job = "20,000 files"
        disc = self.inputs.disc_small() if self.need(job, "xorriso") else None
        if not disc:
            return self.remark(job, "no mktree.py")
        self.take_out(job + ", on disk", disc, {"bsdtar": 1.0})
        if not os.access("/dev/shm", os.W_OK):
            return self.remark(job, "no memory file system at /dev/shm")
        usual, memory = self.out, tempfile.mkdtemp(prefix="imgbench-", dir="/dev/shm")
        try:
            self.out = os.path.join(memory, "out")
            self.take_out(job + ", in memory", disc, {"7zz": 0.75, "tar": 1.6})
        finally:
            self.out = usual
            shutil.rmtree(memory, ignore_errors=True)

    def large(self):
        job = f"8 files, {self.inputs.size >> 20} MiB"
        disc = self.inputs.disc_large() if self.need(job, "xorriso") else None
        if not disc:
            return self.remark(job, "no mktree.py")
        self.take_out(job, disc, {"bsdtar": 0.90})

    def list(self):
        if not self.need("list", "bsdtar"):
            return
        iso, names = self.inputs.disc_names()
        job = f"list {names:,} names"
        commands = {"imginfo": [self.imginfo, "-l", iso], "bsdtar": ["bsdtar", "-tf", iso]}
        said = subprocess.run(commands["imginfo"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
        mem = {n: self.once(c) for n, c in commands.items()}
        if None in mem.values() or said.count(b"\n") != names:
            self.bad = True
            return self.remark(job, "FAILED")
        self.race(job, commands, mem, {"bsdtar": 0.5})
        self.row(job + ", memory", "", mem["imginfo"], 64, "MiB")

    def mac_files(self, job, made, bound):
        """All files of a DMG with HFS+ into memory.  7zz puts them into a folder with the volume's name."""
        if not made or not shutil.which("7zz"):
            return self.remark(job, "no mktree.py, or no 7zz")
        top, dmg = made
        ours = [self.imgconv, "-q", dmg, self.out + "/"]
        theirs = ["7zz", "x", "-y", "-snld", "-o" + self.out, dmg]
        commands, mem = {"imgconv": ours, "7zz": theirs}, {}
        for name, command in commands.items():
            mem[name] = self.once(command)
            inside = self.out if name == "imgconv" else os.path.join(self.out, "Bench")
            if mem[name] is None or subprocess.run(["diff", "-rq", "--no-dereference", top, inside],
                                                   stdout=subprocess.DEVNULL).returncode:
                self.bad |= name == "imgconv"
                return self.remark(job, f"{name}: other files than went in")
        self.race(job, commands, mem, {"7zz": bound})
        self.clean()

    def mac(self):
        """HFS+ in a UDZO image, and the names of large volumes."""
        usual, memory = self.out, tempfile.mkdtemp(prefix="imgbench-", dir="/dev/shm")
        try:
            self.out = os.path.join(memory, "out")
            self.mac_files("HFS+, 8 files", self.inputs.mac("mac-large", "large", 8, self.imgconv), 0.35)
            self.mac_files("HFS+, 20,000 files", self.inputs.mac("mac-small", "small", 20000, self.imgconv), 0.75)
        finally:
            self.out = usual
            shutil.rmtree(memory, ignore_errors=True)
        self.mac_list("APFS", *self.inputs.mac_names())
        self.mac_list("HFS+", *self.inputs.hfs_names(self.imgconv))

    def mac_list(self, fs, image, names):
        job = f"list {names:,} names of {fs}"
        commands = {"imginfo": [self.imginfo, "-l", image], "7zz": ["7zz", "l", "-ba", image]}
        mem = {n: self.once(c) for n, c in commands.items() if shutil.which(c[0])}
        if mem["imginfo"] is None:
            self.bad = True
            return self.remark(job, "FAILED")
        if mem.get("7zz") is None:
            return self.remark(job, "7zz: not here")
        self.race(job, commands, mem, {"7zz": 0.5})
        self.row(job + ", memory", "", mem["imginfo"], 64, "MiB")

    def makes(self):
        """Raw to DMG, against programs that compress the same bytes; and one method to another."""
        self.inputs.udro()
        raw, udzo = self.inputs.path("want.img"), os.path.join(self.tmp, "made.dmg")
        rows = (
            ("raw to UDZO", ["-O", "udzo"], "pigz -6 -p2", 0.50),
            ("raw to UDZO, level 1", ["-O", "udzo", "--compress", "zlib:1"], "pigz -6 -p2", 0.28),
            ("raw to UDBZ", ["-O", "udbz"], "lbzip2 -n2", 1.55),
            ("raw to ULMO", ["-O", "ulmo"], "xz -T2 --block-size=1MiB", 1.1),
            ("raw to UDCO", ["-O", "udco"], "pigz -6 -p2", None),
            ("raw to ULFO", ["-O", "ulfo"], "imgconv -O udzo", 1.0),
        )
        ours = [self.imgconv, "-q", "-T", "2"]
        for job, options, peer, bound in rows:
            words = peer.split()
            if words[0] == "imgconv":
                theirs = [*ours, "-f", "raw", "-O", "udzo", raw, self.out]
            elif shutil.which(words[0]):
                theirs = ["sh", "-c", f"{peer} -c {shlex.quote(raw)} >{shlex.quote(self.out)}"]
            else:
                self.remark(job, words[0] + ": not here")
                continue
            self.against(job, [*ours, "-f", "raw", *options, raw, self.out], peer, theirs, bound)
        if self.once([*ours, "-f", "raw", "-O", "udzo", raw, self.out]) is not None:
            os.replace(self.out, udzo)
            self.against("UDZO to ULFO", [*ours, "-O", "ulfo", udzo, self.out], "raw to ULFO",
                         [*ours, "-f", "raw", "-O", "ulfo", raw, self.out], None)
            os.unlink(udzo)

    # ---- compressed streams: everybody syncs what he writes ----

    PACKS = (("zst", "zstd -q -3 -T2", "zstd -q -d"), ("xz", "xz -6 -T2", "xz -T2 -d"), ("gz", "pigz -6 -p2", "pigz -p2 -d"),
             ("bz2", "lbzip2 -9 -n2", "lbzip2 -n2 -d"), ("lz4", "lz4 -q -1", "lz4 -q -d"))
    PACK_BOUNDS = {"zst": 1.05, "xz": 1.05, "gz": 1.05}

    def synced(self, command, source):
        return ["sh", "-c", f"{command} -c {shlex.quote(source)} >{shlex.quote(self.out)} && sync {shlex.quote(self.out)}"]

    def packs(self):
        """A disk into compressed streams: time, and size within 1 %."""
        raw, was = self.inputs.disk(), self.out
        for end, tool, _ in self.PACKS:
            if not shutil.which(tool.split()[0]):
                self.remark("raw to ." + end, tool.split()[0] + ": not here")
                continue
            self.out = os.path.join(self.tmp, "out.img." + end)
            ours, theirs = [self.imgconv, "-q", "-T", "2", raw, self.out], self.synced(tool, raw)
            self.against("raw to ." + end, ours, tool, theirs, self.PACK_BOUNDS.get(end), 1.01)
            self.clean()
        self.out = was

    def unpacks(self):
        """What others packed, and what we pack, to a raw file without holes for zeros, as others write it."""
        raw, was = self.inputs.disk(), self.out
        for end, tool, back in self.PACKS:
            if not shutil.which(tool.split()[0]):
                self.remark(f".{end} to raw", tool.split()[0] + ": not here")
                continue
            theirs = self.inputs.packed(tool, end)
            ours = os.path.join(self.tmp, "ours.img." + end)
            self.out = os.path.join(self.tmp, "out.img")
            self.against(f".{end} to raw", [self.imgconv, "-q", "-T", "2", theirs, self.out], back,
                         self.synced(back, theirs), self.PACK_BOUNDS.get(end))
            if subprocess.run([self.imgconv, "-q", raw, ours], stdin=subprocess.DEVNULL).returncode == 0:
                self.against(f"our .{end} to raw", [self.imgconv, "-q", "-T", "2", ours, self.out], back,
                             self.synced(back, ours), self.PACK_BOUNDS.get(end))
                os.unlink(ours)
        self.out = was

    # ---- discs of files ----

    def makers(self, top):
        """What each peer types to make self.out of @top."""
        plain = shlex.join(["genisoimage", "-quiet", "-R", "-J", "-joliet-long", "-o", self.out, top])
        out = shlex.quote(self.out)
        return {
            "genisoimage -R -J": shlex.split(plain),
            "xorriso": ["xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-joliet-long", "-o", self.out, top],
            "tar": ["tar", "-C", top, "-cf", self.out, "."],
            "cat": ["sh", "-c", f"find {shlex.quote(top)} -type f -exec cat {{}} + >{out}"],
            "genisoimage, implantisomd5": ["sh", "-c", f"{plain} && implantisomd5 -f {out}"],
            "genisoimage, implantisomd5, sha256sum": ["sh", "-c", f"{plain} && implantisomd5 -f {out} && sha256sum {out}"],
        }

    def make_disc(self, job, top, options, bounds):
        """Our image of the folder @top against the peers of @bounds.  Peak MiB or None."""
        commands = {"imgconv": [self.imgconv, "-q", *options, "-O", "iso", top, self.out]}
        mem = {"imgconv": self.once(commands["imgconv"])}
        want = sum(len(d) + len(f) for _, d, f in os.walk(top))
        said = subprocess.run([self.imginfo, "-l", self.out], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
        if mem["imgconv"] is None or said.count(b"\n") != want:
            self.bad = True
            self.remark(job, "imgconv FAILED, or other files than went in")
            return None
        for name in bounds:
            command = self.makers(top)[name]
            missing = [t for t in name.replace(" -R -J", "").split(", ") if not shutil.which(t)]
            if missing:
                self.remark(job, f"{', '.join(missing)}: not here")
                continue
            mem[name] = self.once(command)
            if mem[name] is None:
                self.remark(job, f"{name}: fails")
            else:
                commands[name] = command
        self.race(job, commands, mem, bounds)
        return mem["imgconv"]

    def builds(self):
        small, large = self.inputs.disc_small(), self.inputs.disc_large()
        if not small:
            return self.remark("discs of files", "no mktree.py")
        few = self.make_disc("disc of 20,000 files", small[0], [], {"genisoimage -R -J": 0.60, "xorriso": 0.25, "tar": 1.5})
        self.make_disc(f"disc of 8 files, {self.inputs.size >> 20} MiB", large[0], [], {"genisoimage -R -J": 0.75, "cat": 1.3})
        self.make_disc("the same, MD5 in it", large[0], ["--implant-md5"], {"genisoimage, implantisomd5": 0.75})
        self.make_disc("the same, MD5, SHA-256", large[0], ["--implant-md5", "--checksum=sha256"],
                       {"genisoimage, implantisomd5, sha256sum": 0.55})
        top, n = self.inputs.folders()
        self.make_disc(f"disc of {n:,} folders", top, [], {"xorriso": 0.10})
        top, n = self.inputs.names()
        many = self.once([self.imgconv, "-q", "-O", "iso", top, self.out])
        if few is not None and many is not None:
            self.row("disc of 20,000 files, memory", "", few, 24, "MiB")
            self.row(f"disc of {n:,} files, memory", "for one more", 1024 * (many - few) / (n - 20000), 1.0, "KiB",
                     "%.1f MiB" % many, "%.1f MiB" % few)
        self.clean()

    def folder(self):
        """A folder to a DMG with HFS+, against tar and pigz of the same files."""
        job = "folder to UDZO"
        top = self.inputs.app_tree() if self.need(job, "pigz") else None
        if not top:
            return self.remark(job, "no mktree.py")
        pipe = f"tar -C {shlex.quote(top)} -cf - . | pigz -6 -p2 -c >{shlex.quote(self.out)}"
        self.against(job, [self.imgconv, "-q", "-T", "2", "-O", "udzo", top, self.out], "tar c | pigz -6 -p2",
                     ["sh", "-c", pipe], 0.55)

    def against(self, job, ours, peer, theirs, bound, size_bound=None):
        commands, mem, size = {"ours": ours, peer: theirs}, {}, {}
        for name, command in commands.items():
            mem[name] = self.once(command)
            if mem[name] is None:
                self.bad = True
                return self.remark(job, name + " FAILED")
            size[name] = os.path.getsize(self.out)
        self.race(job, commands, mem, {peer: bound})
        self.row(job + ", size", peer, size["ours"] / size[peer], size_bound, "", "%.1f MiB" % (size["ours"] / 2**20),
                 "%.1f MiB" % (size[peer] / 2**20))


JOBS = ("udzo", "encrypted", "one", "udbz", "ulmo", "ulfo", "udro", "free", "zeros", "verify", "hashes", "isomd5", "info",
        "growth", "extract", "large", "list", "mac", "android", "makes", "packs", "unpacks", "builds", "folder")


def main():
    ap = argparse.ArgumentParser(description="imgconv against its peers: one table of ratios")
    ap.add_argument("--bin", default=".", help="folder with imgconv and imginfo")
    ap.add_argument("--data", default="bench-data", help="where inputs are kept")
    ap.add_argument("--shared", help="folder that holds the bench kit")
    ap.add_argument("--size", default="512M", help="of the decoded images")
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("job", nargs="*", choices=[[], *JOBS])
    a = ap.parse_args()
    a.bin = os.path.abspath(a.bin)
    for tool in ("hyperfine", "time"):
        if not shutil.which(tool):
            sys.exit(f"bench: {tool} is not installed (section [bench] of tools/packages)")
    b = Bench(a)
    try:
        for job in a.job or JOBS:
            print(f"bench: {job}", file=sys.stderr)
            getattr(b, job)()
        b.show()
    finally:
        shutil.rmtree(b.tmp, ignore_errors=True)
    return 1 if b.bad else 0


if __name__ == "__main__":
    sys.exit(main())
