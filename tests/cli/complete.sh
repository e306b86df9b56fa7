#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the shells offer behind Tab: options, formats, partitions of the image, paths inside it; quickly, and without a
# word where there is nothing to offer.  bash and fish are asked as at a prompt, zsh with its widget replaced.

. "$top_builddir/tests/functions.sh"
mkdir -p tree/docs/deep 'tree/my files'
echo 1 >tree/docs/one.txt
echo 2 >tree/docs/two.txt
echo 3 >tree/docs/deep/three
echo 4 >'tree/my files/four 4'
echo 5 >tree/top
imgconv -q tree 'a disc.iso' && cp 'a disc.iso' disc.iso || fail "no disc to ask about"
cp "$fixtures/udif/gpt.dmg" .
"$top_builddir/tests/unit/crypt-tool" image "$fixtures/udif/udzo.dmg" secret.dmg
echo words >notes.txt

# offers WANT...: what came to ./offers, in any order
offers() {
	sort offers >sorted
	printf '%s\n' "$@" | sort >wanted
	diff wanted sorted || fail "$what: other offers"
}

# ---- bash ----
if command -v bash >/dev/null 2>&1; then
	cat >try.bash <<'END'
. "$top_srcdir/completions/imgconv.bash"
COMP_WORDS=("$@"); COMP_CWORD=${at:-$(($# - 1))}; COMPREPLY=()
_imgconv "$1" 2>said
[[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
END
	# try WORD...: the last one is being typed, or that of number $at
	try() {
		what="bash: $*"
		at=${at:-} bash try.bash "$@" >offers </dev/null
		grep -v compopt said >other
		[ ! -s other ] || { cat other; fail "$what: talks"; }
	}
	try imgconv --ign; offers --ignore-errors
	try imgconv -O ra; offers raw
	try imgconv -O uls; [ ! -s offers ] || fail "$what: offers something"
	try imgconv -f gz; offers gzip
	try imginfo --progress = js; offers json
	try imginfo --ver; offers --verbose --version --verify
	try imginfo disc.iso -P ''; [ ! -s offers ] || fail "$what: a disc without partitions"
	try imginfo gpt.dmg -P ''; offers 1
	at=2 try imgconv -P '' gpt.dmg out.img; offers 1
	at=2 try imginfo --cat '' disc.iso; offers docs/ 'my files/' top
	try imginfo disc.iso --cat docs/; offers docs/deep/ docs/one.txt docs/two.txt
	try imginfo disc.iso --cat /docs/t; offers /docs/two.txt
	try imginfo -l 'a\ disc.iso' my; offers 'my files/'
	try imginfo -l "'a disc.iso'" docs/d; offers docs/deep/
	try imginfo -l di; offers disc.iso
	try imginfo --tree di; offers disc.iso
	try imgconv disc.iso -C out to; offers top
	try imgconv edit disc.iso --rm docs/o; offers docs/one.txt
	# nothing to offer, and nobody asked for a password
	try imginfo -l secret.dmg ''; [ ! -s offers ] || fail "$what: offers something"
	try imginfo -l notes.txt x; [ ! -s offers ] || fail "$what: offers something"
	try imginfo -l missing.iso di; offers disc.iso
fi

# ---- zsh ----
if command -v zsh >/dev/null 2>&1; then
	cat >try.zsh <<'END'
compadd() {
	while [[ $1 == -* ]]; do
		case $1 in
		-S) shift ;;
		esac
		shift
	done
	for array; do print -rl -- ${(P)array}; done
}
_arguments() { : }
_call_program() { shift; eval "$*" }
service=$1 PREFIX=$2 ask=$3
shift 3
words=("$@") CURRENT=$#
. $top_srcdir/completions/_imgconv
eval $ask
END
	# try SERVICE TYPED FUNCTION WORD...
	try() {
		what="zsh: $*"
		zsh -f try.zsh "$@" >offers 2>said </dev/null
		[ ! -s said ] || { cat said; fail "$what: talks"; }
		sed -i '/^$/d' offers
	}
	try imginfo '' _imgconv_partitions imginfo gpt.dmg -P ''; offers 1
	try imginfo docs/ _imgconv_inside imginfo disc.iso --cat docs/; offers docs/deep/ docs/one.txt docs/two.txt
	try imginfo '' _imgconv_operand imginfo -l 'a\ disc.iso' ''; offers docs/ 'my files/' top
	try imgconv '' '_imgconv_formats 3' imgconv -O ''
	grep -qx udzo offers || fail "$what: no udzo"
	try imginfo '' _imgconv_inside imginfo secret.dmg --cat ''; [ ! -s offers ] || fail "$what: offers something"
fi

# ---- fish ----
if command -v fish >/dev/null 2>&1; then
	mkdir home
	# try LINE
	try() {
		what="fish: $1"
		HOME=$tmp/home fish --no-config -c "set -p fish_complete_path '$top_srcdir/completions'; complete -C \"$1\"" \
			>described 2>said </dev/null
		[ ! -s said ] || { cat said; fail "$what: talks"; }
		cut -f1 described >offers
	}
	try 'imginfo gpt.dmg -P '; offers 1
	try 'imginfo disc.iso --cat docs/'; offers docs/deep/ docs/one.txt docs/two.txt
	try 'imginfo -l disc.iso docs/o'; offers docs/one.txt
	try 'imgconv -O uls'; [ ! -s offers ] || fail "$what: offers something"
	try 'imgconv -O ulm'; offers ulmo
	try 'imginfo --ver'; offers --verbose --verify --version
	try 'imginfo secret.dmg --cat '; [ ! -s offers ] || fail "$what: offers something"
fi
exit 0
