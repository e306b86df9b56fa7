#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# --help, the manual page and the completions of all three shells know the same options.

. "$top_builddir/tests/functions.sh"

# option words, one a line, from each place
from_help() {
	"$1" --help | sed -nE 's/^  (-.), (--[a-z0-9-]+).*/\1\n\2/p; s/^      (--[a-z0-9-]+).*/\1/p' | sort -u
}
from_man() {
	sed -n '/^\.SH OPTIONS/,/^\.SH EXIT/p' "$top_srcdir/man/$1.1" |
		sed -n '/^\.TP/{n;p;}' | sed -E 's/\\-/-/g' | grep -oE -e '(^| )--?[a-zA-Z0-9][a-z0-9-]*' | tr -d ' ' | sort -u
}
from_bash() {
	sed -n '/local both=/,/^$/p' "$top_srcdir/completions/imgconv.bash" | tr '\n' ' ' |
		sed -nE "s/.*local both='([^']*)'.*local imgconv='([^']*)'.*local imginfo='([^']*)'.*/both \1\nimgconv \2\nimginfo \3/p" |
		grep -E "^(both|$1) " | tr -s ' \t' '\n' | grep '^-' | sort -u
}
from_zsh() {
	{ sed -n "/^both=(/,/^)/p" "$top_srcdir/completions/_imgconv"
	  sed -n "/^$1=(/,/^)/p" "$top_srcdir/completions/_imgconv"; } |
		sed -E "s/'\([^)]*\)'//; s/'\([^)]*\)/'/; s/\[.*//" | grep -oE -e '--?[a-zA-Z0-9][a-z0-9-]*' | sort -u
}
from_fish() {
	grep "^complete -c $1 " "$top_srcdir/completions/$1.fish" | sed "s/ -d .*//" |
		sed -nE 's/.* -s (.)( .*|$)/-\1\2/; s/.*(-[a-zA-Z])? -l ([a-z0-9-]+).*/&/; p' |
		sed -E 's/^complete -c [a-z]* //; s/ -l ([a-z0-9-]+).*/ --\1/; s/^-l ([a-z][a-z0-9-]*).*/--\1/' | tr ' ' '\n' |
		grep '^-' | sort -u
}

for tool in imgconv imginfo; do
	from_help $tool >help
	[ "$(wc -l <help)" -gt 20 ] || fail "$tool --help lists hardly anything"
	for place in man bash zsh fish; do
		from_$place $tool >$place
		diff help $place >difference || { cat difference; fail "$tool: --help and $place differ"; }
	done
	# every line of --help fits a terminal, and a page of the manual has no mistakes
	$tool --help | awk 'length > 80 { print; bad = 1 } END { exit bad }' || fail "$tool --help is too wide"
	expect 0 $tool --help
	[ ! -s stderr ] || fail "$tool --help writes on stderr"
	expect 2 $tool
	[ ! -s stdout ] || fail "$tool without arguments writes on stdout"
	[ "$(wc -l <stderr)" -le 12 ] || fail "$tool without arguments says too much"
done
expect 0 imgconv help
says stdout --ignore-errors

# ---- by topic ----
expect 0 imgconv help extract
says stdout '--strip-components'
says_not stdout '--min-macos'
cp stdout want
for words in '--help extract' '--help=x' 'help x' '-h extract'; do
	# shellcheck disable=SC2086 # words
	expect 0 imgconv $words
	same stdout want
done
for topic in convert build edit iso boot dmg common; do
	expect 0 imgconv help $topic
	[ "$(grep -c '^ ' stdout)" -ge 4 ] || fail "help $topic says hardly anything"
	awk 'length > 80 { print; bad = 1 } END { exit bad }' stdout || fail "help $topic is too wide"
done
expect 0 imgconv help iso-level
[ "$(wc -l <stdout)" = 1 ] || fail "help on an option"
expect 0 imginfo --help common
says stdout '--password-file'
expect 0 imginfo --help formats
says stdout 'partition tables: gpt'
expect 2 imgconv help nonsense
says stderr 'no help on "nonsense"; there is some on convert, build'
# every heading of --help belongs to a topic
imgconv --help | sed -n 's/^\([A-Z].*\):$/\1/p' | sort -u >headings
for topic in convert build extract edit iso boot dmg common; do
	imgconv help $topic | sed -n 's/^\([A-Z].*\):$/\1/p'
done | sort -u >told
[ -z "$(comm -23 headings told)" ] || fail "no topic has $(comm -23 headings told)"

# ---- the table of formats: --list-formats and imgconv-formats.7 ----
page=$top_srcdir/man/imgconv-formats.7
# section NAME: the rows of one table, as plain words
section() {
	sed -n "/^\.\\\\\" $1\$/,/^\.\\\\\" end\$/p" "$page" | grep -v '^\.' | sed 's/\\-/-/g'
}
imgconv --list-formats >list
section containers | awk -F'\t' 'NR > 1 { gsub(/^ +/, "", $1); print $1, ($2 == "" ? "" : $2 " ") $3 }' | grep -v '^zstd' >in_page
awk '/^partition/ { exit } NR > 1 { print ($1 == "" ? "" : $1), (/^ / ? "" : $2 " ") (/^ / ? $2 : $3) }' list | grep -v '^zstd' >in_tool
[ "$(wc -l <in_page)" -gt 15 ] || fail "imgconv-formats.7 has hardly any rows"
diff in_page in_tool || fail "imgconv-formats.7 and --list-formats differ: every format has a row there"
for kind in 'partition tables' 'file systems' 'only recognised'; do
	section "$kind" | cut -f1 >in_page
	sed -n "s/^$kind: //p" list | tr ' ' '\n' >in_tool
	[ -s in_tool ] || fail "--list-formats lacks its $kind"
	diff in_page in_tool || fail "$kind: imgconv-formats.7 and --list-formats differ"
done
if command -v man >/dev/null 2>&1; then
	for manual in imgconv.1 imginfo.1 imgconv-formats.7; do
		man --warnings -l "$top_srcdir/man/$manual" 2>warnings >/dev/null || true
		[ ! -s warnings ] || { cat warnings; fail "$manual has mistakes"; }
	done
fi
# examples come first
for manual in imgconv.1 imginfo.1 imgconv-formats.7; do
	sed -n 's/^\.SH //p' "$top_srcdir/man/$manual" | tr -d '"' | grep -v SYNOPSIS | sed -n 2p >second
	[ "$(cat second)" = EXAMPLES ] || fail "$manual has $(cat second) where examples belong"
done
# the bash completion runs, and offers what there is
command -v bash >/dev/null 2>&1 || exit 0
cat >complete.bash <<'END'
. "$top_srcdir/completions/imgconv.bash"
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _imgconv "$1" 2>/dev/null; echo "${COMPREPLY[*]}"; }
try imgconv --ign
try imgconv -O ra
try imginfo --progress = js
try imginfo --ver
END
bash complete.bash >offers
printf '%s\n' --ignore-errors raw json '--verbose --version --verify' >want
tr ' ' '\n' <offers | sort >a
tr ' ' '\n' <want | sort >b
diff a b || fail "bash completion"
