# SPDX-License-Identifier: BSD-2-Clause
# fish completion for imginfo; tests/cli/help.sh compares the options with --help

# the image on the command line: the first operand that is a file or a bundle
function __imginfo_image
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
function __imginfo_ask
    set -l image (__imginfo_image); or return 1
    set -l quick
    command -sq timeout; and set quick timeout 3
    command $quick imginfo -q $argv -- $image </dev/null 2>/dev/null
end

function __imginfo_partitions
    __imginfo_ask | awk '/^Partitions/ { t = 1; next } /^[^ ]/ { t = 0 } t && $1 ~ /^[0-9]+$/ { print $1 }'
end

# paths inside the image, one level below what is typed
function __imginfo_inside
    set -l typed (string replace -r '^--?[a-z]+=' '' -- (commandline -ct))
    set -l root (string match -r '^/' -- $typed)
    set -l within (string replace -r '^/' '' -- $typed | string replace -r '[^/]*$' '')
    __imginfo_ask -l | head -n 50000 | env root="$root" within="$within" awk '
        BEGIN { p = ENVIRON["within"]; n = length(p) }
        substr($0, 1, n) == p {
            rest = substr($0, n + 1); i = index(rest, "/"); name = p (i ? substr(rest, 1, i) : rest)
            if (rest != "" && !(name in seen)) { seen[name] = 1; print ENVIRON["root"] name }
        }'
end

# do operands behind the image mean paths in it?
function __imginfo_wants_paths
    __imginfo_image >/dev/null; or return 1
    for word in (commandline -op)
        contains -- $word -l -ll --list; and return 0
    end
    return 1
end

set -l digests 'crc32 md5 sha1 sha224 sha256 sha384 sha512'
set -l formats "(imginfo --list-formats 2>/dev/null | awk '/^partition tables/ { exit } /^format / { next } \$2 == \"yes\" && !/^ / { print \$1 }')"
complete -c imginfo -s f -l from -x -a $formats -d 'source format'
complete -c imginfo -s P -l partition -x -a '(__imginfo_partitions)' -d 'only this partition'
complete -c imginfo -l volume -x -d 'of several volumes in one container'
complete -c imginfo -l snapshot -x -d 'the files as a snapshot has them'
complete -c imginfo -l names -x -a 'nfc nfd raw' -d 'form of names of HFS+ and APFS'
complete -c imginfo -s T -l threads -x -d 'threads, 0 for all processors'
complete -c imginfo -s p -l progress -a 'auto bar plain json none' -d 'show progress'
complete -c imginfo -l progress-fd -x -d 'write progress objects to this descriptor'
complete -c imginfo -s q -l quiet -d 'no notes; twice: no warnings either'
complete -c imginfo -s v -l verbose -d 'say more'
complete -c imginfo -l strict -d 'warnings are failures'
complete -c imginfo -l color -x -a 'auto always never' -d 'colour'
complete -c imginfo -l max-chunk -x -d 'largest compressed chunk to accept'
complete -c imginfo -l repair -d 'correct damaged sectors of raw CD images by their own ECC'
complete -c imginfo -l password-file -r -d 'password of an encrypted image, from a file'
complete -c imginfo -l password-fd -x -d 'the same, from an open descriptor'
complete -c imginfo -l list-formats -d 'what this build reads and writes'
complete -c imginfo -l version -d 'version and codecs built in'
complete -c imginfo -s h -l help -a 'describe common formats' -d 'list of the options, or help on a topic'
complete -c imginfo -l verify -d 'test the structure and every checksum'
complete -c imginfo -l quick -d 'test what describes the data, not the data'
complete -c imginfo -l require -x -a 'checksum signature' -d 'proof that must be there'
complete -c imginfo -l ignore-missing -d 'of a list of checksums only what is there'
complete -c imginfo -l keyring -r -d 'keys that signatures are checked against'
complete -c imginfo -l bmap -r -d 'block map to test against'
complete -c imginfo -l trust -r -d 'certificates that code signatures must lead to'
complete -c imginfo -l hash -x -a $digests -d 'hash of the decoded image'
complete -c imginfo -l compare -r -d 'do both hold the same sectors?'
complete -c imginfo -l files -d 'compare files, not sectors'
complete -c imginfo -l partitions -d 'only the partition tables'
complete -c imginfo -l boot -d 'only what boots, and how'
complete -c imginfo -l raw-plist -d 'the property list as it stands in the image'
complete -c imginfo -l map -d 'where every run is stored'
complete -c imginfo -l map -d 'draw what its regions are made of'
complete -c imginfo -l report -r -d 'write all of it as a page of HTML'
complete -c imginfo -s y -l overwrite -d 'replace an existing page'
complete -c imginfo -l field -x -d 'one value, bare'
complete -c imginfo -s J -l json -d 'one JSON document on standard output'
complete -c imginfo -s l -l list -d 'the files inside; -ll: long'
complete -c imginfo -l tree -d 'the files inside, drawn'
complete -c imginfo -l cat -x -a '(__imginfo_inside)' -d 'print one file'
complete -c imginfo -l view -x -a 'iso joliet rr udf' -d 'which names of an optical disc'
complete -c imginfo -l session -x -d 'session of a multi-session disc'
# behind the image
complete --command imginfo --condition __imginfo_wants_paths --no-files --arguments '(__imginfo_inside)'
