#!/usr/bin/env bats
# The environment that a program does not choose: no home, one that cannot be
# written, a locale whose numbers have commas.

load helper

setup() {
	enter_house
	install_tiny
}

# A home that nobody can write to, the administrator included.
UNWRITABLE=/proc/self

# everything_but_training ENV...: exports, tells, sets, from a folder with models and one without.
everything_but_training() {
	rm -rf a.mid
	works env "$@" "$MUSEGEN" export -m tiny --seed 1 --bars 2 -o a.mid
	cmp a.mid same.mid
	works env "$@" "$MUSEGEN" info a.mid
	works env "$@" "$MUSEGEN" info tiny
	works env "$@" "$MUSEGEN" info --settings
	[ "$output" = "$settings" ]
	works env "$@" "$MUSEGEN" completion models
	mkdir -p empty
	cd empty
	works env "$@" "$MUSEGEN" info
	works env "$@" "$MUSEGEN" export --bars 1 -o b.mid
	[[ ${lines[0]} == "model chorales (the shipped default: "* ]]
	cd ..
}

@test "environment: no home, an empty one, one that is not there or not a folder, one that cannot be written" {
	musegen export -m tiny --seed 1 --bars 2 -o a.mid
	mv a.mid same.mid
	settings=$(musegen info --settings)
	touch file
	for home in HOME= HOME=/nonexistent HOME="$PWD/file" HOME=$UNWRITABLE HOME=relative; do
		everything_but_training "$home"
	done
	everything_but_training -u HOME
	everything_but_training XDG_CONFIG_HOME=$UNWRITABLE XDG_DATA_HOME=$UNWRITABLE
	everything_but_training XDG_CONFIG_HOME= XDG_DATA_HOME=relative
	[ ! -e relative ]
}

@test "environment: a home without permissions" {
	[ "$(id -u)" -ne 0 ] || skip "the administrator may write everywhere"
	musegen export -m tiny --seed 1 --bars 2 -o a.mid
	mv a.mid same.mid
	settings=$(musegen info --settings)
	chmod 555 "$HOME"
	everything_but_training HOME="$HOME"
	chmod 000 "$HOME"
	everything_but_training HOME="$HOME"
	chmod 755 "$HOME"
}

@test "environment: training needs no home where there is ./models, or a path is given" {
	musegen train --config "$TINY" --steps 2 -m usual "$ROOT/corpus/bach"
	for home in "-u HOME" HOME= HOME=$UNWRITABLE; do
		rm -f models/anew.safetensors models/anew.csv models/last
		# shellcheck disable=SC2086
		works env $home "$MUSEGEN" train --config "$TINY" --steps 2 -m anew "$ROOT/corpus/bach"
		cmp models/anew.safetensors models/usual.safetensors
		[ "$(cat models/last)" = anew ]
		mkdir elsewhere
		cd elsewhere
		# which model was last may have nowhere to be noted: that is at most a warning
		# shellcheck disable=SC2086
		run env $home "$MUSEGEN" train --config "$TINY" --steps 2 -m ./anew "$ROOT/corpus/bach"
		[ "$status" -eq 0 ] || { echo "$home: $output"; return 1; }
		cmp anew.safetensors ../models/usual.safetensors
		# and with nowhere to go, nothing is begun
		# shellcheck disable=SC2086
		fails_with 1 "" env $home "$MUSEGEN" train --config "$TINY" --steps 2 "$ROOT/corpus/bach"
		[ -z "$output" ]
		cd ..
		rm -r elsewhere
	done
}

# A locale with a decimal comma: the system's, or one made for this; skips where neither is to be had.
needs_commas() {
	local folder=$BATS_RUN_TMPDIR/locale

	unset LOCPATH LANG LANGUAGE "${!LC_@}"
	if [ "$(LC_ALL=de_DE.UTF-8 bash -c 'printf %.1f 1,5' 2>/dev/null)" != 1,5 ]; then
		[ -d "$folder/de_DE.UTF-8" ] || {
			mkdir -p "$folder"
			localedef -i de_DE -f UTF-8 "$folder/de_DE.UTF-8" >localedef.log 2>&1 || :
		}
		export LOCPATH=$folder
	fi
	[ "$(LC_ALL=de_DE.UTF-8 bash -c 'printf %.1f 1,5' 2>/dev/null)" = 1,5 ] ||
		skip "there is no locale de_DE.UTF-8, and localedef cannot make it (package locales)"
}

@test "environment: decimal commas change nothing" {
	needs_commas
	for locale in C.UTF-8 de_DE.UTF-8; do
		mkdir -p "$locale/models"
		cp models/tiny.safetensors "$locale/models"
		cd "$locale"
		export LC_ALL=$locale
		{
			musegen export -m tiny --seed 7 --bars 3 --temperature 0.9 --top-p 0.95 --tempo 96.5 -o a.mid
			musegen export -m tiny --seed 8 --seconds 40.5 --set sampling.temperature=0.95 --primer a.mid -o b.mid
			musegen info --roll a.mid b.mid
			musegen info tiny
			musegen info --settings --set train.learning_rate=0.0125 --config "$TINY"
			musegen train --config "$TINY" --steps 40 --set train.dropout=0.25 -m anew "$ROOT/corpus/bach" |
				sed 's/ *[0-9]* events.s/ N events\/s/; s/ *[0-9:]* left//'
			musegen info anew
		} >said
		fails_with 2 '--temperature: "0,9" is not a number' musegen export --temperature 0,9
		# but for how long it took
		cut -d, -f1,2,5- models/anew.csv >figures
		rm models/anew.csv
		unset LC_ALL
		cd ..
	done
	diff -r C.UTF-8 de_DE.UTF-8
	grep -q '0.0125' C.UTF-8/said
	grep -q '96.5' C.UTF-8/said
	grep -q '[0-9]\.[0-9]' C.UTF-8/figures
}

@test "environment: nor do they in a program that takes them for its own" {
	needs_commas
	flags=
	case $MUSEGEN in
	*address*) flags=-fsanitize=address,undefined ;;
	esac
	# the example, which does as the locale says
	sed -e 's/^#include <stdio.h>/&\n#include <locale.h>/' \
		-e 's/^	if (argc < 2)/	if (!setlocale(LC_ALL, "") || *localeconv()->decimal_point != getenv("POINT")[0])\n		return 3;\n&/' \
		"$ROOT/tests/api/example.c" >here.c
	# shellcheck disable=SC2046,SC2086
	"${CC:-cc}" $flags -I"$ROOT/include" -o here here.c "$(dirname "$MUSEGEN")/libmusegen.a" \
		$(pkg-config --libs smf glib-2.0 libcjson inih openblas) -lportmidi -lm -pthread
	works env LC_ALL=C POINT=. ./here models/tiny.safetensors 5 8
	usual=$output
	works env LC_ALL=de_DE.UTF-8 POINT=, ./here models/tiny.safetensors 5 8
	[ "$output" = "$usual" ]
}
