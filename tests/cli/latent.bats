#!/usr/bin/env bats
# Music like other music, of a model with a latent (here of random weights:
# what it says is noise, but every z says something else), and of one without.

load helper
load ../live/stub

setup() {
	enter_house
	install_tiny
	install_led
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
}

# The tiny model with a latent, as models/led.safetensors, and two pieces, a.mid and b.mid: made once.
install_led() {
	local store=$BATS_FILE_TMPDIR/led

	if [ ! -f "$store/b.mid" ]; then
		mkdir -p "$store"
		env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u SANITIZE -u OPTIMISE make -s -C "$ROOT" build/tests/bench/random_latent >"$store/log" 2>&1 || { cat "$store/log"; return 1; }
		"$ROOT/build/tests/bench/random_latent" models/tiny.safetensors "$store/led.safetensors" 8 8 3
		"$MUSEGEN" export -m tiny --seed 2 --bars 9 --parts 2 --tempo 80 --plain -o "$store/a.mid" >>"$store/log"
		"$MUSEGEN" export -m tiny --seed 5 --bars 5 --parts 3 --tempo 100 --plain -o "$store/b.mid" >>"$store/log"
	fi
	cp "$store/led.safetensors" models/led.safetensors
	cp "$store/a.mid" "$store/b.mid" .
}

# The command that a file says made it, run again to another file.
made_again() {
	local command
	command=$(musegen info "$1" | sed -n 's/^made by *//p')
	mv "$1" before.mid
	eval "${command/musegen/\"\$MUSEGEN\"}" >/dev/null
	cmp "$1" before.mid
}

line_of() {
	musegen info "$1" | grep "^$2 "
}

@test "info says what a latent does; a model without one says nothing of it" {
	works musegen info led
	says 'latent      of phrases, 8 wide'
	says 'without z'
	says 'of the pitches come back from z'
	works musegen info tiny
	if grep -q '^latent' <<<"$output"; then false; fi
}

@test "--like: as long as the file and begun like it; the amount and the seeds decide what is else" {
	works musegen export -m led --like a.mid --amount 0 --seed 1 -o x.mid
	for what in parts metre length pickup; do
		[ "$(line_of x.mid "$what" | cut -d, -f1)" = "$(line_of a.mid "$what" | cut -d, -f1)" ]
	done
	made_again x.mid
	# at 0 nothing is drawn for the phrases
	works musegen export -m led --like a.mid --amount 0 --seed 1 --latent-seed 5 -o same.mid
	diff <(pitches x.mid) <(pitches same.mid)
	works musegen export -m led --like a.mid --amount 0.8 --seed 1 -o y.mid
	differ <(pitches x.mid) <(pitches y.mid)
	made_again y.mid
	works musegen export -m led --like a.mid --amount 0.8 --seed 1 --latent-seed 1 -o same.mid -f
	diff <(pitches y.mid) <(pitches same.mid)
	works musegen export -m led --like a.mid --amount 0.8 --seed 1 --latent-seed 2 -o z.mid
	differ <(pitches y.mid) <(pitches z.mid)
	made_again z.mid
	# another file is another piece
	works musegen export -m led --like b.mid --amount 0 --seed 1 -o w.mid
	differ <(pitches x.mid) <(pitches w.mid)
}

@test "--from --to: so many pieces, each begun like the nearer end; any of them can be made alone" {
	works musegen export -m led --from a.mid --to b.mid --steps 3 --seed 4 -o way.mid
	[ -f way-1.mid ] && [ -f way-2.mid ] && [ -f way-3.mid ] && [ ! -e way-4.mid ]
	for what in parts metre length; do
		[ "$(line_of way-1.mid "$what" | cut -d, -f1)" = "$(line_of a.mid "$what" | cut -d, -f1)" ]
		[ "$(line_of way-3.mid "$what" | cut -d, -f1)" = "$(line_of b.mid "$what" | cut -d, -f1)" ]
	done
	[ "$(line_of way-2.mid parts | cut -d, -f1)" = "$(line_of a.mid parts | cut -d, -f1)" ]
	[ "$(line_of way-2.mid length | cut -d, -f1)" = "length      7 bars" ]
	made_again way-2.mid
	# the likeliest notes: no seed changes them, but with a temperature one does
	works musegen export -m led --from a.mid --to b.mid --steps 3 --step 2 --seed 5 -o other.mid
	diff <(pitches way-2.mid) <(pitches other.mid)
	works musegen export -m led --from a.mid --to b.mid --steps 3 --step 2 --seed 5 --temperature 1 -f -o other.mid
	differ <(pitches way-2.mid) <(pitches other.mid)
	made_again other.mid
}

@test "--latent-seed: another one is another theme, begun in its own way; without one no latent is heard" {
	works musegen export -m led --latent-seed 7 --seed 1 --bars 6 -o x.mid
	works musegen export -m led --latent-seed 7 --seed 2 --bars 6 -o y.mid
	works musegen export -m led --latent-seed 8 --seed 1 --bars 6 -o z.mid
	differ <(pitches x.mid) <(pitches y.mid)
	differ <(pitches x.mid) <(pitches z.mid)
	[ "$(line_of x.mid metre)" = "$(line_of y.mid metre)" ]
	made_again x.mid
	works musegen export -m led --seed 3 --bars 6 -o led.mid
	works musegen export -m tiny --seed 3 --bars 6 -o tiny.mid
	diff <(pitches led.mid) <(pitches tiny.mid)
}

@test "play sends what export writes" {
	needs_midicsv
	build_stub
	works musegen export -m led --like b.mid --amount 0.5 --seed 3 --tempo 800 -o x.mid
	works stubbed play --split -m led --like b.mid --amount 0.5 --seed 3 --tempo 800
	all_is_silent
	played x.mid onsets
	# the pieces of a way one after the other
	works musegen export -m led --from a.mid --to b.mid --steps 2 --seed 3 --tempo 900 -o way.mid
	works stubbed play --split -m led --from a.mid --to b.mid --steps 2 --seed 3 --tempo 900
	all_is_silent
	[ "$(grep -c ' 9' "$LOG")" -eq "$(cat <(pitches way-1.mid) <(pitches way-2.mid) | wc -l)" ]
}

@test "what cannot be done is said in one line" {
	for command in export play; do
		fails_with 1 "the model tiny has no latent" musegen $command -m tiny --like a.mid
		fails_with 1 "the model tiny has no latent" musegen $command -m tiny --from a.mid --to b.mid
		fails_with 1 "the model tiny has no latent" musegen $command -m tiny --latent-seed 1
		fails_with 1 "--like: nothing.mid" musegen $command -m led --like nothing.mid
		fails_with 2 "--from and --to go together" musegen $command -m led --from a.mid
		fails_with 2 "goes with --like" musegen $command -m led --amount 0.5
		fails_with 2 "give one of them" musegen $command -m led --like a.mid --primer b.mid
		fails_with 2 "of the way" musegen $command -m led --steps 4
		fails_with 2 "past the last of 5" musegen $command -m led --from a.mid --to b.mid --step 6
		fails_with 2 "has its own lengths" musegen $command -m led --from a.mid --to b.mid --bars 4
	done
	echo nothing >bad.mid
	fails_with 1 "--to: bad.mid" musegen export -m led --from a.mid --to bad.mid
	fails_with 2 "takes no --count" musegen export -m led --from a.mid --to b.mid -n 2
	fails_with 2 "takes no --like" musegen export -m led --like a.mid --loop
	fails_with 2 "--live is without end" musegen play -m led --from a.mid --to b.mid --live
	fails_with 1 "has its metre" musegen export -m led --like a.mid --metre 4/4 -o c.mid
}
