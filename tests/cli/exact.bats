#!/usr/bin/env bats
# One model, one set of options, one seed: the same notes from export, play,
# play --live and a program of one's own; the same bytes on any number of threads.

load helper
load ../live/stub

setup() {
	enter_house
	install_tiny
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
}

# The parts of a file, a line each: pitch/velocity of its notes in order, at one tick from high to low.
# Parts are numbered anew in a file, by how high they lie, so the lines are sorted.
parts_of_file() {
	midicsv "$1" | awk -F', *' '$3 == "Note_on_c" && $6 > 0 { print $1, $2, $5, $6 }' |
		sort -k1,1n -k2,2n -k3,3nr -k4,4nr |
		awk '$1 != part { if (NR > 1) print line; line = ""; part = $1 } { line = line " " $3 "/" $4 } END { print line }' | sort
}

# The same of what a device was sent.
parts_of_log() {
	awk '
	$2 ~ /^9/ { line[$2] = line[$2] " " hex($3) "/" hex($4) }
	END { for (part in line) print line[part] }
	function hex(s) { return 16 * (index("0123456789abcdef", substr(s, 1, 1)) - 1) + index("0123456789abcdef", substr(s, 2, 1)) - 1 }
	' "$LOG" | sort
}

# played_as_exported OPTIONS...: the file's notes, part by part, in order, in time.
played_as_exported() {
	works musegen export -m tiny --tempo 800 "$@" -f -o exported.mid
	# a channel a part: on one channel notes of two parts that are struck together are one
	works stubbed play --split -m tiny --tempo 800 "$@"
	all_is_silent
	played exported.mid onsets
	parts_of_file exported.mid >file
	parts_of_log >log
	[ -s file ]
	diff file log
}

@test "play sends what export writes: parts, key, style, range, scale, a primer, a length in seconds" {
	needs_midicsv
	build_stub
	played_as_exported --seed 31 --bars 4 --parts 3 --key "G minor" --style chorales
	[ "$(wc -l <log)" -gt 1 ]
	played_as_exported --seed 32 --bars 4 --parts 2 --scale "D dorian" --range C3-C6 --temperature 0.8 --top-k 20
	played_as_exported --seed 33 --seconds 2 --parts 4 --top-p 0.9
	musegen export -m tiny --seed 34 --bars 3 --parts 2 -o primer.mid
	played_as_exported --seed 35 --bars 5 --primer primer.mid
	played_as_exported --seed 36 --bars 5 --primer primer.mid --key Eb
	# the check can tell: another seed is other music
	works musegen export -m tiny --tempo 800 --seed 37 --bars 5 -f -o exported.mid
	differ <(parts_of_file exported.mid) log
}

@test "play --live begins with the piece that export writes" {
	# (a seed whose higher part is the higher one on the mean: export orders parts by that, and the highest is a little louder)
	needs_midicsv
	build_stub
	musegen export -m tiny --seed 42 --bars 3 --tempo 800 --parts 2 -o first.mid
	notes=$(pitches first.mid | wc -l)
	stub_start play --live -m tiny --seed 42 --bars 3 --tempo 800 --parts 2
	# a note is two lines, and the next piece is to have begun
	wait_for_lines $((2 * notes + 30))
	kill -INT "$PLAYER"
	stub_end 0
	all_is_silent
	played first.mid beginning
	[ "$(grep -c ' 9' "$LOG")" -gt "$notes" ]
}

@test "the shipped model plays what it exports" {
	needs_midicsv
	[ -f "$ROOT/models/chorales.safetensors" ] || skip "there is no shipped model yet"
	build_stub
	cp "$ROOT/models/chorales.safetensors" models/tiny.safetensors
	played_as_exported --seed 51 --bars 2
	[ "$(wc -l <log)" -eq 4 ]
}

# Note-ons or note-offs as "tick pitch", sorted: of a file, in 480ths of a quarter, and of the example's lines, in 24ths.
file_moments() {
	midicsv "$2" | awk -F', *' -v off="$1" '
	$3 == "Header" && $6 != 480 { exit 1 }
	$3 == "Note_on_c" && $6 > 0 && !off || off && ($3 == "Note_off_c" || $3 == "Note_on_c" && $6 == 0) { print $2, $5 }' | sort -n
}

note_moments() {
	sed -n 's/.*tick \([0-9]*\): part [0-9]*, pitch \([0-9]*\) for \([0-9]*\)$/\1 \2 \3/p' "$2" |
		awk -v off="$1" '{ print 20 * ($1 + (off ? $3 : 0)), $2 }' | sort -n
}

@test "a program of one's own gets what export writes, to the tick" {
	needs_midicsv
	example=$BATS_TEST_TMPDIR/example flags=
	case $MUSEGEN in
	*address*) flags=-fsanitize=address,undefined ;;
	esac
	# shellcheck disable=SC2046
	"${CC:-cc}" -std=c99 $flags -I"$ROOT/include" -o "$example" "$ROOT/tests/api/example.c" \
		"$(dirname "$MUSEGEN")/libmusegen.a" $(pkg-config --libs smf glib-2.0 libcjson inih openblas) -lportmidi -lm -pthread
	for key in "" "F# minor"; do
		for seed in 61 62 63; do
			musegen export --plain -m tiny --seed $seed --bars 8 ${key:+--key "$key"} -f -o whole.mid
			"$example" models/tiny.safetensors $seed 8 ${key:+"$key"} >notes
			for off in "" 1; do
				file_moments "$off" whole.mid >file
				[ -s file ]
				note_moments "$off" notes | diff file -
			done
		done
	done
}

# with_threads N ARGUMENTS...: OpenBLAS is told of N threads.
with_threads() {
	local threads=$1
	shift
	OPENBLAS_NUM_THREADS=$threads OMP_NUM_THREADS=$threads "$MUSEGEN" "$@"
}

@test "train: the same bytes with 1, 2 and 5 threads, and whatever OpenBLAS was told" {
	for threads in 1 2 5; do
		with_threads $threads train --config "$TINY" --set train.shards=4 --set train.dropout=0.2 --steps 12 \
			--threads $threads -m "on-$threads" "$ROOT/corpus/bach/two-part" >said
		grep -q 'all steps done' said
	done
	musegen train --config "$TINY" --set train.shards=4 --set train.dropout=0.2 --steps 12 -m untold \
		"$ROOT/corpus/bach/two-part" >said
	# the figures over the way too, but for the time they took
	for name in on-2 on-5 untold; do
		cmp models/on-1.safetensors models/$name.safetensors
		diff <(cut -d, -f1,2,5- models/on-1.csv) <(cut -d, -f1,2,5- models/$name.csv)
	done
	[ "$(wc -l <models/on-1.csv)" -gt 1 ]
}

@test "export -n: the same bytes one after the other and one by one, whatever OpenBLAS was told" {
	for threads in 1 2 5; do
		with_threads $threads export -m tiny -n 5 --seed 70 --bars 6 --parts 3 --key D -f -o theme.mid >said
		[ "$(wc -l <said)" -ge 5 ]
		mkdir "on-$threads"
		mv theme-?.mid "on-$threads"
		diff -r on-1 "on-$threads"
	done
	for i in 1 2 3 4 5; do
		musegen export -m tiny --seed $((69 + i)) --bars 6 --parts 3 --key D -o theme-$i.mid
		cmp theme-$i.mid on-1/theme-$i.mid
	done
	differ theme-1.mid theme-2.mid
	if command -v taskset >/dev/null; then
		taskset -c 0 "$MUSEGEN" export -m tiny -n 5 --seed 70 --bars 6 --parts 3 --key D -f -o theme.mid >said
		for i in 1 2 3 4 5; do cmp theme-$i.mid on-1/theme-$i.mid; done
	fi
}
