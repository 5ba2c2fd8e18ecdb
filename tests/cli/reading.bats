#!/usr/bin/env bats
# Ways of reading a corpus, corpus.take and corpus.frame, through the commands: a model keeps
# its own, whatever the settings say.

load helper

setup() {
	enter_house
	BACH=$ROOT/corpus/bach/two-part
}

needs_jq() {
	command -v jq >/dev/null || skip "jq is not installed"
}

# train NAME [SETTING...]: a tiny model in models/.
train() {
	local name=$1
	local -a sets=()
	shift
	for setting in "$@"; do sets+=(--set "$setting"); done
	works musegen train --scratch --config "$TINY" --steps 5 -f -m "models/$name.safetensors" "${sets[@]}" "$BACH"
}

@test "a model of frames is scored on frames, whatever the settings say, and says so" {
	needs_jq
	mkdir models
	train rolls corpus.frame=12
	[ "$(info_line models/rolls.safetensors 'read as')" = "frames of 12 ticks" ]
	works musegen eval --json rolls "$BACH"
	plain=$output
	# its own frames unless others are asked for; a part in each, so as many as voices have eighths
	jq -e '.frame == 12 and .frames == (.voice_16ths / 2) and .nats_per_frame > 0' <<<"$plain"
	works musegen eval --json --frame 12 --set corpus.frame=0 rolls "$BACH"
	[ "$output" = "$plain" ]
	works musegen eval --json --set corpus.frame=48 --set corpus.take=top rolls "$BACH"
	[ "$output" = "$plain" ]
	works musegen eval --json --frame 24 rolls "$BACH"
	jq -e --argjson own "$plain" '.frame == 24 and .nats == $own.nats and .frames < $own.frames' <<<"$output"
	works musegen eval --per-note notes.csv rolls "$BACH"
	says "a frame of 12 ticks ("
	awk -F, '$3 == "note" { n++; bad += $4 % 12 > 0 || $7 % 12 > 0 || $5 != 1 }
		$3 == "metre" { bad++ }
		END { exit !(n > 100 && bad == 0) }' notes.csv
}

@test "frames in which keys are struck, of all parts together or each apart" {
	needs_jq
	mkdir models
	train struck corpus.frame=12 corpus.strike=12
	[ "$(info_line models/struck.safetensors 'read as')" = "frames of 12 ticks, struck every 12" ]
	[ "$(info_line models/struck.safetensors parts)" = 1 ]
	works musegen eval --per-note notes.csv struck "$BACH"
	awk -F, '$3 == "note" { n++; bad += $4 % 12 > 0 || $7 != 12 || $5 != 1 } END { exit !(n > 100 && bad == 0) }' notes.csv
	train apart corpus.frame=6 corpus.strike=6 corpus.frame_parts=apart
	[ "$(info_line models/apart.safetensors 'read as')" = "frames of 6 ticks, struck every 6, parts apart" ]
	[ "$(info_line models/apart.safetensors parts)" = 2 ]
	works musegen eval --json --per-note notes.csv -f apart "$BACH"
	# every voice speaks at most once in a 16th
	jq -e '.notes <= .voice_16ths' <<<"$output"
	awk -F, '$3 == "note" { n++; bad += $7 != 6 } END { exit !(n > 100 && bad == 0) }' notes.csv
	fails_with 1 "do not read the same music" musegen eval --against apart struck "$BACH"
	fails_with 1 "every 20 ticks in frames of 6" musegen train --scratch --set corpus.frame=6 --set corpus.strike=20 "$BACH"
}

@test "a model of top parts reads the top part of any music" {
	needs_jq
	mkdir models
	train tops corpus.take=top
	[ "$(info_line models/tops.safetensors 'read as')" = "the highest part alone" ]
	[ "$(info_line models/tops.safetensors parts)" = 1 ]
	works musegen eval --json tops "$ROOT/corpus/bach/chorales"
	jq -e '.skipped == 0 and .pieces > 5 and .frame == 6' <<<"$output"
	# one voice
	jq -e '.voice_16ths == .sixteenths' <<<"$output"
	# a primer of more parts than the model has is read so too
	works musegen export -m tops --seed 1 --bars 20 --primer "$(ls "$ROOT"/corpus/bach/chorales/*.mid | head -n 1)" -o primed.mid
	train whole
	[ -z "$(info_line models/whole.safetensors 'read as')" ]
}

@test "models that read in different ways are not compared" {
	mkdir models
	train rolls corpus.frame=12
	train tops corpus.take=top
	train whole
	fails_with 1 "rolls reads frames of 12 ticks, whole all of a piece: they do not read the same music" \
		musegen eval --against whole rolls "$BACH"
	fails_with 1 "whole reads all of a piece, tops the highest part alone: they do not" \
		musegen eval --against tops whole "$BACH"
	works musegen eval --against rolls rolls "$BACH"
}

@test "a cache holds music as it was read: each way has its own" {
	mkdir models
	train first
	train rolls corpus.frame=12
	train tops corpus.take=top
	[ "$(ls "$HOME"/.cache/musegen/*.corpus | wc -l)" -eq 3 ]
	train again
	differ models/first.safetensors models/rolls.safetensors
	# the same but for the command they name
	cp models/first.safetensors kept
	train first
	cmp kept models/first.safetensors
	train rolls corpus.frame=12 corpus.cache=yes
	cp models/rolls.safetensors kept
	rm -r "$HOME/.cache/musegen"
	train rolls corpus.frame=12 corpus.cache=yes
	cmp kept models/rolls.safetensors
}

@test "stats and compare read as the settings say" {
	needs_jq
	works musegen stats --json --set corpus.take=top "$BACH"
	[ "$(jq -c '[.parts[].parts]' <<<"$output")" = '[1]' ]
	works musegen stats --json --set corpus.frame=24 "$BACH"
	jq -e '([.parts[].parts] == [1]) and ([.duration[].ticks % 24] | max == 0) and ([.metre[].metre] == ["4/4"])' <<<"$output"
	mkdir made
	cp "$ROOT"/corpus/bach/chorales/*.mid made
	works musegen compare --json --split all --set corpus.take=top made "$BACH"
	# of one part there are no two that could cross
	jq -e '[.features[] | select(.feature == "voice_crossing") | .judged] == [false]' <<<"$output"
	works musegen compare --json --split all made "$BACH"
	jq -e '[.features[] | select(.feature == "voice_crossing") | .judged] == [true]' <<<"$output"
}

@test "what a model of frames makes is music like any other" {
	needs_midicsv
	mkdir models
	train rolls corpus.frame=24
	works musegen export -m rolls --seed 3 --bars 4 --plain -o roll.mid
	[ -n "$(pitches roll.mid)" ]
	works musegen info roll.mid
	works musegen eval rolls roll.mid
}

@test "mistakes" {
	fails_with 1 'corpus.take' musegen stats --set corpus.take=low "$BACH"
	fails_with 1 'from 0 to 1920' musegen stats --set corpus.frame=1921 "$BACH"
	fails_with 1 'from 0 to 1920' musegen stats --set corpus.frame=-1 "$BACH"
}
