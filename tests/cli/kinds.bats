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

@test "seed: what the latent of every step says has a price; it is scored beside, and can be drawn" {
	command -v jq >/dev/null || skip "jq is not installed"
	small seed --set corpus.take=top --set latent.beta=1 --set latent.warmup=0 --set train.average=0.5 --set train.learning_rate=0.03 --set train.choose=0 -m dear "$ROOT/corpus/bach/two-part"
	small seed --set corpus.take=top --set latent.beta=0 --set train.average=0.5 --set train.learning_rate=0.03 --set train.choose=0 -m free "$ROOT/corpus/bach/two-part"
	works musegen info dear
	[[ $output =~ latent\ +of\ every\ step:\ [0-9.]+\ nats\ a\ note\ with\ its\ mean,\ [0-9.]+\ drawn,\ KL\ [0-9.]+,\ ELBO\ [0-9.]+ ]]
	works musegen eval dear "$ROOT/corpus/bach/two-part"
	[[ $output =~ latent\ +z\ drawn\ at\ every\ step:\ [0-9.]+\ nats\ a\ note,\ KL ]]
	works musegen eval dear "$ROOT/corpus/bach/two-part" --json
	dear=$(jq .latent.kl <<<"$output")
	jq -e '.latent | .nats_drawn + .kl - .elbo | fabs < 1e-9' <<<"$output"
	jq -e '.latent.nats_drawn != .nats_per_note' <<<"$output"
	works musegen eval free "$ROOT/corpus/bach/two-part" --json
	jq -e ".latent.kl > 1.5 * $dear" <<<"$output"
	for name in 1 2 again; do
		works musegen export -m dear --bars 4 --seed 3 --latent-seed "${name/again/1}" -o x.mid
		mv x.mid "$name.mid"
	done
	cmp 1.mid again.mid
	if cmp -s <(tail -c 60 1.mid) <(tail -c 60 2.mid); then return 1; fi
	fails_with 1 "has no latent" musegen export -m dear --like 1.mid -o no.mid
}

@test "seed: no latent, and kinds of it that cannot be" {
	small seed --set corpus.take=top --set latent.kind=none -m none "$ROOT/corpus/bach/two-part"
	works musegen info none
	says_not "of every step"
	fails_with 1 "has no latent" musegen export -m none --latent-seed 2 -o no.mid
	fails_with 1 "latent.kind = phrase is for networks of events" musegen train --config "$ROOT/models/presets/seed.ini" \
		--set latent.kind=phrase "$ROOT/corpus/bach/two-part"
	for kind in events composer conv; do
		fails_with 1 "latent.kind = step is the seed's" musegen train --set generator.kind=$kind \
			--set latent.kind=step "$ROOT/corpus/bach/two-part"
	done
	fails_with 1 "stages after likelihood are for networks of the kind \"events\"" musegen train \
		--config "$ROOT/models/presets/seed.ini" --stages likelihood,latent "$ROOT/corpus/bach/two-part"
	[ "$(ls models/*.safetensors)" = models/none.safetensors ]
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
