#!/usr/bin/env bats
# The public C interface: a small program is built as others would build it, and makes the music that export makes.

load helper

setup() {
	enter_house
	install_tiny
	library=$(dirname "$MUSEGEN")/libmusegen.a
	example=$BATS_RUN_TMPDIR/example
}

# The libraries as musegen.h names them; a sanitizer build needs its own beside.
build() {
	local flags=

	case $MUSEGEN in
	*address*) flags=-fsanitize=address,undefined ;;
	esac
	# shellcheck disable=SC2046
	"${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror $flags -I"$ROOT/include" -o "$2" "$1" "$library" \
		$(pkg-config --libs smf glib-2.0 libcjson inih openblas) -lportmidi -lm -pthread
}

@test "api: the example builds with a plain C99 compiler" {
	build "$ROOT/tests/api/example.c" "$example"
}

@test "api: the header is C++ too" {
	command -v g++ >/dev/null || skip "there is no C++ compiler"
	echo '#include <musegen.h>' >a.cc
	g++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -I"$ROOT/include" -fsyntax-only a.cc
}

@test "api: the notes of a seed are those that export writes" {
	needs_midicsv
	[ -x "$example" ] || build "$ROOT/tests/api/example.c" "$example"
	works "$example" models/tiny.safetensors 5 4
	printf '%s\n' "$output" | sed -n 's/.*tick \([0-9]*\): part \([0-9]*\), pitch \([0-9]*\) .*/\1 \2 \3/p' >got
	[ -s got ]
	sort -s -c -k1,1n -k2,2n got
	musegen export -m tiny --seed 5 --bars 4 -o five.mid
	# export puts the part that lies highest on the whole first: notes of one moment are compared as a set
	midicsv five.mid | awk -F', ' '$3 == "Note_on_c" && $6 > 0 { print $2, $5 }' | sort -k1,1n -k2,2nr |
		awk '{ print $2 }' | cmp - <(sort -k1,1n -k3,3nr got | awk '{ print $3 }')
	says "ticks of 24 a quarter"
	# the same again, another seed, another key
	first=$output
	works "$example" models/tiny.safetensors 5 4
	[ "$output" = "$first" ]
	works "$example" models/tiny.safetensors 6 4
	[ "$output" != "$first" ]
	works "$example" models/tiny.safetensors 5 4 "F# minor"
	[ "$output" != "$first" ]
}

@test "api: what fails is said by musegen_error and by nothing else" {
	[ -x "$example" ] || build "$ROOT/tests/api/example.c" "$example"
	run --separate-stderr "$example" absent.safetensors
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$(printf '%s\n' "$stderr" | wc -l)" -eq 1 ]
	case $stderr in "open: absent.safetensors: "*) ;; *) echo "$stderr"; false ;; esac
	head -c 1000 models/tiny.safetensors >cut.safetensors
	run --separate-stderr "$example" cut.safetensors
	[ "$status" -eq 1 ]
	[ "$(printf '%s\n' "$stderr" | wc -l)" -eq 1 ]
	run --separate-stderr "$example" models/tiny.safetensors 1 1 "H major"
	[ "$status" -eq 1 ]
	case $stderr in "compose: "*H*) ;; *) echo "$stderr"; false ;; esac
	run --separate-stderr "$example" models/tiny.safetensors 1 -1
	[ "$status" -eq 1 ]
}
