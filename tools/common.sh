# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the scripts of tools/: find the checkout, install what is missing, build.  Everything said here goes to
# stderr; standard input is left to the caller.
# shellcheck shell=sh

set -u
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1

say() { echo "==> $*" >&2; }
die() { echo "${0##*/}: $*" >&2; exit 1; }

# jobs: how many compilers to run at once
jobs() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1; }

# packages SECTION...: the names in these sections of tools/packages
packages() {
	awk -v want=" $* " '
		{ sub(/#.*/, "") }
		/^\[.*\]/ { on = index(want, " " substr($1, 2, length($1) - 2) " "); next }
		on && NF { print $1 }' "$top/tools/packages"
}

# missing SECTION...: those of them that are not installed
missing() {
	want_=$(packages "$@" | sort -u)
	# shellcheck disable=SC2086 # a list of words
	have_=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $want_ 2>/dev/null | sed -n 's/ installed$//p')
	for p_ in $want_; do
		printf '%s\n' "$have_" | grep -qxF -e "$p_" || echo "$p_"
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	elif [ -t 0 ]; then
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

apt_install() {
	as_root apt-get -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 -o Acquire::Retries=1 \
		-o Acquire::http::Timeout=30 -o Dpkg::Use-Pty=0 install "$@" </dev/null
}

# ensure_packages SECTION...: install what is missing.  apt is not touched when nothing is, and its lists are only
# fetched when they do not know a package or know one that is gone.
ensure_packages() {
	command -v dpkg-query >/dev/null 2>&1 || {
		say "this is no Debian: trusting that what tools/packages names is here in some form"
		return 0
	}
	need_=$(missing "$@")
	[ -n "$need_" ] || return 0
	# shellcheck disable=SC2086 # a list of words
	set -- $need_
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1 ||
		die "not root and no sudo here.  As root, run: apt-get install $*"
	say "installing $*"
	log_=$(mktemp "${TMPDIR:-/tmp}/imgconv-apt.XXXXXX") || exit 1
	if ! { apt-get -q -s --no-install-recommends install "$@" </dev/null && apt_install "$@"; } >"$log_" 2>&1; then
		{ as_root apt-get -q -o Acquire::Retries=1 -o Acquire::http::Timeout=30 update </dev/null; apt_install "$@"; } >"$log_" 2>&1 || {
			tail -n 20 "$log_" >&2
			rm -f "$log_"
			die "could not install them.  As root, run: apt-get update && apt-get install $*"
		}
	fi
	rm -f "$log_"
}

# quietly LOG COMMAND...: its output goes to LOG, and to stderr only when it fails
quietly() {
	log_=$1; shift
	"$@" >"$log_" 2>&1 </dev/null || {
		rc_=$?
		tail -n 60 "$log_" >&2
		echo "${0##*/}: '$*' failed; all of its output: $log_" >&2
		return $rc_
	}
}

# configured SOURCE DIR ARGUMENT...: make DIR a build folder of SOURCE; what is there and was made the same way is kept
configured() {
	source_=$1 dir_=$2; shift 2
	[ ! -e "$source_/config.status" ] || {
		echo "${0##*/}: the source folder itself is configured; run 'make distclean' in $source_ first" >&2
		return 1
	}
	mkdir -p "$dir_" || return 1
	[ -x "$source_/configure" ] || quietly "$dir_/autogen.out" "$source_/autogen.sh" || return 1
	[ -f "$dir_/Makefile" ] && [ "$(cat "$dir_/configured-with" 2>/dev/null)" = "$source_ $*" ] && return 0
	(cd "$dir_" && quietly "$dir_/configure.out" "$source_/configure" "$@") || return 1
	echo "$source_ $*" >"$dir_/configured-with"
}
