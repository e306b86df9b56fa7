#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What others read in the discs we make: every view that a tool knows shows the files that went in.

. "$top_builddir/tests/functions.sh"
requires xorriso
requires bsdtar

long=$(printf 'n%.0s' $(seq 1 250))
mkdir -p tree/deep/2/3/4/5/6/7/8/9/10 tree/many
echo deep >tree/deep/2/3/4/5/6/7/8/9/10/file
echo hello >tree/hello.txt
ln tree/hello.txt tree/many/hard
ln -s ../some/./where tree/link
ln -s "/$long/$long/$long" tree/longlink
: >tree/empty
echo long >"tree/$long.txt"
echo latin >"tree/ünïcödé.txt"
# records beyond the first mark, continuation areas over several sectors
i=0
while [ $i -lt 1500 ]; do
	echo $i >"tree/many/$(printf '%0*d' $((i % 230 + 5)) $i)"
	i=$((i + 1))
done
chmod 755 tree/hello.txt
printf 'starts nothing' >tree/boot.bin

# unpacked FOLDER: is it the tree?
unpacked() {
	chmod -R u+w "$1"
	diff -r --no-dereference tree "$1" >difference || { head difference; fail "$2 shows other files"; }
}

for options in "" --udf "--opt partition-offset=16" "--iso-level 1" "--iso-level 4 --udf"; do
	# options are words of their own
	expect 0 imgconv -y -qq --implant-md5 -b boot.bin --opt boot-catalog=many/boot.cat $options tree a.iso
	cp a.iso b.iso
	rm -rf out && mkdir out
	bsdtar -xf a.iso -C out || fail "bsdtar: $options"
	rm -f out/many/boot.cat
	chmod -R u+w out
	unpacked out "bsdtar ($options)"
	chmod -R u+w out && rm -rf out && mkdir out
	xorriso -osirrox on -indev a.iso -extract / out >log 2>&1 || { tail log; fail "xorriso: $options"; }
	rm -f out/many/boot.cat
	chmod -R u+w out
	unpacked out "xorriso ($options)"
	! grep -E 'WARNING|SORRY|FAILURE' log || fail "xorriso finds fault: $options"
	xorriso -indev a.iso -report_el_torito plain 2>/dev/null >boot
	grep -q 'El Torito img path :   1  /boot.bin' boot || { cat boot; fail "boot entry: $options"; }
	xorriso -indev a.iso -check_media -- 2>&1 | grep -q '+ good' || fail "check_media: $options"
	command -v checkisomd5 >/dev/null 2>&1 && {
		checkisomd5 a.iso >/dev/null 2>&1 </dev/null || fail "checkisomd5: $options"
	}
	command -v 7zz >/dev/null 2>&1 && {
		7zz t a.iso >log 2>&1 || { tail log; fail "7zz: $options"; }
		says_not log WARNING
	}
	command -v isoinfo >/dev/null 2>&1 && {
		isoinfo -R -f -i a.iso | sort >have
		(cd tree && find . -mindepth 1 | sed 's/^\.//'; echo /many/boot.cat) | sort >want
		diff want have >difference || { head difference; fail "isoinfo -R: $options"; }
		[ "$(isoinfo -J -f -i a.iso | wc -l)" = $(($(wc -l <want) - 2)) ] || fail "isoinfo -J: $options"
	}
	case $options in *--udf*)
		command -v udfinfo >/dev/null 2>&1 && {
			udfinfo a.iso >log 2>&1 || { cat log; fail "udfinfo: $options"; }
			grep -iE 'warning|error' log && fail "udfinfo finds fault: $options"
			says log 'udfrev=1.02'
		}
		expect 0 imgconv x -y -q --view udf a.iso -C udf-out
		rm -f udf-out/many/boot.cat
		unpacked udf-out "UDF ($options)"
		chmod -R u+w udf-out
		rm -rf udf-out
		;;
	esac
	case $options in *offset*)
		# the volume inside: its own descriptors, addresses that count from there
		tail -c +$((16 * 2048 + 1)) a.iso >inner.iso
		chmod -R u+w out && rm -rf out && mkdir out
		bsdtar -xf inner.iso -C out || fail "bsdtar: the partition"
		rm -f out/many/boot.cat
		chmod -R u+w out
		unpacked out "the partition"
		;;
	esac
done
exit 0
