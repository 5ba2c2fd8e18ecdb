#!/usr/bin/env bats
# Networks from noise, from the command line: trained, heard, shown, and what they refuse.

load helper

setup() {
	enter_house
	mkdir models
}

# A preset, made small.
small() {
	local preset=$1

	shift
	works musegen train --config "$ROOT/models/presets/$preset.ini" --set conv.channels=2 --set conv.levels=2 \
		--set gan.batch=8 --set gan.critic_steps=1 --set conv.bars=2 "$@" "$ROOT/corpus/bach/chorales"
}

@test "dcgan, wgan, wgan-gp: each trains from noise, and its music is the length that was asked for" {
	for preset in dcgan wgan wgan-gp; do
		small $preset --steps 3 -m $preset
		says "makes 2 bars at a time from noise; such a model has no likelihood"
		says "told apart "
		works musegen export -m $preset --bars 5 --seed 2 -o $preset.mid
		says "5 bars"
	done
	[ -z "$(ls models/*.checkpoint 2>/dev/null)" ]
}

@test "a model from noise: the same bytes again, its card, other temperatures and keys" {
	small wgan-gp --steps 4 -j 1 -m noise
	cp models/noise.safetensors one
	small wgan-gp --steps 4 -j 2 -f -m noise
	cmp one models/noise.safetensors
	works musegen info noise
	says "format      3"
	says "conv, "
	says "none: music made from noise has no likelihood"
	works musegen export -m noise --bars 4 --seed 1 --parts 2 --range C4-C5 --temperature 0.5 -o two.mid
	says "4 bars"
	cp two.mid again.mid
	works musegen export -m noise --bars 4 --seed 1 --parts 2 --range C4-C5 --temperature 0.5 -o two.mid
	cmp two.mid again.mid
}

@test "what a model from noise has not is said in a line" {
	small dcgan --steps 2 -m noise
	fails_with 1 "no likelihood" musegen eval noise "$ROOT/corpus/bach/chorales"
	fails_with 1 "there is no training to go on with" musegen train --resume -m noise
	fails_with 1 "no temperatures" musegen train --choose -m noise "$ROOT/corpus/bach/chorales"
	fails_with 1 "only networks of events" musegen train --stages latent -m noise "$ROOT/corpus/bach/chorales"
	fails_with 1 "stages after likelihood" musegen train --stages likelihood,latent --config "$ROOT/models/presets/dcgan.ini" -m other \
		"$ROOT/corpus/bach/chorales"
	fails_with 1 "no style" musegen export -m noise --style chorales -o no.mid
	fails_with 1 "no primer" musegen export -m noise --primer "$ROOT/corpus/bach/chorales/bwv-227-1-jesu-meine-freude.mid" \
		-o no.mid
	fails_with 1 "choose a loop" musegen export -m noise --loop --bars 4 -o no.mid
	fails_with 1 "only networks of events" musegen train --base noise --steps 2 -m other "$ROOT/corpus/bach/chorales"
	fails_with 1 "at most 4 parts" musegen export -m noise --parts 9 -o no.mid
	[ ! -e no.mid ]
}

# broken_off SIGNAL NAME PRESET: a small training that is ended by a signal some checkpoints after it has begun.
broken_off() {
	local signal=$1 name=$2 pid status=0

	"$MUSEGEN" train --config "$ROOT/models/presets/$3.ini" "${SMALL[@]}" -m "$name" "$BACH" >log 2>&1 3>&- &
	pid=$!
	for _ in $(seq 1000); do
		[ -f "models/$name.checkpoint" ] && [ "$(inode "$name")" != "${first:=$(inode "$name")}" ] && break
		sleep 0.01
	done
	kill "-$signal" $pid
	wait $pid 2>/dev/null || status=$?
	[ "$signal" != KILL ] || [ $status -eq 137 ] || { echo "it had ended: $status"; cat log; return 1; }
	[ -f "models/$name.checkpoint" ] || { echo "no checkpoint"; cat log; return 1; }
}

inode() {
	stat -c %i "models/$1.checkpoint" 2>/dev/null
}

# What of a CSV does not depend on how long it took.
counted() {
	cut -d, -f1,2,5- "models/$1.csv"
}

@test "kill -9, or Ctrl-C, and --resume: the bytes of the unbroken run, and its CSV" {
	BACH=$ROOT/corpus/bach/chorales
	SMALL=(--set conv.channels=2 --set conv.levels=2 --set conv.bars=2 --set gan.batch=8 --set gan.critic_steps=1
		--set train.steps=70 --set train.checkpoint=0)
	for preset in dcgan wgan wgan-gp; do
		"$MUSEGEN" train --config "$ROOT/models/presets/$preset.ini" "${SMALL[@]}" -m "$preset" "$BACH" >/dev/null
		mkdir -p whole
		mv models/$preset.safetensors models/$preset.csv whole
		unset first
		broken_off KILL $preset $preset
		fails_with 1 "a training that is not finished" musegen train --config "$ROOT/models/presets/$preset.ini" \
			"${SMALL[@]}" -m $preset "$BACH"
		works musegen train --resume -m $preset
		says "going on after step"
		says "all steps done"
		cmp whole/$preset.safetensors models/$preset.safetensors
		cmp <(counted $preset) <(cut -d, -f1,2,5- whole/$preset.csv)
		[ ! -e models/$preset.checkpoint ]
	done
	unset first
	rm models/dcgan.*
	broken_off INT dcgan dcgan
	grep -q '^to go on: musegen train --resume -m dcgan$' log
	works musegen export -m dcgan --bars 2 -o early.mid
	works musegen train --resume -m dcgan -j 1
	cmp whole/dcgan.safetensors models/dcgan.safetensors
}

@test "settings that do not go together, music that does not fit" {
	fails_with 1 "critic_norm" musegen train --config "$ROOT/models/presets/wgan-gp.ini" --set conv.critic_norm=batch \
		--steps 2 -m no "$ROOT/corpus/bach/chorales"
	fails_with 1 "conv.pack" musegen train --config "$ROOT/models/presets/dcgan.ini" --set conv.pack=3 --steps 2 -m no \
		"$ROOT/corpus/bach/chorales"
	fails_with 1 "16ths" musegen train --config "$ROOT/models/presets/dcgan.ini" --set corpus.grid=6 --steps 2 -m no \
		"$ROOT/corpus/bach/chorales"
	[ -z "$(ls models/*.safetensors 2>/dev/null)" ]
}
