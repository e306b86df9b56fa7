# SPDX-License-Identifier: BSD-2-Clause
# fish completion for imgconv; tests/cli/help.sh compares the options with --help

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
complete -c imgconv -s P -l partition -x -d 'only this partition'
complete -c imgconv -s T -l threads -x -d 'threads, 0 for all processors'
complete -c imgconv -s p -l progress -a 'auto bar plain json none' -d 'show progress'
complete -c imgconv -l progress-fd -x -d 'write progress objects to this descriptor'
complete -c imgconv -s q -l quiet -d 'no notes; twice: no warnings either'
complete -c imgconv -s v -l verbose -d 'say more'
complete -c imgconv -l strict -d 'warnings are failures'
complete -c imgconv -l color -x -a 'auto always never' -d 'colour'
complete -c imgconv -l max-chunk -x -d 'largest compressed chunk to accept'
complete -c imgconv -l password-file -r -d 'password of an encrypted image, from a file'
complete -c imgconv -l password-fd -x -d 'the same, from an open descriptor'
complete -c imgconv -l list-formats -d 'what this build reads and writes'
complete -c imgconv -l version -d 'version and codecs built in'
complete -c imgconv -s h -l help -d 'list of the options'
complete -c imgconv -s O -l to -x -a '(__imgconv_formats 3)' -d 'target format'
complete -c imgconv -l format -x -a '(__imgconv_formats 3)' -d 'target format'
complete -c imgconv -s o -l output -r -d 'the target'
complete -c imgconv -s i -l input -r -d 'the source'
complete -c imgconv -s y -l overwrite -d 'replace an existing target'
complete -c imgconv -s n -l dry-run -d 'say what would be done'
complete -c imgconv -l json -d 'one JSON document on standard output'
complete -c imgconv -s S -l sparse -x -d 'smallest run of zeros that becomes a hole'
complete -c imgconv -l no-sparse -d 'write every zero'
complete -c imgconv -l raw -d 'keep the sectors'
complete -c imgconv -l expect -r -d 'checksum that the source must have'
complete -c imgconv -l checksum -a $digests -d 'write the checksum of the target beside it'
complete -c imgconv -l ignore-errors -d 'fill damaged runs with zeros'
complete -c imgconv -s C -l directory -r -a '(__fish_complete_directories)' -d 'take the files out into this folder'
complete -c imgconv -l strip-components -x -d 'cut leading folders off every path'
complete -c imgconv -l xattrs -x -a 'keep drop appledouble' -d 'what becomes of extended attributes'
complete -c imgconv -l owner -x -a 'keep' -d 'owners as in the image'
complete -c imgconv -l no-owner -d 'no owners'
complete -c imgconv -l view -x -a 'iso joliet rr udf' -d 'which names of an optical disc'
complete -c imgconv -l session -x -d 'session of a multi-session disc'
