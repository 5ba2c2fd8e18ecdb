#!/usr/bin/env bats
# The presets to compare with, from the command line: trained, scored, heard, gone on with, and what they refuse.

load helper

setup() {
	enter_house
	mkdir models
}

# Their presets, made small.
small() {
	local preset=$1

	shift
	works musegen train --config "$ROOT/models/presets/$preset.ini" --set generator.trunk=16 \
		--set generator.hidden=16 --set train.steps=30 --set train.lanes=4 --set train.shards=2 "$@"
}

@test "seed: melodies; its card, its scores and its music" {
	small seed --set corpus.take=top -m lines "$ROOT/corpus/bach"
	works musegen info lines
	says "format      2"
	says "seed, "
	says "latents of 32 and 16 a step"
	works musegen eval lines "$ROOT/corpus/bach"
	says "not charged metres after the first, velocities"
	[[ $output =~ heads\ +pitch\ [0-9.]+,\ duration\ [0-9.]+\ \(a\ note\) ]]
	works musegen export -m lines --bars 4 --seed 3 -o one.mid
	says "4 bars, 1 part"
	works musegen export -m lines --bars 4 --seed 3 -o two.mid
	cmp <(musegen info one.mid | grep -v 'file\|by\|text') <(musegen info two.mid | grep -v 'file\|by\|text')
}

@test "seed: four parts are refused, with what helps" {
	fails_with 1 "corpus.take = top" musegen train --config "$ROOT/models/presets/seed.ini" --set train.steps=2 \
		"$ROOT/corpus/bach"
	[ -z "$(ls models/*.safetensors 2>/dev/null)" ]
}

@test "composer: pitches alone, and says so; composer+ has time" {
	small composer -m plain "$ROOT/corpus/bach"
	small composer+ -m plus "$ROOT/corpus/bach"
	works musegen eval plain "$ROOT/corpus/bach"
	says "not charged all but pitches"
	[[ $output =~ heads\ +pitch\ [0-9.]+\ \(a\ note\) ]]
	works musegen eval plus "$ROOT/corpus/bach" --against plain
	says "duration"
	says "of networks of two kinds"
	for model in plain plus; do
		works musegen export -m $model --bars 3 -o $model.mid
		says "3 bars, 1 part"
	done
	fails_with 1 "writes one part" musegen export -m plus --parts 2 -o no.mid
}

@test "the kinds: the same bytes on any number of threads; no base" {
	small composer+ -j 1 -m one "$ROOT/corpus/bach"
	small composer+ -j 3 -m three "$ROOT/corpus/bach"
	cmp <(tail -c 5000 models/one.safetensors) <(tail -c 5000 models/three.safetensors)
	fails_with 1 "--base" musegen train --config "$ROOT/models/presets/composer.ini" --base one "$ROOT/corpus/bach"
	fails_with 1 "is of the kind \"composer+\"" musegen train --base one "$ROOT/corpus/bach"
}

@test "compare --with-seed: a third control" {
	musegen train --config "$TINY" -m tiny "$ROOT/corpus/bach" >/dev/null
	works musegen export --plain -m tiny -n 6 --bars 8 --seed 1 -o made/x.mid
	works musegen compare --with-seed made "$ROOT/corpus/bach"
	[[ $output =~ $'\n'seed\ +[0-9]+ ]]
	if grep -nE '^.{79}' <<<"$output"; then return 1; fi
}
