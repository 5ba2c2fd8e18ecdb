#!/usr/bin/env bats
# make install and uninstall, in a copy of the tree: what goes where, whether
# the installed program finds what was installed with it, and the libraries as
# other programs use them.

load helper

setup_file() {
	export TREE=$BATS_FILE_TMPDIR/tree

	[ "$MUSEGEN" = "$ROOT/build/musegen" ] || return 0
	mkdir -p "$TREE/tests" "$TREE/corpus" "$TREE/build"
	cd "$ROOT"
	cp -a Makefile install.mk README.md LICENSE config.ini include src man docs models "$TREE"
	cp -a tests/tests.mk tests/api "$TREE/tests"
	cp -a corpus/corpus.mk "$TREE/corpus"
	for built in src pic installed flags floors.a libmusegen.a libmusegen.so musegen.o musegen; do
		[ ! -e "build/$built" ] || cp -a "build/$built" "$TREE/build"
	done
	# what its owner trained there is not what is shipped
	cp "$TREE/models/chorales.safetensors" "$TREE/models/mine.safetensors"
	make_in_tree -j2 all >"$BATS_FILE_TMPDIR/make.log" 2>&1 || { cat "$BATS_FILE_TMPDIR/make.log"; return 1; }
}

setup() {
	# a variant is not installed
	[ "$MUSEGEN" = "$ROOT/build/musegen" ] || skip "$MUSEGEN is not what is installed"
	enter_house
	unset PKG_CONFIG_PATH LD_LIBRARY_PATH
}

make_in_tree() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$TREE" --no-print-directory "$@"
}

# Every file and link below a folder, by its path in there.
files_in() {
	(cd "$1" && find . ! -type d | sed 's|^\.||' | sort)
}

# What a program says it uses, without an argument.
used_by() {
	"$1" info | sed -n 's/^file  *\(.*\) ([0-9.]* MB)$/\1/p'
}

# none COMMAND...: it finds nothing.
none() {
	if "$@"; then return 1; fi
}

@test "install: what goes where" {
	make_in_tree install DESTDIR="$PWD/stage" PREFIX=/usr
	version=$(sed -n 's/^VERSION := //p' "$ROOT/Makefile")
	{
		echo /etc/musegen/config.ini
		echo /usr/bin/musegen
		echo /usr/include/musegen.h
		for name in a so so.0 "so.$version"; do echo "/usr/lib/libmusegen.$name"; done
		echo /usr/lib/pkgconfig/musegen.pc
		echo /usr/share/bash-completion/completions/musegen
		echo /usr/share/zsh/site-functions/_musegen
		echo /usr/share/man/man1/musegen.1
		echo /usr/share/man/man5/musegen-config.5
		for name in LICENSE README.md examples/config.ini examples/example.c; do echo "/usr/share/doc/musegen/$name"; done
		for name in "$ROOT"/docs/*.md; do echo "/usr/share/doc/musegen/docs/${name##*/}"; done
		for name in "$ROOT"/models/presets/*.ini; do echo "/usr/share/musegen/models/presets/${name##*/}"; done
		sed -n 's/^SHIPPED_MODELS := //p' "$ROOT/install.mk" | tr ' ' '\n' | sed 's|^|/usr/share/musegen/|'
	} | sort >wanted
	diff wanted <(files_in stage)
	cmp "$ROOT/models/chorales.safetensors" stage/usr/share/musegen/models/chorales.safetensors
	# for everybody, whatever the umask
	(umask 077 && make_in_tree install DESTDIR="$PWD/narrow" PREFIX=/usr)
	[ -z "$(find narrow -mindepth 1 -type d ! -perm 755)" ]
	[ -z "$(find narrow -type f ! -name musegen ! -perm 644)" ]
	[ "$(stat -c %a narrow/usr/bin/musegen)" = 755 ]
}

@test "install: every model that is in the repository is shipped" {
	git -C "$ROOT" rev-parse >/dev/null 2>&1 || skip "this is no git checkout"
	git -C "$ROOT" ls-files models | grep 'safetensors$' | sort >tracked
	sed -n 's/^SHIPPED_MODELS := //p' "$ROOT/install.mk" | tr ' ' '\n' | sort >shipped
	diff tracked shipped || { echo "SHIPPED_MODELS in install.mk names what is installed"; return 1; }
}

@test "install: the folders have variables of their own" {
	make_in_tree install DESTDIR="$PWD/my stage" PREFIX=/opt/m/ BINDIR=/opt/bin LIBDIR=/usr/lib/x86 \
		SYSCONFDIR=/etc/opt MANDIR=/opt/man DOCDIR=/opt/doc/musegen-0
	cd "my stage"
	[ -x opt/bin/musegen ]
	[ -f usr/lib/x86/libmusegen.a ]
	[ -f etc/opt/musegen/config.ini ]
	[ -f opt/man/man1/musegen.1 ]
	[ -f opt/doc/musegen-0/README.md ]
	[ -f opt/m/share/musegen/models/chorales.safetensors ]
	[ "$(used_by opt/bin/musegen)" = "$PWD/opt/m/share/musegen/models/chorales.safetensors" ]
	grep -qx 'libdir=/usr/lib/x86' usr/lib/x86/pkgconfig/musegen.pc
	grep -qx 'includedir=${prefix}/include' usr/lib/x86/pkgconfig/musegen.pc
	run make_in_tree install DESTDIR="$PWD" PREFIX="/opt/my own"
	[ "$status" -ne 0 ]
	[[ $output == *"PREFIX has a blank in it"* ]]
}

# Every file that was built, and when.
built() {
	(cd "$TREE/build" && find . -type f -exec stat -c '%n %y %i' {} + | sort)
}

@test "install: nothing is built for a DESTDIR, one object for a PREFIX; nothing is fetched" {
	make_in_tree PREFIX=/usr all
	built >before
	make_in_tree install DESTDIR="$PWD/one" PREFIX=/usr >said
	none grep -v '^  INSTALL ' said
	make_in_tree install DESTDIR="$PWD/two" PREFIX=/usr
	built >after
	diff before after
	diff -r one two
	# what was built does not know where it was staged
	none grep -rlF "$PWD/one" one
	make_in_tree V=1 install PREFIX=/opt/other DESTDIR="$PWD/three" >said
	[ "$(grep -c -e ' -c -o ' said)" -eq 1 ]
	built >after
	diff before after | sed -n 's/^> //p' >anew
	[ -s anew ]
	none grep -v '^\./installed/' anew
	# without a network, where the system lets us do without
	if unshare -rn true 2>/dev/null; then
		unshare -rn env -u MAKEFLAGS make -C "$TREE" install PREFIX=/opt/other DESTDIR="$PWD/four"
		diff -r three four
	fi
}

@test "install: the program finds its model, presets and settings: staged, in place, moved, by a link" {
	make_in_tree install DESTDIR="$PWD/stage" PREFIX=/usr
	program=$PWD/stage/usr/bin/musegen
	cd "$HOUSE"
	works "$program" export -o theme.mid
	[ "${lines[0]}" = "model chorales (the shipped default: $HOUSE/work/stage/usr/share/musegen/models/chorales.safetensors)" ]
	[ -f theme.mid ]
	# settings: /etc's, the user's over it
	sed -i '/^\[sampling\]/,$ { s/^top_k = .*/top_k = 31/; s/^bars = .*/bars = 31/ }' work/stage/etc/musegen/config.ini
	mkdir -p "$HOME/.config/musegen"
	printf '[sampling]\nbars = 32\n' >"$HOME/.config/musegen/config.ini"
	works "$program" info --settings
	says "top_k = 31"
	says "bars = 32"
	# a preset
	run "$program" train --preset defualt "$ROOT/corpus/bach"
	[[ $output == *'did you mean "default"?'* ]]
	# in place; config.ini is below a PREFIX that is not /usr
	make_in_tree install PREFIX="$HOUSE/y"
	[ "$(used_by y/bin/musegen)" = "$HOUSE/y/share/musegen/models/chorales.safetensors" ]
	[ -f y/etc/musegen/config.ini ]
	mkdir links
	ln -s ../y/bin/musegen links/mg
	[ "$(used_by links/mg)" = "$HOUSE/y/share/musegen/models/chorales.safetensors" ]
	# the program alone, elsewhere: what it was told
	cp y/bin/musegen links/copy
	[ "$(used_by links/copy)" = "$HOUSE/y/share/musegen/models/chorales.safetensors" ]
	# the whole tree elsewhere
	mv y z
	[ "$(used_by z/bin/musegen)" = "$HOUSE/z/share/musegen/models/chorales.safetensors" ]
	sed -i 's/^top_k = .*/top_k = 33/' z/etc/musegen/config.ini
	works z/bin/musegen info --settings
	says "top_k = 33"
	fails_with 1 "no model yet" links/copy info
}

@test "install: below a home, where the user's models are too" {
	make_in_tree install PREFIX="$HOME/.local"
	program=$HOME/.local/bin/musegen
	[ "$(used_by "$program")" = "$HOME/.local/share/musegen/models/chorales.safetensors" ]
	[ "$("$program" completion models)" = "base
chorales
folk
piano" ]
	works "$program" train --config "$TINY" --steps 2 "$ROOT/corpus/bach"
	[ "$(used_by "$program")" = "$HOME/.local/share/musegen/models/bach.safetensors" ]
	[ "$("$program" completion models)" = "bach
base
chorales
folk
piano" ]
	make_in_tree uninstall PREFIX="$HOME/.local"
	[ -f "$HOME/.local/share/musegen/models/bach.safetensors" ]
	[ ! -e "$HOME/.local/share/musegen/models/chorales.safetensors" ]
	for name in base folk piano; do [ ! -e "$HOME/.local/share/musegen/models/$name.safetensors" ]; done
}

@test "install: the checkout's program does not look at what is installed, nor the other way round" {
	make_in_tree install PREFIX="$HOUSE/y"
	[ "$(used_by "$TREE/build/musegen")" = "$TREE/models/chorales.safetensors" ]
	mkdir -p "$HOUSE/y/models/presets"
	cp "$TREE/models/chorales.safetensors" "$HOUSE/y/models/chorales.safetensors"
	[ "$(used_by "$HOUSE/y/bin/musegen")" = "$HOUSE/y/share/musegen/models/chorales.safetensors" ]
}

@test "install: again over itself; a config.ini that was changed is kept" {
	make_in_tree install PREFIX="$HOUSE/y"
	files_in "$HOUSE/y" >first
	make_in_tree install PREFIX="$HOUSE/y" >said
	diff first <(files_in "$HOUSE/y")
	none grep KEPT said
	conf=$HOUSE/y/etc/musegen/config.ini
	# as an older version left it, and nobody changed it
	echo '# old' | tee "$conf" >"$HOUSE/y/share/doc/musegen/examples/config.ini"
	make_in_tree install PREFIX="$HOUSE/y"
	cmp "$conf" "$ROOT/config.ini"
	sed -i 's/^top_k = .*/top_k = 31/' "$conf"
	cp "$conf" changed
	make_in_tree install PREFIX="$HOUSE/y" >said
	grep -q "KEPT  *$conf, which was changed" said
	cmp "$conf" changed
	make_in_tree uninstall PREFIX="$HOUSE/y" >said
	grep -q "KEPT  *$conf, which was changed" said
	[ "$(files_in "$HOUSE/y")" = /etc/musegen/config.ini ]
}

@test "uninstall: all that install put there, and no more" {
	mkdir -p "$HOUSE/y/bin" "$HOUSE/y/share/musegen/models" "$HOUSE/y/lib"
	echo theirs | tee "$HOUSE/y/bin/other" "$HOUSE/y/share/musegen/models/own.safetensors" >"$HOUSE/y/lib/libother.so"
	cp -a "$HOUSE/y" before
	make_in_tree install PREFIX="$HOUSE/y"
	make_in_tree uninstall PREFIX="$HOUSE/y" >said
	diff <(files_in before) <(files_in "$HOUSE/y")
	diff -r before/share/musegen "$HOUSE/y/share/musegen"
	[ ! -e "$HOUSE/y/etc/musegen" ]
	[ ! -e "$HOUSE/y/share/doc/musegen" ]
	# of what is not there nothing is said
	make_in_tree uninstall PREFIX="$HOUSE/y" >said
	[ ! -s said ]
	make_in_tree install DESTDIR="$PWD/stage" PREFIX=/usr
	make_in_tree uninstall DESTDIR="$PWD/stage" PREFIX=/usr
	[ -z "$(files_in stage)" ]
	[ -z "$(find stage -name '*musegen*')" ]
}

@test "library: libmusegen.so.0 has the functions of musegen.h and nothing else" {
	make_in_tree install PREFIX="$HOUSE/y"
	cd "$HOUSE/y/lib"
	readelf -d libmusegen.so | grep -q 'SONAME.*\[libmusegen\.so\.0\]'
	[ "$(readlink libmusegen.so)" = libmusegen.so.0 ]
	[ "$(readlink libmusegen.so.0)" = "libmusegen.so.$(sed -n 's/^VERSION := //p' "$ROOT/Makefile")" ]
	# position-independent: no relocations in the text
	run readelf -d libmusegen.so
	[[ $output != *TEXTREL* ]]
	sed -n 's/^[a-z].*[ *]\(musegen_[a-z_]*\)(.*/\1/p' ../include/musegen.h | sort >"$HOUSE/declared"
	[ "$(wc -l <"$HOUSE/declared")" -gt 10 ]
	nm -D --defined-only libmusegen.so | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$HOUSE/shared"
	diff "$HOUSE/declared" "$HOUSE/shared"
	nm -g --defined-only libmusegen.a | awk 'NF == 3 { print $3 }' | sort >"$HOUSE/static"
	diff "$HOUSE/declared" "$HOUSE/static"
	[[ $(ldd libmusegen.so) != *"not found"* ]]
	# what has no part in making notes is not asked for
	[[ $(ldd libmusegen.so) != *portmidi* && $(ldd libmusegen.so) != *glib* ]]
	[[ $(ldd libmusegen.so) != *fluidsynth* && $(ldd libmusegen.so) != *sndfile* ]]
}

# The example, built by a program's makefile that knows of pkg-config alone: build_example OUTPUT FLAGS...
build_example() {
	local output=$1

	shift
	# shellcheck disable=SC2046
	"${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror -o "$output" \
		"$PREFIX/share/doc/musegen/examples/example.c" $(pkg-config "$@" --cflags --libs musegen)
}

@test "library: the example, by pkg-config, with the shared library and with the static one" {
	command -v pkg-config >/dev/null || skip "pkg-config is not installed"
	PREFIX=$HOUSE/y
	make_in_tree install PREFIX="$PREFIX"
	export PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig
	[ "$(pkg-config --modversion musegen)" = "$(sed -n 's/^VERSION := //p' "$ROOT/Makefile")" ]
	model=$(pkg-config --variable=modeldir musegen)/chorales.safetensors
	[ -f "$model" ]
	[ "$(wc -l <"$PREFIX/share/doc/musegen/examples/example.c")" -le 50 ]

	build_example shared
	[[ $(LD_LIBRARY_PATH=$PREFIX/lib ldd ./shared) == *"libmusegen.so.0 => $PREFIX/lib/libmusegen.so.0"* ]]
	LD_LIBRARY_PATH=$PREFIX/lib ./shared "$model" 5 8 >notes
	[ "$(wc -l <notes)" -gt 50 ]

	# where there is no shared one, the static one is found
	mkdir apart
	mv "$PREFIX"/lib/libmusegen.so* apart
	build_example static --static
	[[ $(ldd ./static) != *libmusegen* ]]
	./static "$model" 5 8 >others
	cmp notes others

	# and with everything static, where the others have such libraries
	echo 'int main(void) { return 0; }' >none.c
	if "${CC:-cc}" -static -o none none.c -lcjson -lopenblas -lm -pthread 2>/dev/null; then
		# shellcheck disable=SC2046
		"${CC:-cc}" -static -o all "$PREFIX/share/doc/musegen/examples/example.c" \
			$(pkg-config --static --cflags --libs musegen)
		./all "$model" 5 8 >others
		cmp notes others
	else
		echo "# not tried: a program that is static throughout, since there is no static cJSON or OpenBLAS here" >&3
	fi
}

@test "library: staged, with pkg-config's sysroot, and moved" {
	command -v pkg-config >/dev/null || skip "pkg-config is not installed"
	make_in_tree install DESTDIR="$PWD/stage" PREFIX=/usr
	export PKG_CONFIG_PATH=$PWD/stage/usr/lib/pkgconfig
	[[ " $(PKG_CONFIG_SYSROOT_DIR=$PWD/stage pkg-config --cflags musegen) " == *" -I$PWD/stage/usr/include "* ]]
	make_in_tree install PREFIX="$HOUSE/y"
	mv "$HOUSE/y" "$HOUSE/z"
	export PKG_CONFIG_PATH=$HOUSE/z/lib/pkgconfig
	[[ " $(pkg-config --define-prefix --libs musegen) " == *" -L$HOUSE/z/lib "* ]]
}

@test "install: what the shells and man look for" {
	make_in_tree install PREFIX="$HOUSE/y"
	cmp "$HOUSE/y/share/bash-completion/completions/musegen" <("$HOUSE/y/bin/musegen" completion bash)
	cmp "$HOUSE/y/share/zsh/site-functions/_musegen" <("$HOUSE/y/bin/musegen" completion zsh)
	if command -v man >/dev/null; then
		[ "$(man -M "$HOUSE/y/share/man" -w musegen)" = "$HOUSE/y/share/man/man1/musegen.1" ]
		[ "$(man -M "$HOUSE/y/share/man" -w musegen-config)" = "$HOUSE/y/share/man/man5/musegen-config.5" ]
	fi
}
