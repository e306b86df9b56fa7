# SPDX-License-Identifier: BSD-2-Clause
# bash completion for imgconv and imginfo; tests/cli/help.sh compares the options with --help

# words for -f (column 2) or -O (column 3)
_imgconv_formats()
{
	"$1" --list-formats 2>/dev/null | awk -v col="$2" '
		/^partition tables/ { exit }
		/^format / { next }
		/^ / { if (col == 3 && $2 == "yes") print $1; next }
		$col == "yes" { print $1 }'
}

# the image on the command line: the first operand that is a file or a bundle; fails if there is none
_imgconv_image()
{
	local i word before
	for ((i = 1; i < ${#COMP_WORDS[@]}; i++)); do
		word=${COMP_WORDS[i]} before=${COMP_WORDS[i-1]}
		[[ $i != "$COMP_CWORD" && $word != -* ]] || continue
		case $before in
		-o|--output|-C|--directory|--cat|--compare|--keyring|--bmap|--password-file|--exclude-from|--expect) continue ;;
		esac
		# as typed: with quotes, backslashes, a tilde
		word=${word//\\/} word=${word//[\"\']/}
		[[ $word == '~/'* ]] && word=$HOME/${word#'~/'}
		[[ -f $word || -d $word && ${word%/} == *.sparsebundle ]] || continue
		printf '%s\n' "$word"
		return 0
	done
	return 1
}

# imginfo beside the tool $1, about the image, with the words behind it; silent, and not for long
_imgconv_ask()
{
	local imginfo=${1%imgconv} image
	[[ $1 == *imgconv ]] && imginfo+=imginfo
	image=$(_imgconv_image) || return
	shift
	if command -v timeout >/dev/null 2>&1; then
		timeout 3 "$imginfo" -q "$@" -- "$image"
	else
		"$imginfo" -q "$@" -- "$image"
	fi </dev/null 2>/dev/null
}

_imgconv_partitions()
{
	_imgconv_ask "$1" | awk '/^Partitions/ { t = 1; next } /^[^ ]/ { t = 0 } t && $1 ~ /^[0-9]+$/ { print $1 }'
}

# paths inside the image, one level below what is typed; folders end in a slash
_imgconv_inside()
{
	local within=${cur#/} root=
	[[ $cur == /* ]] && root=/
	[[ $within == */* ]] && within=${within%/*}/ || within=
	mapfile -t COMPREPLY < <(_imgconv_ask "$1" -l | head -n 50000 | root=$root within=$within typed=${cur#/} awk '
		BEGIN { p = ENVIRON["within"]; n = length(p); typed = ENVIRON["typed"] }
		substr($0, 1, n) == p {
			rest = substr($0, n + 1); i = index(rest, "/"); name = p (i ? substr(rest, 1, i) : rest)
			if (rest != "" && substr(name, 1, length(typed)) == typed && !(name in seen)) {
				seen[name] = 1
				print ENVIRON["root"] name
			}
		}')
	compopt -o filenames 2>/dev/null
	[[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} != */ ]] || compopt -o nospace 2>/dev/null
}

# do operands behind the image mean paths in it?
_imgconv_wants_paths()
{
	local word
	_imgconv_image >/dev/null || return
	for word in "${COMP_WORDS[@]}"; do
		case $1:$word in
		imginfo:-l|imginfo:-ll|imginfo:--list|imgconv:-C|imgconv:--directory|imgconv:--directory=*) return 0 ;;
		esac
	done
	return 1
}

_imgconv_digests='crc32 md5 sha1 sha224 sha256 sha384 sha512'

_imgconv_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "${cur#*=}")
}

_imgconv()
{
	local tool=${1##*/} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} opts
	local both='-f --from -P --partition --volume --snapshot --names -T --threads -p --progress --progress-fd -q
		--quiet -v --verbose --strict --color --max-chunk --repair --password-file --password-fd
		--list-formats --version -h --help'
	local imgconv='-O --to --format -o --output -i --input -y --overwrite -n --dry-run --as --json -c --compress
		--encrypt --new-password-file --new-password-fd --min-macos -S --sparse --no-sparse --raw --expect
		--checksum --bmap --no-bmap --ignore-errors -C --directory --strip-components --xattrs --forks
		--owner --no-owner --view --session -V --label --volname --fs --partition-map --size --repack
		--exclude --exclude-from --graft --files-from -0 --null --keep-parent --contents-only --mode
		--follow-links --timestamp --opt --iso-level --no-joliet --udf --no-udf --zisofs --dedupe
		--publisher --preparer --application-id --system-id --volset --copyright --abstract --biblio
		--implant-md5 --profile --boot -b --boot-bios --boot-efi --boot-catalog --esp-size --hybrid --mbr
		--append-partition --gpt --no-gpt --apm --app-link --no-app-link --background --background-color
		--volume-icon --window --icon-size --text-size --icon --hide-extension --license --layout --split
		--split-names --case-sensitive --add --rm --mkdir --move'
	local imginfo='--verify --quick --require --ignore-missing --keyring --trust --bmap --hash --compare --files
		--partitions --boot --raw-plist --map --report -y --overwrite --field -l --list --tree --cat --view
		--session -J --json'

	# "=" splits words: --progress=js arrives as --progress, =, js
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = && $COMP_CWORD -ge 2 ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	elif [[ $prev == --progress || $prev == --checksum || $prev == --encrypt || $prev == --help ]]; then
		prev=
	fi
	case $prev in
	-f|--from) _imgconv_words "$(_imgconv_formats "$1" 2) raw"; return ;;
	-O|--to|--format) _imgconv_words "$(_imgconv_formats "$1" 3)"; return ;;
	--progress) _imgconv_words 'auto bar plain json none'; return ;;
	--split-names) _imgconv_words '001 aa part1 dmgpart sparsechunk'; return ;;
	--help) _imgconv_words 'convert build extract edit iso boot dmg describe common formats'; return ;;
	--color) _imgconv_words 'auto always never'; return ;;
	--compress) _imgconv_words 'zlib bzip2 lzfse xz adc none'; return ;;
	--encrypt) _imgconv_words 'aes-256 aes-128'; return ;;
	--require) _imgconv_words 'checksum signature'; return ;;
	--checksum|--hash) _imgconv_words "$_imgconv_digests"; return ;;
	--as) _imgconv_words 'mkisofs genisoimage xorrisofs xorriso create-dmg hdiutil'; return ;;
	--xattrs|--forks) _imgconv_words 'keep drop appledouble'; return ;;
	--names) _imgconv_words 'nfc nfd raw'; return ;;
	--owner|--mode) _imgconv_words keep; return ;;
	--fs) _imgconv_words 'hfs+ iso fat32'; return ;;
	--partition-map) _imgconv_words 'gpt apm mbr none'; return ;;
	--iso-level) _imgconv_words '1 2 3 4'; return ;;
	--view) _imgconv_words 'iso joliet rr udf'; return ;;
	-P|--partition) _imgconv_words "$(_imgconv_partitions "$1")"; return ;;
	--cat|--rm|--move|--mkdir) _imgconv_inside "$1"; return ;;
	--volume|--snapshot|--strip-components|--session|-T|--threads|-S|--sparse|--min-macos|--max-chunk|--progress-fd|\
	--password-fd|--new-password-fd|--field|-V|--label|--volname|--size|--background-color|--window|--icon-size|--text-size|--icon|\
	--hide-extension|--split|--exclude|--graft|--timestamp|--opt) return ;;
	esac
	if [[ $cur == -* ]]; then
		opts=$both
		[[ $tool == imginfo ]] && opts+=" $imginfo" || opts+=" $imgconv"
		mapfile -t COMPREPLY < <(compgen -W "$opts" -- "$cur")
		return
	fi
	if _imgconv_wants_paths "$tool"; then
		_imgconv_inside "$1"
		return
	fi
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

complete -F _imgconv imgconv imginfo
