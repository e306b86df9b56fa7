# SPDX-License-Identifier: BSD-2-Clause
# fish completion for imgconv; tests/cli/help.sh compares the options with --help.  The functions serve imginfo.fish too.

# the image on the command line: the first operand that is a file or a bundle
function __imgconv_image
    set -l before
    set -l typed (commandline -ct)
    for word in (commandline -op)[2..-1]
        if not string match -q -- '-*' $word; and test "$word" != "$typed"
            and not contains -- "$before" -o --output -C --directory --cat --compare --keyring --bmap --password-file --exclude-from --expect
            set word (string replace -r '^~/' "$HOME/" -- $word)
            if test -f $word; or begin; test -d $word; and string match -q -- '*.sparsebundle' (string trim -r -c / -- $word); end
                printf '%s\n' $word
                return 0
            end
        end
        set before $word
    end
    return 1
end

# imginfo about that image; silent, and not for long
function __imgconv_ask
    set -l image (__imgconv_image); or return 1
    set -l quick
    command -sq timeout; and set quick timeout 3
    command $quick imginfo -q $argv -- $image </dev/null 2>/dev/null
end

function __imgconv_partitions
    __imgconv_ask | awk '/^Partitions/ { t = 1; next } /^[^ ]/ { t = 0 } t && $1 ~ /^[0-9]+$/ { print $1 }'
end

# paths inside the image, one level below what is typed
function __imgconv_inside
    set -l typed (string replace -r '^--?[a-z]+=' '' -- (commandline -ct))
    set -l root (string match -r '^/' -- $typed)
    set -l within (string replace -r '^/' '' -- $typed | string replace -r '[^/]*$' '')
    __imgconv_ask -l | head -n 50000 | env root="$root" within="$within" awk '
        BEGIN { p = ENVIRON["within"]; n = length(p) }
        substr($0, 1, n) == p {
            rest = substr($0, n + 1); i = index(rest, "/"); name = p (i ? substr(rest, 1, i) : rest)
            if (rest != "" && !(name in seen)) { seen[name] = 1; print ENVIRON["root"] name }
        }'
end

# do operands behind the image mean paths in it?  With one of these options they do
function __imgconv_wants_paths
    __imgconv_image >/dev/null; or return 1
    for word in (commandline -op)
        contains -- $word $argv; and return 0
    end
    return 1
end

# words for -f (column 2) or -O (column 3)
function __imgconv_formats
    imgconv --list-formats 2>/dev/null | awk -v col=$argv[1] '
        /^partition tables/ { exit }
        /^format / { next }
        /^ / { if (col == 3 && $2 == "yes") print $1; next }
        $col == "yes" { print $1 }'
end

set -l digests 'crc32 md5 sha1 sha224 sha256 sha384 sha512'
complete -c imgconv -s f -l from -x -a '(__imgconv_formats 2)' -d 'source format'
complete -c imgconv -s P -l partition -x -a '(__imgconv_partitions)' -d 'only this partition'
complete -c imgconv -l volume -x -d 'of several volumes in one container'
complete -c imgconv -l snapshot -x -d 'the files as a snapshot has them'
complete -c imgconv -l names -x -a 'nfc nfd raw' -d 'form of names of HFS+ and APFS'
complete -c imgconv -s T -l threads -x -d 'threads, 0 for all processors'
complete -c imgconv -s p -l progress -a 'auto bar plain json none' -d 'show progress'
complete -c imgconv -l progress-fd -x -d 'write progress objects to this descriptor'
complete -c imgconv -s q -l quiet -d 'no notes; twice: no warnings either'
complete -c imgconv -s v -l verbose -d 'say more'
complete -c imgconv -l strict -d 'warnings are failures'
complete -c imgconv -l color -x -a 'auto always never' -d 'colour'
complete -c imgconv -l max-chunk -x -d 'largest compressed chunk to accept'
complete -c imgconv -l repair -d 'correct damaged sectors of raw CD images by their own ECC'
complete -c imgconv -l password-file -r -d 'password of an encrypted image, from a file'
complete -c imgconv -l password-fd -x -d 'the same, from an open descriptor'
complete -c imgconv -l list-formats -d 'what this build reads and writes'
complete -c imgconv -l version -d 'version and codecs built in'
complete -c imgconv -s h -l help -a 'convert build extract edit iso boot dmg common formats' -d 'list of the options, or help on a topic'
complete -c imgconv -s O -l to -x -a '(__imgconv_formats 3)' -d 'target format'
complete -c imgconv -l format -x -a '(__imgconv_formats 3)' -d 'target format'
complete -c imgconv -s o -l output -r -d 'the target'
complete -c imgconv -s i -l input -r -d 'the source'
complete -c imgconv -s y -l overwrite -d 'replace an existing target'
complete -c imgconv -s n -l dry-run -d 'say what would be done'
complete -c imgconv -l as -x -a 'mkisofs genisoimage xorrisofs xorriso create-dmg hdiutil' -d 'take the words of another tool'
complete -c imgconv -l json -d 'one JSON document on standard output'
complete -c imgconv -s c -d 'compress as the target format does by default'
complete -c imgconv -l compress -x -a 'zlib bzip2 lzfse xz adc none' -d 'how to compress'
complete -c imgconv -l encrypt -a 'aes-256 aes-128' -d 'encrypt an image for macOS'
complete -c imgconv -l new-password-file -r -d 'the password of the target, from a file'
complete -c imgconv -l new-password-fd -x -d 'the same, from an open descriptor'
complete -c imgconv -l min-macos -x -d 'refuse what this macOS cannot open'
complete -c imgconv -s S -l sparse -x -d 'smallest run of zeros that becomes a hole'
complete -c imgconv -l no-sparse -d 'write every zero'
complete -c imgconv -l raw -d 'keep the sectors'
complete -c imgconv -l expect -r -d 'checksum that the source must have'
complete -c imgconv -l checksum -a $digests -d 'write the checksum of the target beside it'
complete -c imgconv -l bmap -d 'write a block map of the target'
complete -c imgconv -l no-bmap -d 'leave a block map beside the source aside'
complete -c imgconv -l ignore-errors -d 'fill damaged runs with zeros'
complete -c imgconv -s C -l directory -r -a '(__fish_complete_directories)' -d 'take the files out into this folder'
complete -c imgconv -l strip-components -x -d 'cut leading folders off every path'
complete -c imgconv -l xattrs -x -a 'keep drop appledouble' -d 'what becomes of extended attributes'
complete -c imgconv -l forks -x -a 'keep drop appledouble' -d 'what becomes of resource forks'
complete -c imgconv -l owner -x -a 'keep' -d 'owners as in the image'
complete -c imgconv -l no-owner -d 'no owners'
complete -c imgconv -l view -x -a 'iso joliet rr udf' -d 'which names of an optical disc'
complete -c imgconv -l session -x -d 'session of a multi-session disc'
complete -c imgconv -s V -l label -x -d 'name of the volume'
complete -c imgconv -l volname -x -d 'name of the volume'
complete -c imgconv -l fs -x -a 'hfs+ iso fat32' -d 'file system of the image'
complete -c imgconv -l partition-map -x -a 'gpt apm mbr none' -d 'around the file system'
complete -c imgconv -l size -x -d 'size of the image, to leave room'
complete -c imgconv -l repack -d 'copy the files of an image, not its sectors'
complete -c imgconv -l exclude -x -d 'leave out what fits'
complete -c imgconv -l exclude-from -r -d 'patterns to leave out'
complete -c imgconv -l graft -r -d 'put a file or folder somewhere'
complete -c imgconv -l files-from -r -d 'put in the paths listed'
complete -c imgconv -s 0 -l null -d 'paths in that list end with NUL'
complete -c imgconv -l keep-parent -d 'a folder goes in under its own name'
complete -c imgconv -l contents-only -d 'of a bundle too only the contents'
complete -c imgconv -l mode -x -a 'keep' -d 'permissions'
complete -c imgconv -l follow-links -d 'put in what links lead to'
complete -c imgconv -l timestamp -x -d 'newest time in the image'
complete -c imgconv -l opt -x -d 'a detail of the format'
complete -c imgconv -l iso-level -x -a '1 2 3 4' -d 'names of ISO 9660'
complete -c imgconv -l no-joliet -d 'without the tree for Windows'
complete -c imgconv -l udf -d 'add UDF 1.02'
complete -c imgconv -l no-udf -d 'never add UDF'
complete -c imgconv -l zisofs -d 'compress what shrinks'
complete -c imgconv -l dedupe -d 'store files of equal content once'
complete -c imgconv -l publisher -x -d 'who publishes the disc'
complete -c imgconv -l preparer -x -d 'who prepared it'
complete -c imgconv -l application-id -x -d 'what is on it'
complete -c imgconv -l system-id -x -d 'the system it is for'
complete -c imgconv -l volset -x -d 'the set of discs it belongs to'
complete -c imgconv -l copyright -x -d 'the file that holds the copyright'
complete -c imgconv -l abstract -x -d 'the file that holds the abstract'
complete -c imgconv -l biblio -x -d 'the file that holds the bibliography'
complete -c imgconv -l implant-md5 -d 'put a checksum for checkisomd5 into the image'
complete -c imgconv -s b -l boot-bios -r -d 'start this on PCs with a BIOS'
complete -c imgconv -l add -r -d 'put a file or folder into the image'
complete -c imgconv -l rm -x -a '(__imgconv_inside)' -d 'take a file or folder away'
complete -c imgconv -l mkdir -x -d 'make a folder in the image'
complete -c imgconv -l move -x -d 'move or rename in the image'
complete -c imgconv -l boot-efi -r -d 'start this FAT image or folder by UEFI'
complete -c imgconv -l profile -x -a 'debian ubuntu fedora arch alpine windows cloud-init' -d 'as shipped by a distribution'
complete -c imgconv -l boot -x -a 'auto none' -d 'find what can be started'
complete -c imgconv -l boot-catalog -x -d 'path of the boot catalog'
complete -c imgconv -l esp-size -x -d 'size of the FAT image made of a folder'
complete -c imgconv -l hybrid -d 'start from USB sticks too'
complete -c imgconv -l mbr -r -d 'boot code for sticks'
complete -c imgconv -l append-partition -x -d 'put a file behind the volume'
complete -c imgconv -l gpt -d 'write a GPT'
complete -c imgconv -l no-gpt -d 'an MBR only'
complete -c imgconv -l apm -d 'write an Apple partition map'
complete -c imgconv -l case-sensitive -d 'names that differ only by case are two'
complete -c imgconv -l app-link -d 'add a link to /Applications'
complete -c imgconv -l no-app-link -d 'never add that link'
complete -c imgconv -l background -d 'picture behind the icons' -r -F
complete -c imgconv -l background-color -d 'colour behind the icons' -x
complete -c imgconv -l volume-icon -d 'icon of the volume' -r -F
complete -c imgconv -l window -d 'place and size of the window' -x
complete -c imgconv -l icon-size -d 'size of the icons' -x
complete -c imgconv -l text-size -d 'size of the names' -x
complete -c imgconv -l icon -d 'place of an icon' -x
complete -c imgconv -l hide-extension -d 'show without extension' -x
complete -c imgconv -l license -d 'licence to agree to' -r -F
complete -c imgconv -l layout -d 'appdmg.json' -r -F
complete -c imgconv -l split -d 'write several files' -x
# behind the image
complete --command imgconv --condition '__imgconv_wants_paths -C --directory' --no-files --arguments '(__imgconv_inside)'
complete -c imgconv -l split-names -d 'what they end in' -x -a '001 aa part1 dmgpart sparsechunk'
