#!/usr/bin/env bats
# Training from the command line: what it says, what it writes, what it never
# overwrites, and what Ctrl-C keeps.

load helper

setup() {
	enter_house
	mkdir models
	lay_bach
}

train() {
	musegen train --config "$TINY" "$@"
}

# A tune of its own for every number, with a drum on every other note when asked; csvmidi makes the file.
write_tune() {
	local tick=0 i pitch x=$2 drums=${3:-}

	{
		echo '0, 0, Header, 1, 2, 480'
		echo '1, 0, Start_track'
		echo '1, 0, Time_signature, 4, 2, 24, 8'
		echo '1, 15360, End_track'
		echo '2, 0, Start_track'
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32; do
			x=$(((x * 1103515245 + 12345) % 2147483648))
			pitch=$((60 + x / 65536 % 13))
			echo "2, $tick, Note_on_c, 0, $pitch, 90"
			[ -z "$drums" ] || echo "2, $tick, Note_on_c, 9, 38, 90"
			echo "2, $((tick + 480)), Note_off_c, 0, $pitch, 0"
			[ -z "$drums" ] || echo "2, $((tick + 480)), Note_off_c, 9, 38, 0"
			tick=$((tick + 480))
		done
		echo '2, 15360, End_track'
		echo '0, 0, End_of_file'
	} | csvmidi >"$1"
}

needs_csvmidi() {
	command -v csvmidi >/dev/null || skip "csvmidi is not installed"
}

@test "a folder's name is the model's; the last line is the one to try" {
	works train --steps 20 "$BACH/"
	[ -f models/bach.safetensors ]
	[ -f models/bach.csv ]
	last=${lines[${#lines[@]}-1]}
	[ "$last" = "try: musegen export -m bach -o theme.mid" ]
	eval "${last#try: }"
	[ -f theme.mid ]
}

@test "names: the first of several, a file's, -m, the present folder's" {
	works train --steps 1 "$BACH/two-part" "$BACH/keyboard"
	[ -f models/two-part.safetensors ]
	works train --steps 1 "$BACH/two-part/bwv-772-invention-1.mid"
	[ -f models/bwv-772-invention-1.safetensors ]
	works train --steps 1 -m "odd name" "$BACH"
	[ -f "models/odd name.safetensors" ]
	says "try: musegen export -m 'odd name' -o theme.mid"
	mkdir tunes
	cp "$BACH"/two-part/*.mid tunes
	cd tunes
	works train --steps 1 -m ../models/via-path .
	cd ..
	[ -f models/via-path.safetensors ]
	cd tunes
	HOME=$HOUSE/home works train --steps 1 .
	[ -f "$HOME/.local/share/musegen/models/tunes.safetensors" ]
}

@test "the same bytes with one thread and with two" {
	train --steps 20 --threads 1 -m one "$BACH"
	train --steps 20 --threads 2 -m two "$BACH"
	cmp models/one.safetensors models/two.safetensors
	train --steps 20 --threads 2 --seed 2 -m other "$BACH"
	differ <(tail -c 10000 models/one.safetensors) <(tail -c 10000 models/other.safetensors)
}

@test "steps, epochs, minutes" {
	works train --steps 7 -m a "$BACH"
	says "of 7"
	works train --epochs 3 -m b "$BACH"
	says "epoch    3 "
	works train --minutes 0.02 -m c "$BACH"
	grep -q '^for the same weights again: --steps [0-9]* --seed 1$' <<<"$output"
	# an option for the length replaces the settings for it
	works train --set train.minutes=5 --set train.epochs=9 --steps 3 -m e "$BACH"
	says "of 3"
}

@test "the steps that --minutes prints give the same weights" {
	works train --minutes 0.02 -m c "$BACH"
	again=$(sed -n 's/^for the same weights again: //p' <<<"$output")
	# shellcheck disable=SC2086
	works train $again -m d "$BACH"
	cmp <(tail -c 100000 models/c.safetensors) <(tail -c 100000 models/d.safetensors)
}

@test "elsewhere than on a terminal: a plain line an evaluation, nothing to steer one" {
	works train --steps 60 "$BACH"
	[ "$(grep -c '^epoch .* events/s  train .* held out .* left$' <<<"$output")" -ge 2 ]
	[[ $output != *$'\033'* && $output != *$'\r'* && $output != *nan* ]]
}

@test "on a terminal: one live line" {
	script -qec true /dev/null >/dev/null 2>&1 || skip "no pseudo-terminal can be had through script(1)"
	TERM=xterm script -qec "$MUSEGEN train --config $TINY --steps 60 $BACH" log >/dev/null
	grep -q $'\r\033\[Kepoch' log
	[ "$(grep -c 'events/s' log)" -eq 1 ]
	grep -q '\[#* *\.*\]' log
	TERM=dumb script -qec "$MUSEGEN train --config $TINY --steps 60 -m dumb $BACH" log >/dev/null
	if grep -q $'\033' log; then return 1; fi
}

@test "the CSV: a header, a row an evaluation, numbers or nothing" {
	works train --steps 60 "$BACH"
	[ "$(head -n 1 models/bach.csv)" = "epoch,step,seconds,events_per_second,train_nats_per_note,held_out_nats_per_note,best_nats_per_note" ]
	[ "$(grep -c '^epoch ' <<<"$output")" -eq "$(($(wc -l <models/bach.csv) - 1))" ]
	tail -n +2 models/bach.csv | grep -vE '^[0-9]+,[0-9]+(,-?[0-9]*\.?[0-9]*){5}$' && return 1
	[ "$(tail -n 1 models/bach.csv | cut -d, -f2)" = 60 ]
}

@test "it says how many files, which rule, what was skipped and why, percussion" {
	needs_csvmidi
	mkdir -p folk/a folk/b
	for i in 1 2 3 4; do write_tune folk/a/tune$i.mid $i; done
	write_tune folk/b/drums.mid 99 drums
	cp folk/a/tune1.mid folk/b/copy.mid
	: >folk/b/empty.mid
	echo text >folk/b/text.mid
	head -c 12 folk/a/tune2.mid >folk/b/cut.mid
	echo nothing to see >folk/b/readme.txt
	works train --steps 2 folk
	says "5 pieces from 9 files, 2 styles"
	says "split by "
	says "skipped 4, 1 of them duplicate"
	for bad in empty.mid text.mid cut.mid; do echo "$output" | grep -qE "^  1  .+: folk/b/$bad\$"; done
	says "all are listed in models/folk.skipped.txt"
	[ "$(cut -f1 models/folk.skipped.txt | tr '\n' ' ')" = "folk/b/copy.mid folk/b/cut.mid folk/b/empty.mid folk/b/text.mid " ]
	[ "$(head -n 1 models/folk.skipped.txt)" = "folk/b/copy.mid	the same notes as folk/a/tune1.mid" ]
	says "percussion left out: 32 notes in 1 piece"
	says_not readme
	for i in 1 2 3 4 5 6; do echo text >folk/b/bad$i.mid; done
	works train --steps 2 -m more folk
	says "skipped 10, 1 of them duplicate"
	says "  7  byte 0: not a MIDI file (no MThd) (folk/b/bad1.mid, ...)"
	[ "$(wc -l <models/more.skipped.txt)" -eq 10 ]
	rm folk/b/bad?.mid folk/b/copy.mid folk/b/cut.mid folk/b/empty.mid folk/b/text.mid
	works train --steps 2 -m more folk
	says_not "skipped"
	[ ! -e models/more.skipped.txt ]
	# a list that is not ours stays
	echo mine >models/more.skipped.txt
	fails_with 1 "models/more.skipped.txt: is there already" train --steps 2 -m more folk
	[ "$(cat models/more.skipped.txt)" = mine ]
}

@test "train and valid folders are the split where they are" {
	needs_csvmidi
	mkdir -p set/train set/valid
	for i in 1 2 3 4; do write_tune set/train/$i.mid $i; done
	for i in 5 6; do write_tune set/valid/$i.mid $i; done
	works train --steps 2 set
	says "to learn from: 4 pieces, 128 notes; held out: 2 pieces, 64 notes"
	says "split by train, valid and test folders"
}

@test "nothing to learn from: a reason, exit 1, no model" {
	mkdir none
	fails_with 1 "none" train none
	echo text >none/a.mid
	fails_with 1 "a.mid" train none
	[ ! -e models/none.safetensors ]
	fails_with 1 "no-such-folder" train no-such-folder
}

@test "the same command trains its model anew; another one needs -f" {
	train --steps 5 "$BACH"
	works train --steps 5 "$BACH"
	works train --steps 5 --threads 1 --sample-every 1000 "$BACH"
	cp models/bach.safetensors before
	for other in "--steps 6" "--steps 5 --seed 2" "--steps 5 --set train.clip=2"; do
		# shellcheck disable=SC2086
		fails_with 1 "trained by another command: musegen train" train $other "$BACH"
		[ -z "$output" ]
	done
	fails_with 1 "trained by another command" train --steps 5 -m bach "$BACH/two-part"
	cmp models/bach.safetensors before
	works train --steps 6 -f "$BACH"
	differ models/bach.safetensors before
}

@test "a file that is no model, and a CSV that is not ours, need -f" {
	echo "my thesis" >models/bach.safetensors
	fails_with 1 "models/bach.safetensors: is there already, and is no model" train --steps 2 "$BACH"
	[ "$(cat models/bach.safetensors)" = "my thesis" ]
	rm models/bach.safetensors
	echo "year,income" >models/bach.csv
	fails_with 1 "models/bach.csv: is there already, and musegen did not write it" train --steps 2 "$BACH"
	[ "$(cat models/bach.csv)" = "year,income" ]
	[ ! -e models/bach.safetensors ]
	works train --steps 2 -f "$BACH"
}

@test "where the model cannot be written is said before the work" {
	echo "a file" >file
	fails_with 1 "file" train --steps 100000 -m file/model "$BACH"
	[ -z "$output" ]
	mkdir folder.safetensors
	fails_with 1 "folder" train --steps 100000 -m ./folder "$BACH"
	[ -z "$output" ]
	[ "$(id -u)" -ne 0 ] || return 0
	chmod 500 models
	fails_with 1 "models/bach.safetensors: cannot write" train --steps 100000 "$BACH"
	chmod 700 models
}

@test "--sample-every writes what it sounds like, the same seed each time" {
	works train --steps 120 --sample-every 2 "$BACH"
	[ "$(ls samples/bach/epoch-????.mid | wc -l)" -ge 2 ]
	for file in samples/bach/epoch-*.mid; do
		[[ $(info_line "$file" "text") == "musegen "*"; model bach; seed 1; command: musegen train "* ]]
	done
	first=$(ls samples/bach/*.mid | head -n 1)
	echo "not music" >"$first"
	run --separate-stderr train --steps 120 --sample-every 2 "$BACH"
	[ "$status" -eq 0 ]
	[[ $stderr == "musegen: warning: no sample of epoch "*"did not write it"* ]]
	[ "$(cat "$first")" = "not music" ]
}

# wait_for TEXT FILE: at most 20 seconds.
# A small folder that stays as it is, while corpus/bach may grow.
lay_bach() {
	BACH=$HOUSE/bach
	mkdir -p "$BACH"/{chorales,keyboard,two-part}
	cp "$ROOT"/corpus/bach/chorales/bwv-{227-1,244-44,244-54,245-3}-*.mid "$BACH/chorales"
	cp "$ROOT"/corpus/bach/keyboard/bwv-846-*.mid "$BACH/keyboard"
	cp "$ROOT"/corpus/bach/two-part/{anh-114,anh-116,anh-126,bwv-772,bwv-775,bwv-779,bwv-784}-*.mid "$BACH/two-part"
}

wait_for() {
	for _ in $(seq 200); do
		grep -q "$1" "$2" 2>/dev/null && return 0
		sleep 0.1
	done
	echo "no \"$1\" in:"
	cat "$2"
	return 1
}

@test "Ctrl-C keeps the best weights so far" {
	for signal in INT TERM; do
		"$MUSEGEN" train --config "$TINY" --minutes 10 -m "by-$signal" "$BACH" >log 2>&1 3>&- &
		pid=$!
		wait_for "^epoch" log
		kill -$signal $pid
		wait $pid
		grep -q "^interrupted; best at step [1-9]" log
		grep -q "^try: musegen export -m by-$signal" log
		works musegen info "by-$signal"
		works musegen export -m "by-$signal" --seed 1 --bars 2 -o a.mid
		[[ $(head -n 1 models/by-$signal.csv) == epoch,* ]]
	done
}

@test "Ctrl-C before the first evaluation leaves a model too" {
	"$MUSEGEN" train --config "$TINY" --set train.steps=1000000 -m early "$BACH" >log 2>&1 3>&- &
	pid=$!
	wait_for "^split" log
	kill -INT $pid
	wait $pid
	grep -q "^interrupted" log
	works musegen info early
}

@test "kill -9 leaves the old model, and no half of a new one" {
	train --steps 5 "$BACH"
	cp models/bach.safetensors before
	"$MUSEGEN" train --config "$TINY" --minutes 10 -f -m bach "$BACH" >log 2>&1 3>&- &
	pid=$!
	wait_for "^epoch" log
	kill -9 $pid
	wait $pid || true
	cmp models/bach.safetensors before
	works musegen export --seed 1 --bars 1 -o a.mid
}

@test "few pieces begin with the shipped base, as the settings are built in" {
	[ -f "$ROOT/models/base.safetensors" ] || skip "there is no base model"
	works musegen train --steps 1 --set train.choose=0 -m x "$ROOT/corpus/folk/hymns"
	says "beginning with the weights of $ROOT/models/base.safetensors"
	works musegen train --scratch --steps 1 --set train.choose=0 -f -m x "$ROOT/corpus/folk/hymns"
	says_not "beginning with the weights"
}

@test "a reader that leaves does not cost the model" {
	run --separate-stderr bash -o pipefail -c '"$MUSEGEN" train --config "$1" --steps 600 "$2" | head -n 1' - "$TINY" "$BACH"
	[ "$status" -eq 1 ]
	[[ $stderr == "musegen: cannot write to standard output: "* ]]
	works musegen info bach
}

@test "a kernel slower than the processor's is warned of" {
	grep -qw avx2 /proc/cpuinfo || skip "no processor with AVX2"
	run --separate-stderr env OPENBLAS_CORETYPE=Prescott "$MUSEGEN" train --config "$TINY" --steps 2 "$BACH"
	[ "$status" -eq 0 ]
	[[ $stderr == "musegen: warning: OPENBLAS_CORETYPE=Prescott "* ]]
}

@test "the licence of the settings is kept in the model" {
	works train --steps 2 --set "models.licence=public domain" "$BACH"
	[ "$(info_line bach licence)" = "public domain" ]
}

@test "--stages: parts of the time said, each stage's figures, in the model's card; the same bytes again and after a kill" {
	fast=(--config "$TINY" --steps 30 --scratch --set judge.hidden=8 --set judge.dense=8 --set judge.samples=4
		--set judge.sample_bars=8 --set knobs.pieces=2 --set gan.batch=4 --set gan.window=8 --set gan.held_out=16)
	stages=likelihood,latent,critic,knobs,discriminator,adversarial
	works musegen train "${fast[@]}" --stages $stages -j1 -m one "$ROOT/corpus/bach"
	says "stages: likelihood 57 %, latent 19 %, critic 5 %, knobs 5 %, discriminator 5 %, adversarial 10 % of the time"
	for stage in latent critic knobs discriminator adversarial; do
		says "$stage: "
	done
	works musegen train "${fast[@]}" --stages $stages -j2 -m two "$ROOT/corpus/bach"
	cmp models/one.safetensors models/two.safetensors
	# broken off in a later stage: the checkpoint is there still, and the stages come anew
	"$MUSEGEN" train "${fast[@]}" --stages $stages --set train.checkpoint=0 -m three "$ROOT/corpus/bach" >log 2>&1 &
	while kill -0 $! && ! grep -qs '^discriminator step' log; do sleep 0.02; done
	kill -9 $!
	wait || true
	[ -e models/three.checkpoint ]
	works musegen train --resume -m three
	for model in one three; do
		musegen export -m $model --seed 4 --bars 4 -o $model.mid
	done
	[ "$(info_line models/one.safetensors figures)" = "$(info_line models/three.safetensors figures)" ]
	fails_with 2 "\"latents\" is no stage" musegen train --stages latents -m one "$ROOT/corpus/bach"
	fails_with 1 "without likelihood" musegen train --set train.stages=latent -m four "$ROOT/corpus/bach"
	fails_with 1 'networks of the kind "events"' musegen train --preset seed --stages likelihood,latent -m four "$ROOT/corpus/folk"
}
