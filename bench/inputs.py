# SPDX-License-Identifier: BSD-2-Clause
"""Inputs of make bench: made once, by the bench kit beside the project or by mkinput.py, and kept."""
import json
import os
import shutil
import struct
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

    def encrypted(self, imgconv):
        """The same UDZO as we write it, plain and encrypted, and the file with the password."""
        pw, made = self.path("password"), [self.path("plain.dmg"), self.path("encrypted.dmg")]
        with open(pw, "w") as f:
            f.write("bench")
        lock = ["--encrypt", "--opt", "key-rounds=1000", "--new-password-file", pw]
        for dmg, options in zip(made, ([], lock)):
            if not os.path.exists(dmg):
                print(f"making {dmg}", file=sys.stderr)
                subprocess.run([imgconv, "-q", *options, self.udzo(), dmg], check=True)
        return *made, pw

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

    def disk(self):
        """The raw bytes of udro with a partition table, so that they are a disk in any wrapping."""
        path = self.path("disk.img")
        if not os.path.exists(path):
            self.udro()
            shutil.copyfile(self.path("want.img"), path + ".part")
            with open(path + ".part", "r+b") as f:
                f.seek(446)
                f.write(struct.pack("<8BII48x2B", 0, 0, 2, 0, 0x83, 255, 255, 255, 2048, self.size // 512 - 2048, 0x55, 0xaa))
            os.replace(path + ".part", path)
        return path

    def packed(self, tool, end):
        """That disk as @tool packs it."""
        path = self.path("disk.img." + end)
        if not os.path.exists(path):
            with open(path + ".part", "wb") as f:
                subprocess.run([*tool.split(), "-c", self.disk()], check=True, stdout=f)
            os.replace(path + ".part", path)
        return path

    def free(self):
        """Eight times the size, 70 % of it free."""
        return self.make("free", "zlib", 8 * self.size, "--mix", "free", "--zero-kind", "ignore")

    def zeros(self):
        return self.make("zeros", "zlib", 4 * self.size, "--mix", "zero")

    def android(self):
        """A raw image, half data, a fifth zeros that are written, the rest holes; and img2simg's Android image of it.  None
        without the kit's mksparse.py."""
        maker, raw, simg = os.path.join(self.kit or "", "mksparse.py"), self.path("sparse.img"), self.path("sparse.simg")
        if not os.path.isfile(maker):
            return None
        if not os.path.exists(simg):
            print(f"making {simg}", file=sys.stderr)
            subprocess.run([sys.executable, "-B", maker, "--size", str(2 * self.size), "--data", "50", "--zeros", "20", raw],
                           check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["img2simg", raw, simg + ".part"], check=True)
            os.replace(simg + ".part", simg)
        return raw, simg

    # ---- discs: xorriso makes them, bsdtar the one with very many names ----

    def tree(self, name, kind, size, files):
        """A folder, and NAME.iso and NAME.tar of it; None without the kit's mktree.py."""
        maker = os.path.join(self.kit or "", "mktree.py")
        top, iso, tar = (self.path(name + end) for end in ("", ".iso", ".tar"))
        if not os.path.isfile(maker):
            return None
        if not os.path.exists(tar):
            print(f"making {iso}", file=sys.stderr)
            shutil.rmtree(top, ignore_errors=True)
            subprocess.run([sys.executable, "-B", maker, "--kind", kind, "--size", str(size), "--files", str(files), top],
                           check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-J", "-joliet-long", "-o", iso, top], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            subprocess.run(["tar", "-C", top, "-cf", tar + ".part", "."], check=True)
            os.replace(tar + ".part", tar)
        return top, iso, tar

    def disc_md5(self, imgconv):
        """A disc of one file with an implanted MD5."""
        iso, top = self.path("disc-md5.iso"), self.path("disc-md5")
        if not os.path.exists(iso):
            print(f"making {iso}", file=sys.stderr)
            os.makedirs(top, exist_ok=True)
            with open(os.path.join(top, "data"), "wb") as f:
                for _ in range(self.size >> 20):
                    f.write(os.urandom(1 << 20))
            subprocess.run([imgconv, "-q", "-y", "--implant-md5", top, iso], check=True)
            shutil.rmtree(top)
        return iso

    def disc_small(self):
        return self.tree("disc-small", "small", self.size // 8, 20000)

    def disc_large(self):
        # no more: what does not fit in the memory that may wait to be written measures the disk
        return self.tree("disc-eight", "large", self.size, 8)

    def app_tree(self):
        """A folder of files of all sizes, as an application has them; None without the kit's mktree.py."""
        maker, top = os.path.join(self.kit or "", "mktree.py"), self.path("app-tree")
        if not os.path.isfile(maker):
            return None
        if not os.path.exists(top):
            print(f"making {top}", file=sys.stderr)
            subprocess.run([sys.executable, "-B", maker, "--kind", "mixed", "--size", str(self.size), "--files", "2000",
                            top + ".part"], check=True, stdout=subprocess.DEVNULL)
            os.replace(top + ".part", top)
        return top

    def disc_names(self):
        """A disc with 1,000 folders of empty files: a million names when the size is 512 MiB; and how many."""
        iso, each = self.path("disc-names.iso"), max(10, 999 * self.size >> 29)
        if not os.path.exists(iso):
            print(f"making {iso}", file=sys.stderr)
            self.empty_files(iso + ".part", "iso9660", each)
            os.replace(iso + ".part", iso)
        return iso, 1000 * (each + 1)

    def empty_files(self, archive, form, each):
        """1,000 folders of @each empty files, by bsdtar."""
        lines = ["#mtree"]
        for d in range(1000):
            lines.append(f"./folder-{d:04d} type=dir mode=0755 uid=0 gid=0 time=1600000000.0")
            lines += [f"./folder-{d:04d}/file-{f:06d}.txt type=file mode=0644 uid=0 gid=0 time=1600000000.0 size=0"
                      for f in range(each)]
        subprocess.run(["bsdtar", "-cf", archive, f"--format={form}", "@-"], check=True, input="\n".join(lines) + "\n",
                       text=True)

    # ---- volumes of Macs: our author makes HFS+, the recipe of fixtures APFS ----

    def mac(self, name, kind, files, imgconv):
        """(folder, DMG) with HFS+; None without the kit's mktree.py."""
        maker, top, dmg = os.path.join(self.kit or "", "mktree.py"), self.path(name), self.path(name + ".dmg")
        if not os.path.isfile(maker):
            return None
        if not os.path.exists(dmg):
            print(f"making {dmg}", file=sys.stderr)
            shutil.rmtree(top, ignore_errors=True)
            subprocess.run([sys.executable, "-B", maker, "--kind", kind, "--size", str(self.size), "--files", str(files),
                            top], check=True, stdout=subprocess.DEVNULL)
            subprocess.run([imgconv, "-q", "-y", "-V", "Bench", top, dmg], check=True)
        return top, dmg

    def mac_names(self):
        """An APFS container with 300,000 empty files when the size is 512 MiB; and how many names."""
        image, n = self.path("mac-names.apfs"), max(3000, 300000 * (self.size >> 20) // 512 // 1000 * 1000)
        if not os.path.exists(image):
            print(f"making {image}", file=sys.stderr)
            subprocess.run([sys.executable, "-B", os.path.join(HERE, "..", "fixtures", "mkapfs.py"), "--many", str(n),
                            image + ".part"], check=True)
            os.replace(image + ".part", image)
        return image, n + n // 1000

    def hfs_names(self, imgconv):
        """The same for HFS+, by our author."""
        image, each = self.path("hfs-names.img"), max(3, 300 * self.size >> 29)
        if not os.path.exists(image):
            print(f"making {image}", file=sys.stderr)
            tar = image + ".tar"
            self.empty_files(tar, "ustar", each)
            subprocess.run([imgconv, "-q", "-y", "-V", "Bench", "--fs", "hfs+", "--partition-map", "none", "-O", "raw", tar,
                            image + ".part"], check=True)
            os.unlink(tar)
            os.replace(image + ".part", image)
        return image, 1000 * (each + 1)

    # ---- folders to make discs of ----

    def filled(self, name, fill):
        """A folder that @fill makes once."""
        top = self.path(name)
        if not os.path.isdir(top):
            print(f"making {top}", file=sys.stderr)
            shutil.rmtree(top + ".part", ignore_errors=True)
            os.mkdir(top + ".part")
            fill(top + ".part")
            os.rename(top + ".part", top)
        return top

    def folders(self):
        """Seven folders of 10,000 when the size is 512 MiB; and how many in all."""
        each = max(10, 10000 * self.size >> 29)

        def fill(top):
            for i in range(7):
                os.mkdir(f"{top}/{i}")
                for k in range(each):
                    os.mkdir(f"{top}/{i}/{k:05d}")
        return self.filled("folders", fill), 7 * (each + 1)

    def names(self):
        """Five times as many files as disc_small has, and nothing in them."""
        def fill(top):
            for i in range(100):
                os.mkdir(f"{top}/{i:03d}")
                for k in range(1000):
                    open(f"{top}/{i:03d}/a file of that number {k:03d}.txt", "w").close()
        return self.filled("names", fill), 100000

    def small(self):
        return self.make("small", "zlib", self.size // 32, "--mix", "free", "--zero-kind", "ignore")
