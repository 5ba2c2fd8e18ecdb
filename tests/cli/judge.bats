#!/usr/bin/env bats
# A model's judge: trained, asked, let choose; and a model that has none.

load helper
load ../live/stub

setup() {
	enter_house
	install_tiny
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
}

FAST=(--set judge.hidden=8 --set judge.dense=8 --set judge.steps=60 --set judge.samples=6 --set judge.sample_bars=8)

# The tiny model with a judge, as models/judged.safetensors: trained once.
install_judged() {
	local store=$BATS_FILE_TMPDIR/judged.safetensors

	if [ ! -f "$store" ]; then
		cp models/tiny.safetensors models/judged.safetensors
		"$MUSEGEN" train --stages discriminator "${FAST[@]}" -j1 -m judged "$ROOT/corpus/bach" >"$BATS_FILE_TMPDIR/log" 2>&1 ||
			{ cat "$BATS_FILE_TMPDIR/log"; return 1; }
		cp models/judged.safetensors "$store"
	fi
	cp "$store" models/judged.safetensors
}

needs_jq() {
	command -v jq >/dev/null || skip "jq is not installed"
}

# The figure of the first file in the text of the last run.
figure() {
	sed -n 's/^\(0\.[0-9]\{3\}\)  .*/\1/p' <<<"$output" | head -n 1
}

@test "train --stages discriminator: what it is shown, how often it is right, how reliable; the generator stays as it is" {
	install_judged
	grep -q '^discriminator step 60 of 60  loss .*, of held-out windows .* nats' "$BATS_FILE_TMPDIR/log"
	for kind in real "temperature 0.7" "temperature 1" "temperature 1.3" "bars shuffled" "parts shifted" "wrong notes" noise; do
		[ "$(grep -cE "^$kind  .* [0-9.]+ %  .* 0\.[0-9]{3} \(0\.[0-9]{3} to 0\.[0-9]{3}\)$" "$BATS_FILE_TMPDIR/log")" = 1 ]
	done
	[ "$(grep -cE '^(0\.[0-9]) to (0\.[1-9]|1\.0) +[0-9]+' "$BATS_FILE_TMPDIR/log")" -eq 10 ]
	grep -qE '^expected calibration error 0\.[0-9]{3} \(' "$BATS_FILE_TMPDIR/log"
	grep -qE '^discriminator: tells [0-9.]+ % of held-out windows right' "$BATS_FILE_TMPDIR/log"
	[[ $(info_line models/judged.safetensors "beside it") == "judge, "*" weights: "*" % of held-out windows right, calibration error "*" %" ]]
	[ "$(info_line models/judged.safetensors figures)" = "$(info_line models/tiny.safetensors figures)" ]
	musegen export -m tiny --seed 3 --bars 4 --plain -o a.mid
	musegen export -m judged --seed 3 --bars 4 --plain -o b.mid
	cmp <(midicsv a.mid | grep -v Text_t) <(midicsv b.mid | grep -v Text_t)

	# with two threads to the byte; a second judge takes the place of the first
	cp models/judged.safetensors first
	works musegen train --stages discriminator "${FAST[@]}" -j2 -m judged "$ROOT/corpus/bach"
	cmp models/judged.safetensors first

	for words in "--epochs 2" "--minutes 1" --resume -f "--sample-every 2" --scratch; do
		# shellcheck disable=SC2086
		fails_with 2 "--stages without likelihood go on with" musegen train --stages discriminator $words -m judged corpus
	done
	fails_with 2 "--choose trains nothing" musegen train --stages discriminator --choose -m judged corpus
	fails_with 2 "which files or folders" musegen train --stages discriminator -m judged
	fails_with 1 "judge.hidden" musegen train --stages discriminator --set judge.hidden=0 -m judged corpus
}

@test "judge: a row a file, the mean with its interval, bad files a line each" {
	install_judged
	mkdir -p music/deep
	cp "$ROOT"/corpus/bach/chorales/*-jesu-meine-freude.mid music/one.mid
	musegen export -m judged --seed 4 --bars 6 -o music/deep/two.mid
	echo "no music" >music/bad.mid
	export LC_ALL=C.UTF-8
	works musegen judge -m judged music
	[ "$(grep -cE '^[01]\.[0-9]{3}  [▁▂▃▄▅▆▇█]+ +music/(one|deep/two)\.mid$' <<<"$output")" -eq 2 ]
	[ "$(grep -oE '[▁▂▃▄▅▆▇█]' <<<"$(grep two.mid <<<"$output")" | wc -l)" -ge 6 ]
	[ "$(grep -c '^-  *music/bad.mid: ' <<<"$output")" -eq 1 ]
	[ "$(grep -cE '^mean of 2: [01]\.[0-9]{3} \([01]\.[0-9]{3} to [01]\.[0-9]{3}\)$' <<<"$output")" -eq 1 ]
	with=$output
	works musegen judge -m judged -j1 music
	[ "$output" = "$with" ]
	LC_ALL=C works musegen judge -m judged music
	[ "$(grep -cE '^[01]\.[0-9]{3}  [_.:=+*#-]+ +music/' <<<"$output")" -eq 2 ]
	LC_ALL=C grep -qv '[^ -~]' <<<"$output"
	# a narrow terminal and a long file: several bars a block
	works musegen judge -m judged music/one.mid
	says_not "mean of"
	[ -n "$(figure)" ]

	fails_with 1 "bad.mid" musegen judge -m judged music/bad.mid
	fails_with 1 "nowhere.mid" musegen judge -m judged nowhere.mid
	fails_with 2 "which files" musegen judge -m judged
	fails_with 1 'the model tiny has no judge: `musegen train --stages discriminator -m tiny CORPUS`' musegen judge -m tiny music
}

@test "judge --json" {
	needs_jq
	install_judged
	mkdir music
	cp "$ROOT"/corpus/bach/chorales/*-jesu-meine-freude.mid music/one.mid
	musegen export -m judged --seed 4 --bars 6 -o music/two.mid
	echo "no music" >music/bad.mid
	works musegen judge -m judged --json music
	[ "$(jq -r '.files | map(.file) | join(" ")' <<<"$output")" = "music/one.mid music/two.mid" ]
	[ "$(jq '[.files[] | .real, .bars[]] | all(. > 0 and . < 1)' <<<"$output")" = true ]
	[ "$(jq '.files[1] | (.bars | length) - .pickups' <<<"$output")" -ge 6 ]
	[ "$(jq '(.mean - ([.files[].real] | add / 2)) | fabs < 1e-9' <<<"$output")" = true ]
	[ "$(jq '.low <= .mean and .mean <= .high' <<<"$output")" = true ]
	[ "$(jq -r '.skipped[0].file, (.skipped | length)' <<<"$output" | paste -sd' ')" = "music/bad.mid 1" ]
	works musegen judge -m judged --json music/one.mid
	[ "$(jq '.low' <<<"$output")" = null ]
}

@test "transposed, louder, faster, another instrument: the judge says the same" {
	needs_midicsv
	install_judged
	musegen export -m judged --seed 5 --bars 6 --range C2-C6 --plain -o a.mid
	midicsv a.mid | awk -F', ' -v OFS=', ' '
		$3 == "Note_on_c" || $3 == "Note_off_c" { $5 += 3; if ($6 > 0) $6 = 99 }
		$3 == "Tempo" { $4 = 300000 }
		$3 == "Program_c" { $5 = 40 }
		$3 == "Text_t" || $3 == "Key_signature" { next }
		{ print }' | csvmidi >b.mid
	works musegen judge -m judged a.mid
	before=$(figure)
	works musegen judge -m judged b.mid
	[ "$(figure)" = "$before" ]
}

@test "--best-of: the same bytes again, by the command in the file; what the judge likes more" {
	install_judged
	musegen export -m judged --seed 7 --bars 4 -o plain.mid
	musegen export -m judged --seed 7 --bars 4 --best-of 1 -o one.mid
	cmp <(midicsv plain.mid | grep -v Text_t) <(midicsv one.mid | grep -v Text_t)
	musegen export -m judged --seed 7 --bars 4 --best-of 5 -o best.mid
	differ <(midicsv plain.mid | grep -v Text_t) <(midicsv best.mid | grep -v Text_t)
	command=$(info_line best.mid "made by")
	[[ $command == *"--best-of 5"* ]]
	mv best.mid before.mid
	eval "$command"
	cmp before.mid best.mid
	works musegen judge -m judged plain.mid
	plain=$(figure)
	works musegen judge -m judged best.mid
	[[ ! $(figure) < $plain ]]

	fails_with 1 "--best-of: the model tiny has no judge" musegen export -m tiny --best-of 3 -o x.mid
	[ ! -e x.mid ]
	fails_with 1 "--best-of: the model tiny has no judge" musegen play -m tiny --best-of 3
	fails_with 2 "--loop is the best of 16 already" musegen export -m judged --loop --best-of 3 -o x.mid
	fails_with 2 "--best-of" musegen export -m judged --best-of 0 -o x.mid
	fails_with 2 "do not change it" musegen play --best-of 2 plain.mid
}

@test "--best-of: play sends what export writes" {
	needs_midicsv
	install_judged
	build_stub
	for options in "--bars 4" "--bars 4 --key Gm" "--bars 4 --plain"; do
		# shellcheck disable=SC2086
		works musegen export -m judged --tempo 800 --seed 8 --best-of 3 $options -f -o exported.mid
		# shellcheck disable=SC2086
		works stubbed play --split -m judged --tempo 800 --seed 8 --best-of 3 $options
		all_is_silent
		played exported.mid onsets
	done
}

# live_pitches N OPTIONS...: the first N pitches that play --live sends
live_pitches() {
	local n=$1

	shift
	stub_start play --live --no-screen -m judged --seed 41 --tempo 800 --parts 2 "$@"
	# a note is two lines
	wait_for_lines $((2 * n + 60))
	kill -INT "$PLAYER"
	stub_end 0
	all_is_silent
	awk '$2 ~ /^9/ { print $3 }' "$LOG" | head -n "$n"
}

@test "--best-of: play --live chooses phrase by phrase, after the first" {
	install_judged
	build_stub
	live_pitches 150 >alone
	live_pitches 150 --best-of 4 >chosen
	live_pitches 150 --best-of 4 >again
	cmp chosen again
	cmp <(head -n 8 alone) <(head -n 8 chosen)
	! cmp -s alone chosen
}
