#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is wrong with background, icons, licences and layouts: one clear line each, and nothing left behind.
. "${top_builddir:-.}/tests/functions.sh"

mkdir -p src/My.app/Contents src/sub
echo x >src/My.app/Contents/x
echo text >'src/Read Me.txt'
cp -R src keep
truncate -s 1M disk.img

# refused STATUS MESSAGE OPTION...: the options in front of "src out.dmg"
refused() {
	status_=$1 message_=$2
	shift 2
	expect "$status_" imgconv "$@" src out.dmg
	says stderr "$message_"
	[ "$(grep -c '^imgconv:' stderr)" = 1 ] || { cat stderr >&2; fail "$*: more than one line"; }
	[ -z "$(find . -name 'out*' -o -name '*.part')" ] || fail "$*: something was left behind"
}

# a link of its own accord, and not
expect 0 imgconv src a.dmg
says stderr "note: a link to /Applications was added"
expect 0 imginfo -l a.dmg
says stdout Applications
expect 0 imgconv --no-app-link src b.dmg
says_not stderr note
expect 0 imginfo -l b.dmg
says_not stdout Applications
ln -s /Applications 'src/Programme'
expect 0 imgconv src c.dmg
says_not stderr note
rm src/Programme
cp -R src/My.app src/Other.app
expect 0 imgconv src d.dmg
says_not stderr note
expect 0 imgconv --app-link src e.dmg
expect 0 imginfo -l e.dmg
says stdout Applications
rm -r src/Other.app

# the name of the volume: the bundle's, or the target's
expect 0 imgconv -q src/My.app f.dmg
expect 0 imginfo f.dmg
says stdout '"My"'
expect 0 imgconv -q src 'Fine Name.dmg'
expect 0 imginfo 'Fine Name.dmg'
says stdout '"Fine Name"'

# of an archive, and of an image that is repacked, which stays what it was
tar -cf src.tar -C src .
expect 0 imgconv src.tar t.dmg
says stderr "note: a link to /Applications was added"
expect 0 imgconv --repack --icon My.app@1,2 b.dmg r.dmg
says_not stderr "/Applications"
expect 0 imginfo -l r.dmg
says stdout .DS_Store
says_not stdout Applications
expect 2 imgconv --icon My.app@1,2 b.dmg out.dmg
says stderr "--repack takes those of an image"

# pictures
refused 1 "--background no.png: cannot open it" --background no.png
printf 'not a picture' >text.png
refused 2 "--background text.png: is no picture; a PNG, JPEG, TIFF or GIF file is expected" --background text.png
: >empty.png
refused 2 "is no picture" --background empty.png
refused 2 "a colour like ff8800 is expected" --background-color red
printf '\211PNG\r\n\032\n\0\0\0\15IHDR\0\0\0\0\0\0\0\0' >zero.png
refused 4 "its size cannot be found" --background zero.png
printf '\211PNG\r\n\032\n\0\0\0\15IHDR\0\0\0\10\0\0\0\10' >cut.png
cp cut.png cut@2x.png
refused 4 "the PNG picture is cut off" --background cut.png
printf 'GIF89a\10\0\10\0' >a.gif
printf 'GIF89a\20\0\20\0' >a@2x.gif
refused 2 "only PNG pictures can be paired" --background a.gif

# icons
refused 2 "--volume-icon text.png: is no icon (.icns)" --volume-icon text.png
printf 'icns\0\0\1\0TOC ' >cut.icns
refused 4 "the icon is cut off: 256 bytes are expected, 12 are there" --volume-icon cut.icns
refused 2 '--icon Mine.app: nothing in the image has that name at the top; there is "Applications", "My.app"' --icon Mine.app@1,2
refused 2 "--hide-extension Read: nothing in the image has that name" --hide-extension Read
refused 2 "NAME@X,Y is expected" --icon My.app
refused 2 "NAME@X,Y is expected" --icon My.app@1
refused 2 "NAME@X,Y is expected" --icon My.app@1,b
refused 2 "NAME@X,Y is expected" --icon @1,2
refused 2 "W,H or X,Y,W,H is expected" --window 100
refused 2 "W,H or X,Y,W,H is expected" --window 1,2,3
refused 2 "W,H or X,Y,W,H is expected" --window 1,2,3,0
refused 2 "W,H or X,Y,W,H is expected" --window 10,20x
refused 2 "16 to 512 is expected" --icon-size 8
refused 2 "--text-size" --text-size 40

# licences
refused 1 "--license no.txt: cannot open it" --license no.txt
printf 'Gr\366\337e\n' >latin1.txt
refused 2 "is neither UTF-8 text nor RTF" --license latin1.txt
printf 'ok\nこれは\n' >ja.txt
refused 2 "--license ja.txt:de: line 2: the character U+3053 is not in MacRoman" --license ja.txt:de
printf 'Größe\n' >de.txt
refused 2 "is not in MacJapanese" --license de.txt:ja
refused 2 'no language "xx" of licences is known; there is en' --license de.txt:xx
refused 2 "there is a licence in this language already" --license de.txt:de --license de.txt:de_DE
: >nothing.txt
refused 2 "is empty" --license nothing.txt

# a system too old; what does not belong together
refused 2 "ULMO opens on macOS 10.15 and later, but --min-macos is 10.14" --min-macos 10.14 -O ulmo
expect 2 imgconv --license de.txt:de src out.iso
says stderr "--license is for DMGs"
expect 2 imgconv --background a.gif src out.iso
says stderr "for DMGs made of files"
expect 2 imgconv -f raw --icon My.app@1,2 disk.img out.dmg
says stderr "for DMGs made of files"

# a licence in front of any DMG
expect 0 imgconv -f raw --license de.txt:de disk.img licence.dmg
expect 0 imginfo --field layers.0.license_text licence.dmg
says stdout Größe

# appdmg.json
mkdir lay
cp a.gif lay/back.gif
printf 'icns\0\0\0\10' >lay/v.icns
cat >lay/appdmg.json <<'EOF'
{ "title": "From Layout", "icon": "v.icns", "background": "back.gif", "icon-size": 64, "format": "ULFO",
  "window": { "position": { "x": 5, "y": 6 }, "size": { "width": 700, "height": 500 } },
  "contents": [
    { "x": 10, "y": 20, "type": "file", "path": "../src/My.app" },
    { "x": 11, "y": 21, "type": "file", "path": "../src/Read Me.txt", "name": "Liesmich.txt" },
    { "x": 12, "y": 22, "type": "link", "path": "/Applications" },
    { "x": 13, "y": 23, "type": "position", "path": ".VolumeIcon.icns" } ] }
EOF
expect 0 imgconv --layout lay/appdmg.json layout.dmg
expect 0 imginfo -l layout.dmg
for i in .VolumeIcon.icns .background/background.gif Applications Liesmich.txt My.app/Contents/x; do
	says stdout "$i"
done
expect 0 imginfo layout.dmg
says stdout '"From Layout"'
says stdout ULFO
expect 0 imgconv -V Mine -O udzo --layout lay/appdmg.json layout2.dmg
expect 0 imginfo layout2.dmg
says stdout '"Mine"'
says stdout UDZO

bad_layout() {	# MESSAGE JSON
	printf '%s' "$2" >lay/bad.json
	expect "${3:-2}" imgconv --layout lay/bad.json out.dmg
	says stderr "--layout lay/bad.json: $1"
	[ ! -e out.dmg ] || fail "$1: an image was written"
}
bad_layout 'line 1 is no JSON' '{'
bad_layout 'an object is expected' '[]'
bad_layout '"contents" is missing' '{ "title": "x" }'
bad_layout '"titel" is not known' '{ "titel": "x" }'
bad_layout '"title": a string is expected' '{ "title": 1 }'
bad_layout '"contents" 0: x, y, type and path are expected' '{ "contents": [ { "x": 1 } ] }'
bad_layout '"contents" 0: "type": "fil" is none of' '{ "contents": [ { "x": 1, "y": 1, "type": "fil", "path": "a" } ] }'
bad_layout '"code-sign": this program signs nothing' '{ "code-sign": { "signing-identity": "x" } }' 3
bad_layout '"filesystem": this build makes HFS+ volumes, not APFS' '{ "filesystem": "APFS" }' 3
expect 1 imgconv --layout no.json out.dmg
says stderr "no.json: cannot be read"

# create-dmg's words
expect 0 imgconv --as create-dmg --volname 'The Volume' --volicon lay/v.icns --background a@2x.gif --window-pos 20 30 \
	--window-size 600 400 --text-size 12 --icon-size 100 --icon My.app 10 20 --hide-extension My.app --app-drop-link 300 200 \
	--add-file extra.txt de.txt 5 6 --eula de.txt --no-internet-enable --format ULFO --sandbox-safe cd.dmg src
expect 0 imginfo -l cd.dmg
for i in .VolumeIcon.icns .background/background.gif Applications extra.txt My.app/Contents/x .DS_Store; do
	says stdout "$i"
done
expect 0 imginfo cd.dmg
says stdout '"The Volume"'
says stdout ULFO
expect 0 imgconv --as create-dmg --format UDRW rw.dmg src
expect 0 imginfo -l rw.dmg
says stdout .DS_Store
expect 0 imgconv --fs hfs+ --icon My.app@1,2 src volume.img
expect 0 imginfo -l volume.img
says stdout .DS_Store
ln -s "$(command -v imgconv)" create-dmg
expect 0 ./create-dmg plain.dmg src
expect 0 imginfo plain.dmg
says stdout '"plain"'
expect 0 imginfo -l plain.dmg
says_not stdout Applications
expect 2 imgconv --as create-dmg --volnam x out.dmg src
says stderr "unknown option --volnam of create-dmg; did you mean --volname?"
expect 2 imgconv --as create-dmg --codesign me out.dmg src
says stderr "--codesign: this program signs nothing"
expect 2 imgconv --as create-dmg --icon a 1
says stderr "--icon needs 3 words"
expect 2 imgconv --as create-dmg out.dmg
says stderr "create-dmg takes the image to write and a folder"
expect 0 imgconv --as create-dmg --help
says stdout --app-drop-link

diff -r src keep >&2 || fail "the source changed"
