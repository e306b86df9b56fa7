# SPDX-License-Identifier: BSD-2-Clause
# Sourced by tests/interop/optical*.sh: a tree with everything in it, and whether a disc of it gives it back.

root=
[ "$(id -u)" != 0 ] || root=yes
ran=

# ---- what goes in ----

# deep FOLDER N: N folders in each other, with a file at the bottom
deep() {
	d=$1
	for i in $(seq "$2"); do d=$d/$i; done
	mkdir -p "$d"
	echo bottom >"$d/bottom"
}

# awkward: everything that can be in a tree, in ./tree; the folder tree/many is for the caller to fill
awkward() {
	mkdir -p tree/empty-folder tree/modes tree/links/in tree/many tree/UPPER tree/upper
	(
		cd tree || exit 99
		deep . 40
		echo long >"$(printf 'n%.0s' $(seq 255))"
		mkdir "$(printf 'd%.0s' $(seq 255))"
		echo beyond >'beyond 😀𝄞 ünï-日本語'
		echo odd >'a;1'
		echo odd >'trailing.dot.'
		echo odd >' space '
		echo odd >"$(printf 'escape\033[31m')"
		echo odd >'-rf'
		echo odd >'*?"<>|\'
		echo case >case; echo Case >Case
		echo up >UPPER/x; echo down >upper/x
		: >empty
		head -c 2048 /dev/zero | tr '\0' a >sector
		head -c 2049 /dev/zero | tr '\0' b >sector+1
		{ head -c 300000 /dev/zero; echo end; } >zeros
		for m in 0000 0111 0400 0444 0600 0777; do echo $m >modes/$m; chmod $m modes/$m; done
		echo set >modes/setuid; chmod 6755 modes/setuid
		mkdir modes/sticky modes/closed
		chmod 1777 modes/sticky
		chmod 0700 modes/closed
		ln -s /etc/passwd links/absolute
		ln -s ../../../.. links/upward
		ln -s nowhere links/dangling
		ln -s . links/self
		ln -s "$(printf 'component/%.0s' $(seq 20))end" links/long
		ln -s 'ünï 😀' links/unicode
		echo hard >links/hard-a
		ln links/hard-a links/in/hard-b
		ln links/hard-a hard-c
		echo same >links/same-a; echo same >links/same-b
		mkfifo fifo
		if [ "$root" ]; then
			mknod null c 1 3 2>/dev/null && mknod big c 300 70000 && mknod disk b 8 17
			chown 1234:54321 case
			chown 65534:1 upper
			chown -h 12:34 links/self
		fi
		touch -d '1985-03-04 05:06:07.123456789' empty
		touch -d '2033-12-31 23:59:59.999999999' sector
		touch -h -d '2001-02-03 04:05:06' links/absolute
		touch -d '1999-12-31 23:59:59' modes/closed upper
	)
}

# list FOLDER COLUMNS: of everything in it, sorted.  Columns: path, type, mode, owner, size, time in s, target or number,
# first of the names that are one file.
list() {
	(
		cd "$1" || exit 99
		find . -printf '%P\t%y\t%m\t%U:%G\t%s\t%Ts\t%l\t%i %n\n' | LC_ALL=C sort | awk -F '\t' -v OFS='\t' '
			$2 != "f" { $5 = 0 } { sub(/[.].*/, "", $6); split($8, i, " ") }
			$2 == "d" || i[2] < 2 { $8 = "" }
			$8 != "" { if (!(i[1] in first)) first[i[1]] = $1; $8 = first[i[1]] }
			{ print }'
		find . -type b -exec stat -c '%n %t,%T' {} + -o -type c -exec stat -c '%n %t,%T' {} + | sort
	) | cut -f "$2"
}

# ---- what comes out ----

owner=--no-owner
[ ! "$root" ] || owner="--owner keep"

# back DISC SOURCE [COLUMNS [NAME]]: take DISC out and compare with SOURCE, but for the data of files called NAME
back() {
	columns=${3:-1-8}
	# out of the way, and not removed: ext4 is slow to create files where many were just removed
	[ ! -e out ] || mv out "old.$1"
	# shellcheck disable=SC2086 # two words
	imgconv -q $owner "$1" out/ >stdout 2>stderr </dev/null
	rc=$?
	# without root FIFOs and set-id bits are left out, and told
	[ $rc = 0 ] || { [ ! "$root" ] && [ $rc = 8 ]; } || fail "$1: exit $rc: $(cat stderr)"
	if [ "$root" ]; then
		diff -r --no-dereference -x "${4:-no such file}" "$2" out >differences 2>&1 ||
			{ grep -v -e '^File .* is a fifo while file .* is a fifo' -e '^File .* special file while file .* special file' differences >rest &&
				{ head rest >&2; fail "$1: diff -r is not empty"; }; }
		list "$2" "$columns" >want
		list out "$columns" >have
	else
		list "$2" "$columns" | grep -v -e '^fifo	' -e setuid >want
		list out "$columns" | grep -v setuid >have
	fi
	# bsdtar gives the root the time of writing
	[ "$1" != b.iso ] || sed -i '/^\td\t/d' want have
	diff want have >delta || { head -n 20 delta >&2; fail "$1: what went in (<) and what came out (>) differ"; }
	imginfo -l "$1" >listed 2>stderr || fail "$1: imginfo -l: $(cat stderr)"
	[ "$(wc -l <listed)" = "$(($(find "$2" -printf 'x\n' | wc -l) - 1))" ] || fail "$1: lists other files than went in"
	imginfo --verify "$1" >stdout 2>stderr || fail "$1: imginfo --verify: $(cat stderr)"
	ran="$ran $1"
}
