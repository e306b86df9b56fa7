# SPDX-License-Identifier: BSD-2-Clause
# What an image starts, from xorriso's reports on standard input, told by meaning: addresses differ between two makers of
# the same layout, what they point at must not.  One fact a line.
import re
import sys

lines = [l.rstrip("\n") for l in sys.stdin]


def field(name):
    for l in lines:
        if l.startswith(name) and ":" in l:
            return l.split(":", 1)[1].strip()
    return None


def numbered(name):
    found = {}
    for l in lines:
        m = re.match(re.escape(name) + r"\s*:\s+(\d+)\s+(.*)$", l)
        if m:
            found[int(m.group(1))] = m.group(2).strip()
    return found


def number(text):
    return int(text.split()[0]) if text else 0


size = number(field("ISO image size/512"))
offset = number(field("Partition offset")) * 4
images = {n: v.split() for n, v in numbered("El Torito boot img").items()}
efi = [(int(v[6]) * 4, int(v[5])) for v in images.values() if v[0] == "UEFI"]
efi_first = efi[0][0] if efi else None


def meaning(start, count):
    """What lies there."""
    end = start + count
    if efi and (start, count) == efi[0]:
        return "what UEFI starts"
    if (start, count) == (0, 1):
        return "sector 0"
    if start == 1 and end == size:
        return "all behind sector 0"
    first = "the image" if start == 0 else "the volume" if start == offset else "sector %d" % start
    if end == size:
        return first + " to the end"
    if end == efi_first:
        return first + " up to what UEFI starts"
    if start <= offset and size - end < 100:        # a GPT's backup, in whole blocks
        return first + " to the last usable block"
    if efi and start == efi[0][0] + efi[0][1] and size - end < 100:
        return "what follows what UEFI starts"
    return first + " and %d more" % count


print("catalog", field("El Torito cat path"))
for n, v in sorted(images.items()):
    print("boot image", n, v[0], "emulation", v[2], "segment", v[3], "type", v[4], "sectors", v[5],
          "path", numbered("El Torito img path").get(n), "patches", numbered("El Torito img opts").get(n))
for name in ("System area options", "System area summary", "Partition offset", "MBR heads per cyl", "MBR secs per head"):
    print(name.lower(), field(name))
for n, v in sorted(numbered("MBR partition").items()):
    v = v.split()
    print("mbr", n, "status", v[0], "type", v[1], "is", meaning(int(v[2]), int(v[3])))
array, usable = field("GPT entry array"), field("GPT lba range")
if array:
    a, u = array.split(), usable.split()
    print("gpt array at", a[0])
    print("gpt entries", a[1])
    print("gpt overlaps", a[2])
    print("gpt first usable", u[0])
    print("gpt backup at the end", int(u[2]) == size - 1)
names, types = numbered("GPT partname local"), numbered("GPT type GUID")
flags, spans = numbered("GPT partition flags"), numbered("GPT start and size")
for n in sorted(spans):
    start, count = map(int, spans[n].split())
    print("gpt", n, names[n], "type", types[n], "flags", flags[n], "is", meaning(start, count))
print("apm block size", field("APM block size"))
for n, v in sorted(numbered("APM start and size").items()):
    start, count = map(int, v.split())
    print("apm", n, numbered("APM partition name")[n], numbered("APM partition type")[n],
          "is", meaning(start * 4, count * 4))
