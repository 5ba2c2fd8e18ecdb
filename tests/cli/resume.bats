#!/usr/bin/env bats
# Trainings that are broken off and gone on with, through the program: the
# bytes of the unbroken run, what refuses to go on and why, who is in the way.

load helper

# The same words everywhere, since the model says which command trained it: settings, corpus and
# model are of the present folder. The unbroken run is made once.
setup_file() {
	enter_house
	lay_out
	"$MUSEGEN" train "${WORDS[@]}" -m whole --sample-every 20 tunes >log 2>&1 || { cat log; false; }
	export WHOLE=$PWD
}

setup() {
	enter_house
	lay_out
}

teardown() {
	if [ -n "${MOUNTED:-}" ]; then umount "$MOUNTED"; fi
	if [ -n "${OPEN:-}" ]; then rm -rf "$OPEN"; fi
}

lay_out() {
	WORDS=(--config tiny.ini --set train.steps=500)
	{ cat "$TINY"; echo 'patience = 0'; } >tiny.ini
	mkdir models tunes
	cp "$ROOT"/corpus/bach/two-part/anh-11[456]-*.mid tunes
}

begin() {
	"$MUSEGEN" train "${WORDS[@]}" "$@"
}

# break_off SIGNAL WORDS...: to `musegen train WORDS`, once its checkpoint is there; what it says is in log.
break_off() {
	local signal=$1 status=0 before pid

	shift
	before=$(ls -i models/x.checkpoint 2>/dev/null || true)
	"$MUSEGEN" train "$@" >log 2>&1 3>&- &
	pid=$!
	wait_for_checkpoint "$before"
	kill "-$signal" $pid
	wait $pid 2>/dev/null || status=$?
	[ "$signal" != KILL ] || [ $status -eq 137 ] || { echo "it had ended: $status"; cat log; return 1; }
	[ -f models/x.checkpoint ] || { echo "no checkpoint"; cat log; return 1; }
}

# wait_for_checkpoint [BEFORE]: one that is not the one of before. A training that goes on writes its first at once.
wait_for_checkpoint() {
	for _ in $(seq 2000); do
		if [ -f models/x.checkpoint ] && [ "$(ls -i models/x.checkpoint)" != "${1:-}" ]; then return 0; fi
		sleep 0.01
	done
	cat log
	return 1
}

# What a killed process leaves, which the next one takes away.
clear_up() {
	rm -f models/x.checkpoint.lock models/.musegen-*.tmp
}

# The model and the CSV of the run that was never broken off; nothing else is left.
is_whole() {
	cmp models/x.safetensors "$WHOLE/models/whole.safetensors"
	cmp <(cut -d, -f1,2,5- models/x.csv) <(cut -d, -f1,2,5- "$WHOLE/models/whole.csv")
	[ "$(ls -A models | sort | tr '\n' ' ')" = "last x.csv x.safetensors " ] || { ls -A models; return 1; }
}

# unchanged COMMAND...: and not a byte in models is another afterwards.
unchanged() {
	local before

	before=$(ls -lA --time-style=full-iso models; cat models/* models/.[!.]* 2>/dev/null | cksum)
	"$@"
	[ "$before" = "$(ls -lA --time-style=full-iso models; cat models/* models/.[!.]* 2>/dev/null | cksum)" ]
}

@test "Ctrl-C says how to go on, and that ends in the bytes of the unbroken run" {
	break_off INT "${WORDS[@]}" -m x tunes
	grep -q '^interrupted; best at step ' log
	next=$(sed -n 's/^to go on: //p' log)
	[ "$next" = "musegen train --resume -m x" ]
	# the weights so far are a model meanwhile
	works musegen info x
	works musegen export -m x --seed 1 --bars 1 -o a.mid
	# and again, by another signal
	# shellcheck disable=SC2086
	break_off TERM ${next#musegen train } -j 1
	grep -q '^going on after step [0-9]* of 500$' log
	# shellcheck disable=SC2086
	works $next
	says "all steps done"
	says_not "to go on"
	is_whole
}

@test "kill -9, and on from another folder" {
	break_off KILL "${WORDS[@]}" -m x tunes
	mkdir ../else
	cd ../else
	works musegen train --resume -m ../work/models/x
	says "try: musegen export -m ../work/models/x -o theme.mid"
	cd ../work
	# noted as trained from there
	rm -f models/last ../work/models/last
	touch models/last
	is_whole
}

@test "a training that is not finished is not begun anew without -f" {
	break_off KILL "${WORDS[@]}" -m x tunes
	clear_up
	unchanged fails_with 1 "models/x.checkpoint: a training that is not finished (0 steps of 500): \`musegen train --resume -m x\` goes on with it, -f begins anew" begin -m x tunes
	unchanged fails_with 1 "musegen train --resume -m x" begin --seed 2 -m x tunes/anh-114*
	# as it was typed
	mkdir sub
	cp models/x.checkpoint "sub/of mine.checkpoint"
	fails_with 1 "\`musegen train --resume -m 'sub/of mine'\`" begin -m "sub/of mine" tunes
	works begin -f -m x tunes
	is_whole
}

@test "options that do not go with --resume" {
	for words in "--steps 5" "--minutes 1" "--epochs 2" "--seed 1" "-f" "--set train.clip=2" "--config tiny.ini" \
		"--preset small" "--base x" "--scratch"; do
		# shellcheck disable=SC2086
		fails_with 2 "--resume goes on as it was begun" musegen train --resume -m x $words
	done
	fails_with 2 "which one?" musegen train --resume
	[ -z "$(ls -A models)" ]
}

@test "nothing to go on with, or nothing that can be" {
	unchanged fails_with 1 "models/x.checkpoint: there is no training to go on with" musegen train --resume -m x
	fails_with 1 "models/tunes.checkpoint: there is no training" musegen train --resume tunes
	break_off KILL "${WORDS[@]}" -m x tunes
	clear_up
	cp models/x.checkpoint good
	head -c 100000 good >models/x.checkpoint
	unchanged fails_with 1 "models/x.checkpoint: " musegen train --resume -m x
	: >models/x.checkpoint
	unchanged fails_with 1 "models/x.checkpoint: " musegen train --resume -m x
	cp "$WHOLE/models/whole.safetensors" models/x.checkpoint
	unchanged fails_with 1 "models/x.checkpoint: not a checkpoint" musegen train --resume -m x
	sed 's/\(\\"version\\":\\"\)[0-9.]\{5\}\\",\\"blas/\10.0.9\\",\\"blas/' good >models/x.checkpoint
	differ good models/x.checkpoint
	unchanged fails_with 1 "models/x.checkpoint: written by musegen 0.0.9, this is " musegen train --resume -m x
	[ -z "$output" ]
	sed 's/\(\\"format\\":\)1\(,\\"version\\":\\"[0-9.]*\\",\\"blas\)/\12\2/' good >models/x.checkpoint
	differ good models/x.checkpoint
	unchanged fails_with 1 "models/x.checkpoint: a checkpoint of format 2" musegen train --resume -m x
	mv good models/x.checkpoint
	works musegen train --resume -m x
	is_whole
}

@test "a corpus that is not what it was is refused until it is put back" {
	break_off INT "${WORDS[@]}" -m x tunes
	refused() {
		unchanged fails_with 1 "models/x.checkpoint: the corpus is not what it was ($1)" musegen train --resume -m x
	}
	cp "$ROOT"/corpus/bach/two-part/anh-126-*.mid tunes
	refused "3 pieces then, 4 now"
	rm tunes/anh-126-*
	mv tunes/anh-114-* .
	refused "3 pieces then, 2 now"
	cp anh-114-* tunes
	cp "$ROOT"/corpus/bach/two-part/anh-126-*.mid tunes/anh-115-minuet-g-minor.mid
	refused "3 pieces then, 3 now"
	cp "$ROOT"/corpus/bach/two-part/anh-115-*.mid tunes
	mv tunes songs
	unchanged fails_with 1 "tunes: No such file" musegen train --resume -m x
	# under another name it is another style
	unchanged fails_with 1 "the corpus is not what it was" musegen train --resume -m x songs
	# elsewhere under its own it is the same
	mkdir there
	mv songs there/tunes
	works musegen train --resume -m x there/tunes
	is_whole
}

@test "one training of a name at a time; of two names in a folder two" {
	begin -m x tunes >log 2>&1 3>&- &
	first=$!
	wait_for_checkpoint
	for words in "" "-f" "--seed 2"; do
		# shellcheck disable=SC2086
		fails_with 1 "models/x.safetensors: another musegen is training it now" begin $words -m x tunes
	done
	fails_with 1 "models/x.safetensors: another musegen is training it now" musegen train --resume -m x
	fails_with 1 "another musegen is training it now" musegen train --resume -m ./models/x
	works begin -m y tunes
	wait $first
	cmp models/y.safetensors "$WHOLE/models/whole.safetensors"
	rm models/y.*
	is_whole
}

@test "what killed trainings leave behind stands in nobody's way" {
	: >models/x.checkpoint.lock
	: >models/.musegen-0123456789abcdef.tmp
	echo mine >models/.musegen-mine.tmp
	# killed before there is anything to go on with
	"$MUSEGEN" train "${WORDS[@]}" -m x tunes >log 2>&1 3>&- &
	sleep 0.01
	kill -9 $!
	wait $! || true
	rm -f models/x.checkpoint
	fails_with 1 "there is no training to go on with" musegen train --resume -m x
	works begin -m x tunes
	[ "$(cat models/.musegen-mine.tmp)" = mine ]
	rm models/.musegen-mine.tmp
	is_whole
}

@test "samples over a resume are those of the unbroken run" {
	break_off INT "${WORDS[@]}" -m x --sample-every 20 tunes
	break_off INT --resume -m x --sample-every 20
	works musegen train --resume -m x --sample-every 20
	is_whole
	for sample in samples/x/*; do
		# the model's name is in the text
		cmp <(midicsv "$sample" | grep -v Text_t) <(midicsv "$WHOLE/samples/whole/${sample##*/}" | grep -v Text_t)
	done
	[ "$(ls samples/x)" = "$(ls "$WHOLE/samples/whole")" ]
	[ "$(ls samples/x | wc -l)" -ge 3 ]
}

@test "what -f was given for stays replaced" {
	cp "$WHOLE/models/whole.safetensors" models/x.safetensors
	echo "year,income" >models/x.csv
	break_off KILL "${WORDS[@]}" --seed 2 -f -m x tunes
	works musegen train --resume -m x
	says "all steps done"
	differ models/x.safetensors "$WHOLE/models/whole.safetensors"
	# but not what came there meanwhile
	rm models/x.*
	break_off KILL "${WORDS[@]}" --seed 2 -m x tunes
	cp "$WHOLE/models/whole.safetensors" models/x.safetensors
	fails_with 1 "move it away to go on" musegen train --resume -m x
	cmp models/x.safetensors "$WHOLE/models/whole.safetensors"
	rm models/x.safetensors
	echo "year,income" >models/x.csv
	fails_with 1 "models/x.csv: is there already, and musegen did not write it (move it away to go on)" musegen train --resume -m x
}

@test "rows of another run are not kept" {
	cp "$WHOLE/models/whole.csv" models/x.csv
	break_off KILL "${WORDS[@]}" -m x tunes
	for _ in $(seq 100); do
		if [ "$(wc -l <models/x.csv)" -lt "$(wc -l <"$WHOLE/models/whole.csv")" ]; then break; fi
		sleep 0.01
	done
	works musegen train --resume -m x
	is_whole
}

@test "paths and settings of any bytes; no home" {
	folder=$'of  sp\xe9cial "taste" $1'
	mv tunes "$folder"
	licence=$'domaine public, \xe9tendu # 1'
	WORDS=(--config tiny.ini --set train.steps=500 --set "models.licence=$licence")
	works env -u HOME "$MUSEGEN" train "${WORDS[@]}" -m whole "$folder"
	(
		unset HOME
		break_off INT "${WORDS[@]}" -m x "$folder"
	)
	if grep warning log; then return 1; fi
	works env -u HOME "$MUSEGEN" train --resume -m x
	cmp models/x.safetensors models/whole.safetensors
}

@test "a full disk: the training goes on, and is finished when there is room" {
	[ "$(id -u)" -eq 0 ] || skip "only root can mount a small disk"
	mount -t tmpfs -o size=8m none models 2>/dev/null || skip "no tmpfs can be mounted"
	MOUNTED=$PWD/models
	begin -m x tunes >log 2>&1 3>&- &
	pid=$!
	wait_for_checkpoint
	cat /dev/zero >models/full 2>/dev/null || true
	status=0
	wait $pid || status=$?
	[ $status -eq 1 ] || { cat log; false; }
	[ "$(grep '^musegen: ' log | grep -v warning)" = "musegen: models/x.safetensors: cannot write: No space left on device" ]
	[ -f models/x.checkpoint ]
	run --separate-stderr musegen train --resume -m x
	[ "$status" -eq 1 ]
	[ "$(tail -n 1 <<<"$stderr")" = "musegen: models/x.safetensors: cannot write: No space left on device" ]
	[ -f models/x.checkpoint ]
	rm models/full
	works musegen train --resume -m x
	is_whole
	# room for a model but not for a checkpoint
	rm models/x.*
	room=$(($(stat -c %s "$WHOLE/models/whole.safetensors") + 100000))
	cat /dev/zero >models/full 2>/dev/null || true
	truncate -s "-$room" models/full
	run --separate-stderr begin -m x tunes
	[ "$status" -eq 0 ]
	[ "$stderr" = "musegen: warning: no checkpoint: models/x.checkpoint: cannot write: No space left on device" ]
	rm models/full
	is_whole
}

@test "a folder that may not be written to" {
	[ "$(id -u)" -eq 0 ] || skip "only root can be another user"
	OPEN=$(mktemp -d /tmp/musegen-test-XXXXXX)
	chmod 755 "$OPEN"
	cp "$MUSEGEN" "$OPEN/musegen"
	nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$OPEN/musegen" "$@"; }
	nobody --version >/dev/null 2>&1 || skip "no other user can run it"
	break_off KILL "${WORDS[@]}" -m x tunes
	clear_up
	cp -r models tunes tiny.ini "$OPEN"
	cd "$OPEN"
	unchanged fails_with 1 "models/x.safetensors: cannot write: Permission denied" nobody train --resume -m x
	unchanged fails_with 1 "models/y.safetensors: cannot write: Permission denied" nobody train "${WORDS[@]}" -m y tunes
	# a folder of theirs, a checkpoint that is not
	chown -R 65534 models
	chown root models/x.checkpoint
	unchanged fails_with 1 "models/x.checkpoint: cannot write: Permission denied" nobody train --resume -m x
}
