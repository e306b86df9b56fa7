#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What imginfo must say of each image of the corpus: corpus.tsv, one line each, compared with what it says.

    corpus.py test CORPUS TABLE [FILE]   every line, and every file that has none; or that of one file
    corpus.py peers CORPUS TABLE         the lines against blkid, sfdisk and qemu-img, as far as those understand the image
    corpus.py draft CORPUS               the lines as imginfo would have them: to be judged, not believed

A line: file (with " !" behind it: opened with its password), exit status, size of the disk, containers, partitions, file
systems, what boots, and who else says so.  "-" is nothing, "?" what imginfo says is not known.
"""
import csv
import json
import os
import re
import subprocess
import sys
import tempfile

COLUMNS = ("file", "exit", "size", "containers", "partitions", "file systems", "boot")


def passwords(corpus):
    with open(os.path.join(corpus, "MANIFEST.tsv"), newline="") as f:
        return {re.sub(r"(\.sparsebundle)/.*", r"\1", r["file"]): r["password"]
                for r in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE) if r["password"]}


def images(corpus):
    """Every file of the corpus that is no list, bundles as one."""
    found = []
    for folder, folders, files in os.walk(corpus):
        for name in [d for d in folders if d.endswith(".sparsebundle")]:
            folders.remove(name)
            files.append(name)
        found += [os.path.relpath(os.path.join(folder, f), corpus) for f in files if not f.endswith((".tsv", ".json"))]
    return sorted(found)


def look(corpus, name, secrets, more=()):
    """Exit status and document of imginfo, standard error."""
    path, command = name.removesuffix(" !"), ["imginfo", "--json", *more]
    with tempfile.NamedTemporaryFile() as word:
        if path != name:
            word.write(secrets[path].encode() + b"\n")
            word.flush()
            command += ["--password-file", word.name]
        r = subprocess.run(command + ["./" + path], cwd=corpus, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return r.returncode, json.loads(r.stdout), r.stderr.decode()


def container(layer):
    text = layer["format"]
    if layer.get("variant"):
        text += "/" + layer["variant"]
    if layer.get("compression"):
        text += "+" + "+".join(layer["compression"])
    if layer.get("encrypted"):
        text += "," + layer.get("encryption", "encrypted")
    return text


def table(layer):
    parts = ["%s:%d+%d %s%s%s" % (p["index"], p["offset"], p["size"], p.get("type_title") or p["type"],
                                  ' "%s"' % p["name"] if p.get("name") else "", " active" if p.get("bootable") else "")
             for p in layer["partitions"] if not p.get("meta")]
    return "%s/%d %s" % (layer["format"], layer["sector_size"], "; ".join(parts) or "none")


def filesystem(layer):
    text = layer["format"]
    if "revision" in layer:
        text += " " + layer["revision"]
    if layer.get("partition"):
        text = "%d:%s" % (layer["partition"], text)
    text += " +%d" % layer["size"]
    if layer.get("label"):
        text += ' "%s"' % layer["label"]
    if layer.get("uuid"):
        text += " " + layer["uuid"]
    views = [t["view"] for t in layer.get("trees", [])]
    return text + (" [%s]" % ",".join(views) if views else "") + (" truncated" if layer.get("truncated") else "")


def boot(doc):
    b = doc.get("boot", {})
    words = [w for w in ("bios", "uefi") if b.get(w)]
    words += ["%s@%d" % (e["platform"], e["offset"]) for e in b.get("entries", [])]
    return " ".join(words + (["code:" + b["mbr_code"]] if b.get("mbr_code") else []))


def row(name, rc, doc):
    kinds = {"container": [], "partition_table": [], "filesystem": []}
    for layer in doc["layers"]:
        kinds[layer["kind"]].append(layer)
    size = doc.get("virtual_size", "-")
    tracks = ["%d:%s %s" % (t["track"], t["type"], t.get("sector", "?")) for layer in doc["layers"]
              for t in layer.get("tracks", [])]
    cells = (name, str(rc), "?" if size is None else str(size),
             " > ".join(map(container, kinds["container"])) or doc.get("error", {}).get("message", "-"),
             " | ".join(["tracks " + "; ".join(tracks)] * bool(tracks) +
                        [table(t) for t in kinds["partition_table"] if not t.get("protective")]),
             " | ".join(map(filesystem, kinds["filesystem"])), boot(doc))
    return [c or "-" for c in cells]


def lines(path):
    with open(path, newline="") as f:
        rows = [r for r in csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE) if r and not r[0].startswith("#")]
    return {r[0]: r for r in rows}


def names(corpus, secrets):
    for name in images(corpus):
        yield name
        if name in secrets:
            yield name + " !"


def draft(corpus):
    secrets = passwords(corpus)
    for name in names(corpus, secrets):
        rc, doc, _ = look(corpus, name, secrets)
        print("\t".join(row(name, rc, doc)))


def test(corpus, want, only=None):
    secrets, bad, seen = passwords(corpus), 0, 0
    want = lines(want)
    for name in [only] if only else names(corpus, secrets):
        if name not in want:
            print("FAIL: %s has no line" % name)
            bad += 1
            continue
        rc, doc, said = look(corpus, name, secrets)
        got = row(name, rc, doc)
        seen += 1
        for column, w, g in zip(COLUMNS, want[name], got):
            if w != g:
                print("FAIL: %s: %s: %s, want %s" % (name, column, g, w))
                bad += 1
        # what is said once in the document is the same for shells
        if doc.get("virtual_size") is not None:
            field = subprocess.run(["imginfo", "--field", "virtual_size", "./" + name.removesuffix(" !")], cwd=corpus,
                                   stdin=subprocess.DEVNULL, capture_output=True) if " !" not in name else None
            if field and field.stdout.decode().strip() != str(doc["virtual_size"]):
                print("FAIL: %s: --field virtual_size is %s" % (name, field.stdout))
                bad += 1
        if "corrupt" in said or "corrupt" in json.dumps(doc.get("error", "")):
            print("FAIL: %s: called corrupted" % name)
            bad += 1
    print("%d descriptions, %d wrong" % (seen, bad))
    return 1 if bad or (seen < 60 and not only) else 0


# ---- what others say ----

def run(*command):
    r = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return r.returncode, r.stdout.decode(errors="replace")


# our words for those of blkid
TYPES = {"hfsplus": ("hfs+", "hfsx"), "vfat": ("fat12", "fat16", "fat32")}


def by_blkid(raw, systems):
    """Faults, and how many file systems blkid agrees on."""
    bad, agreed = [], 0
    for fs in systems.split(" | ") if systems != "-" else []:
        m = re.match(r'(?:(\d+)@(\d+)\+\d+:)?(\S+)(?: [\d.]+)? \+(\d+)(?: "(.*)")?(?: ([0-9A-Fa-f-]{8,36}))?(?: \[.*)?$', fs)
        at = ["--offset", m[2]] if m[2] else []
        rc, out = run("blkid", "-p", "-o", "export", *at, raw)
        said = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
        kind = said.get("TYPE")
        if rc or not kind:
            continue
        if m[3] not in TYPES.get(kind, (kind,)):
            # of a bridge disc blkid tells one of the two
            if not (kind in systems):
                bad.append("blkid: type %s, not %s" % (kind, m[3]))
            continue
        label = re.sub(r"\\(.)", r"\1", said.get("LABEL", ""))
        if kind == "apfs":      # blkid tells of the container, we of the volume
            rc, out = run("fsapfsinfo", "-o", m[2] or "0", raw)
            theirs = {k: re.findall(r"(?m)^\s+%s\s*: (.*)$" % k, out) for k in ("Name", "Identifier")}
            said["UUID"], label = (theirs["Identifier"] or ["", ""])[-1], (theirs["Name"] or [""])[-1]
        if "M-" in label:       # bytes beyond ASCII in cat -v's way
            label = m[5]
        if (label or m[5]) and label != (m[5] or ""):
            bad.append("blkid: label %s, not %s" % (label, m[5]))
        if said.get("UUID") and not m[6]:
            bad.append("blkid: uuid %s, not none" % said["UUID"])
        if said.get("UUID") and m[6] and said["UUID"].lower() != m[6].lower():
            bad.append("blkid: uuid %s, not %s" % (said["UUID"], m[6]))
        agreed += 1
    return bad, agreed


def by_sfdisk(raw, tables):
    rc, out = run("sfdisk", "-J", raw)
    if rc:
        return [], 0
    said = json.loads(out)["partitiontable"]
    unit = {"gpt": "gpt", "dos": "mbr"}.get(said["label"])
    ours = [t for t in tables.split(" | ") if t.startswith((unit or "?") + "/")]
    if not ours:
        return ["sfdisk: a %s table" % said["label"]] if tables != "-" or unit == "gpt" else [], 0
    have = {(int(m[0]), int(m[1])) for m in re.findall(r"\d+:(\d+)\+(\d+) ", ours[0])}
    theirs = {(p["start"] * said.get("sectorsize", 512), p["size"] * said.get("sectorsize", 512))
              for p in said["partitions"]}
    return (["sfdisk: %s, not %s" % (sorted(theirs), sorted(have))] if have != theirs else []), have == theirs


def peers(corpus, want):
    secrets, bad, told = passwords(corpus), 0, 0
    with tempfile.TemporaryDirectory() as tmp:
        for name, w in lines(want).items():
            path, raw = os.path.join(corpus, name.removesuffix(" !")), os.path.join(tmp, "raw")
            faults, sure = [], []
            if not os.path.isdir(path) and not path.endswith((".gz", ".bz2", ".xz")):
                rc, out = run("qemu-img", "info", "--output=json", path)
                said = json.loads(out) if not rc else {"format": "raw"}
                if said["format"] not in ("raw", "dmg") and w[2] not in ("?", "-"):
                    if str(said["virtual-size"]) == w[2]:
                        sure.append("qemu-img")
                    else:
                        faults.append("qemu-img: %d bytes" % said["virtual-size"])
            word = os.path.join(tmp, "word")
            with open(word, "w") as f:
                f.write(secrets.get(name.removesuffix(" !"), ""))
            if w[1] == "0" and (w[4] != "-" or w[5] != "-"):
                extra = ["--password-file", word] if name.endswith(" !") else []
                rc, _ = run("imgconv", "-q", "-y", *extra, path, "-o", raw, "-O", "raw")
                if not rc:
                    placed = {m[0]: m[1] for m in re.findall(r"(\d+):(\d+\+\d+) ", w[4])}
                    systems = " | ".join(re.sub(r"^(\d+):", lambda m: "%s@%s:" % (m[1], placed.get(m[1], "0+0")), s)
                                         for s in w[5].split(" | "))
                    more, n = by_blkid(raw, systems)
                    faults += more
                    sure += ["blkid"] if n else []
                    more, n = by_sfdisk(raw, w[4])
                    faults += more
                    sure += ["sfdisk"] if n else []
            told += bool(sure)
            for fault in faults:
                print("DIFFERS: %s: %s" % (name, fault))
                bad += 1
            print("%s: %s" % (name, " ".join(sure) or "-"), file=sys.stderr)
    print("%d lines that others confirm, %d differences" % (told, bad))
    return 0


if __name__ == "__main__":
    sys.exit({"test": test, "peers": peers, "draft": draft}[sys.argv[1]](*sys.argv[2:]) or 0)
