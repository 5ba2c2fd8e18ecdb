#!/usr/bin/env bats
# Music by the knobs of a model (here of random weights: what they do is noise, but
# they do it), and a model without.

load helper
load ../live/stub

setup() {
	enter_house
	install_tiny
	install_knobbed
}

# The tiny model with knobs, all but leaps, as models/knobbed.safetensors: made once.
install_knobbed() {
	local store=$BATS_FILE_TMPDIR/knobbed.safetensors

	if [ ! -f "$store" ]; then
		env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u SANITIZE -u OPTIMISE make -s -C "$ROOT" build/tests/bench/random_knobs >"$store.log" 2>&1 || { cat "$store.log"; return 1; }
		"$ROOT/build/tests/bench/random_knobs" models/tiny.safetensors "$store" 8 3
	fi
	cp "$store" models/knobbed.safetensors
}

# All but the texts.
music_of() {
	midicsv "$1" | grep -v Text_t
}

@test "info says what knobs there are and what each changes; a model without says nothing of them" {
	works musegen info knobbed
	says 'format      5,'
	says 'knobs       1.750 nats a note'
	says 'density   -1.00, 1.50, 2.00 onsets a quarter note'
	says 'register  -1.00, 0.25, 2.00 semitones'
	if grep -q 'melodic intervals' <<<"$output"; then false; fi
	works musegen info tiny
	if grep -q '^knobs' <<<"$output"; then false; fi
}

@test "--knob: other music, the same again; untold or in the middle the notes of the model without knobs" {
	needs_midicsv
	musegen export -m tiny --seed 7 --bars 6 -o plain.mid
	musegen export -m knobbed --seed 7 --bars 6 -o untold.mid
	musegen export -m knobbed --seed 7 --bars 6 --knob density=0 --knob register=0 -o middle.mid
	musegen export -m knobbed --seed 7 --bars 6 --knob density=0.8 -o dense.mid
	musegen export -m knobbed --seed 7 --bars 6 --knob density=-0.8 --knob register=1e-1 -o sparse.mid
	cmp <(music_of plain.mid) <(music_of untold.mid)
	cmp <(music_of plain.mid) <(music_of middle.mid)
	differ <(music_of plain.mid) <(music_of dense.mid)
	differ <(music_of plain.mid) <(music_of sparse.mid)
	differ <(music_of dense.mid) <(music_of sparse.mid)
	command=$(info_line sparse.mid "made by")
	[[ $command == *"--knob density=-0.8 --knob register=1e-1"* ]]
	mv sparse.mid before.mid
	eval "$command"
	cmp before.mid sparse.mid
}

@test "--knob: play sends what export writes" {
	needs_midicsv
	build_stub
	works musegen export -m knobbed --tempo 800 --seed 8 --bars 4 --knob density=1 -o exported.mid
	works stubbed play --split -m knobbed --tempo 800 --seed 8 --bars 4 --knob density=1
	all_is_silent
	played exported.mid onsets
}

@test "--knob: what is no knob, no number, said twice, or not there" {
	fails_with 2 'begins with no knob'"'"'s name: density, register, leaps' musegen export -m knobbed --knob swing=1
	fails_with 2 'not a knob' musegen export -m knobbed --knob density
	fails_with 2 'from -1 to 1' musegen export -m knobbed --knob density=1.01
	fails_with 2 'from -1 to 1' musegen export -m knobbed --knob density=nan
	fails_with 2 'from -1 to 1' musegen play -m knobbed --knob density=
	fails_with 2 'turned twice' musegen export -m knobbed --knob density=1 --knob density=0
	fails_with 1 'the model tiny has no knobs' musegen export -m tiny --knob density=0.5 -o x.mid
	fails_with 1 'the model tiny has no knobs' musegen play -m tiny --knob leaps=-1
	fails_with 1 'has no knob leaps' musegen export -m knobbed --knob leaps=0.5 -o x.mid
	[ ! -e x.mid ]
}

@test "train --stages knobs: a model that is there gets some, or stays as it is, and says why; nothing without a corpus" {
	cp models/tiny.safetensors before.safetensors
	works musegen train --stages knobs -m tiny --config "$TINY" --set knobs.steps=2 --set knobs.pieces=2 "$ROOT/corpus/bach"
	says 'knobs: '
	works musegen info tiny
	works musegen export -m tiny --seed 1 --bars 4 -o x.mid
	fails_with 2 'knobs' musegen train --stages knobs,latent -m tiny "$ROOT/corpus/bach"
}
