#!/usr/bin/env bats
# A model's own temperatures and top-p: chosen at the end of a training, shown,
# used, and chosen anew for a model that is there.

load helper

setup() {
	enter_house
	mkdir models
	lay_tunes
}

# Every third tune is held out.
lay_tunes() {
	local i=0 file

	mkdir -p tunes/train tunes/valid
	while read -r file; do
		i=$((i + 1))
		if [ $((i % 3)) = 0 ]; then cp "$file" tunes/valid; else cp "$file" tunes/train; fi
		[ $i -lt 78 ] || break
	done < <(find "$ROOT/corpus/folk" -name '*.mid' | LC_ALL=C sort)
	HELD=$(ls tunes/valid | wc -l)
	[ "$HELD" -ge 20 ]
}

train() {
	musegen train --config "$TINY" --scratch "$@"
}

ALL_AT_1="pitch temperature 1, top-p 1; duration temperature 1, top-p 1"

@test "a model of a few steps is too flat: it is drawn from more tamely than it learned" {
	works train --set train.choose="$HELD" -m x tunes
	chosen=$(sed -n 's/^drawn at: //p' <<<"$output")
	[[ $chosen =~ ^pitch\ temperature\ [0-9.]+,\ top-p\ [0-9.]+\;\ duration\ temperature\ [0-9.]+,\ top-p\ [0-9.]+$ ]]
	[ "$chosen" != "$ALL_AT_1" ]
	says "  by $HELD pieces at each of 9 settings, against $HELD held out"
	[ "$(info_line x sampling)" = "$chosen" ]

	# the same weights as without, and other music
	cp models/x.safetensors chosen
	musegen export -m x --seed 3 --plain -o tame.mid
	works train -m y tunes
	says_not "drawn at"
	[ "$(info_line y sampling)" = "$ALL_AT_1" ]
	cmp <(tail -c 10000 models/y.safetensors) <(tail -c 10000 chosen)
	cp models/y.safetensors models/x.safetensors
	musegen export -m x --seed 3 --plain -o wild.mid
	differ tame.mid wild.mid

	# anew: the same, with all that was tried; nothing else is changed
	rm models/x.safetensors
	cp chosen models/x.safetensors
	works musegen train --choose --set train.choose="$HELD" -m x tunes
	says "drawn at: $chosen"
	[ "$(grep -cE '^ +(1|0\.[89]) +(1|0\.9|0\.95) +(1|0\.[89]) +(1|0\.9|0\.95) +0\.[0-9]{4} [+-]0\.[0-9]{4}  0\.[0-9]{4}$' <<<"$output")" -eq 9 ]
	cmp models/x.safetensors chosen
	cp models/y.safetensors models/y.before
	works musegen train --choose --set train.choose="$HELD" -m y tunes
	[ "$(info_line y sampling)" = "$chosen" ]
	cmp <(tail -c 10000 models/y.safetensors) <(tail -c 10000 models/y.before)
}

@test "the same bytes with one thread and with two" {
	train --set train.choose=12 --threads 1 -m one tunes
	train --set train.choose=12 --threads 2 -m two tunes
	cmp models/one.safetensors models/two.safetensors
}

@test "broken off while choosing: all at 1, and --resume chooses" {
	train --set train.choose=$((15 * HELD)) -m unbroken tunes
	"$MUSEGEN" train --config "$TINY" --scratch --set train.choose=$((15 * HELD)) -m x tunes >log 2>&1 3>&- &
	pid=$!
	for _ in $(seq 200); do
		grep -q "^epoch    3" log && break
		sleep 0.1
	done
	sleep 0.2
	kill -INT $pid
	wait $pid
	grep -q "^choosing temperatures and top-p was interrupted: all are 1" log || skip "it was quicker than Ctrl-C"
	grep -q "^to go on: musegen train --resume -m x" log
	[ "$(info_line x sampling)" = "$ALL_AT_1" ]
	works musegen train --resume -m x
	says "drawn at: $(info_line unbroken sampling)"
	[ ! -e models/x.checkpoint ]
}

@test "too little held out, or another corpus: said" {
	mkdir spare
	mv $(ls tunes/valid/*.mid | tail -n +8) spare
	works train --set train.choose=12 -m x tunes
	says_not "drawn at"
	[ "$(info_line x sampling)" = "$ALL_AT_1" ]
	cp models/x.safetensors before
	fails_with 1 "train.choose is 0" musegen train --choose --set train.choose=0 -m x tunes
	fails_with 1 "7 held-out pieces" musegen train --choose -m x tunes
	mv "$(ls spare/*.mid | head -n 1)" tunes/valid
	run --separate-stderr musegen train --choose --set train.choose=8 -m x tunes
	[ "$status" -eq 0 ]
	[[ $stderr == "musegen: warning: models/x.safetensors was trained on other music"* ]]
	cp before models/x.safetensors
	cmp before models/x.safetensors
	fails_with 1 "models/nowhere.safetensors" musegen train --choose -m nowhere tunes
	[ ! -e models/nowhere.safetensors ]
	for words in "--steps 5" "--seed 2" "--resume" "-f" "--sample-every 2" "--scratch"; do
		# shellcheck disable=SC2086
		fails_with 2 "--choose trains nothing" musegen train --choose $words -m x tunes
	done
	fails_with 2 "which files or folders" musegen train --choose -m x
}
