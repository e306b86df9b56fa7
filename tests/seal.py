#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The seal of a bundle: what _CodeSignature/CodeResources says of its files.

    seal.py make DIR          makes DIR/Demo.app, sealed as codesign does (without the signature proper)
    seal.py check APP         recomputes every hash; prints how many files were tested
    seal.py apfs DIR IMAGE    an APFS container with what is in DIR
"""
import hashlib
import os
import plistlib
import sys


def digest(path, algorithm):
    h = hashlib.new(algorithm)
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.digest()


def sealed(app):
    """All that a seal covers: everything below Contents but the seal itself, the main program and Info.plist."""
    contents = os.path.join(app, "Contents")
    for folder, dirs, files in os.walk(contents):
        for name in sorted(files + [d for d in dirs if os.path.islink(os.path.join(folder, d))]):
            path = os.path.relpath(os.path.join(folder, name), contents)
            if not path.startswith(("_CodeSignature/", "MacOS/")) and path != "Info.plist" and path != "PkgInfo":
                yield path, os.path.join(folder, name)


def make(root):
    app = os.path.join(root, "Demo.app")
    files = {
        "Info.plist": b"<plist/>", "PkgInfo": b"APPL????", "MacOS/demo": bytes(range(256)) * 300,
        "Resources/icon.icns": b"icns" + bytes(70000), "Resources/empty": b"",
        "Resources/de.lproj/Grüße.strings": "Grüße".encode(),
        "Frameworks/Demo.framework/Versions/A/Demo": b"\xcf\xfa\xed\xfe" + bytes(range(256)) * 20,
        "Frameworks/Demo.framework/Versions/A/Resources/Info.plist": b"<plist/>\n",
    }
    for path, data in files.items():
        full = os.path.join(app, "Contents", path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as f:
            f.write(data)
    os.chmod(os.path.join(app, "Contents/MacOS/demo"), 0o755)
    framework = os.path.join(app, "Contents/Frameworks/Demo.framework")
    os.symlink("A", os.path.join(framework, "Versions/Current"))
    os.symlink("Versions/Current/Demo", os.path.join(framework, "Demo"))
    os.symlink("Versions/Current/Resources", os.path.join(framework, "Resources"))
    seal = {"files": {}, "files2": {}, "rules": {}, "rules2": {}}
    for path, full in sealed(app):
        if os.path.islink(full):
            seal["files2"][path] = {"symlink": os.readlink(full)}
            continue
        seal["files2"][path] = {"hash": digest(full, "sha1"), "hash2": digest(full, "sha256")}
        seal["files"][path] = digest(full, "sha1")
    os.makedirs(os.path.join(app, "Contents/_CodeSignature"))
    with open(os.path.join(app, "Contents/_CodeSignature/CodeResources"), "wb") as f:
        plistlib.dump(seal, f)


def check_one(full, what):
    if isinstance(what, bytes):
        what = {"hash": what}
    if "symlink" in what:
        return os.path.islink(full) and os.readlink(full) == what["symlink"]
    if "cdhash" in what:        # a bundle inside, with a seal of its own
        return os.path.isdir(full)
    return not os.path.islink(full) and os.path.isfile(full) and \
        all(digest(full, algorithm) == what[key] for key, algorithm in (("hash", "sha1"), ("hash2", "sha256")) if key in what)


def check(app):
    with open(os.path.join(app, "Contents/_CodeSignature/CodeResources"), "rb") as f:
        seal = plistlib.load(f)
    known, wrong, n = seal.get("files2") or seal["files"], 0, 0
    for table in ("files", "files2"):
        for path, what in seal.get(table, {}).items():
            full = os.path.join(app, "Contents", path)
            optional = isinstance(what, dict) and what.get("optional")
            if optional and not os.path.lexists(full):
                continue
            n += 1
            if not check_one(full, what):
                print("%s: not what is sealed" % path)
                wrong += 1
    for path, _ in sealed(app):
        if path not in known and os.path.basename(path) != ".DS_Store":
            print("%s: not in the seal" % path)
            wrong += 1
    print("%d entries, %d wrong" % (n, wrong))
    return wrong or not n


def apfs(root, image):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
    import mkapfs
    c = mkapfs.Container(400)
    v = mkapfs.Volume(c, "Sealed bundle")

    def add(parent, path):
        for name in sorted(os.listdir(path)):
            full = os.path.join(path, name)
            if os.path.islink(full):
                v.link(parent, name, os.readlink(full), "")
            elif os.path.isdir(full):
                add(v.folder(parent, name), full)
            else:
                with open(full, "rb") as f:
                    v.file(parent, name, f.read(), mode=os.stat(full).st_mode)

    add(2, root)
    v.finish()
    c.finish()
    with open(image, "wb") as f:
        f.write(c.bytes())


def main():
    if sys.argv[1] == "make":
        make(sys.argv[2])
    elif sys.argv[1] == "apfs":
        apfs(sys.argv[2], sys.argv[3])
    else:
        sys.exit(check(sys.argv[2]))


if __name__ == "__main__":
    main()
