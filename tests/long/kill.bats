#!/usr/bin/env bats
# kill -9 loses nothing: trainings killed at random moments, a hundred times in
# all, and gone on with each time, end in the bytes of the unbroken run.
# MUSEGEN_SEED repeats the moments as far as clocks can; MUSEGEN_KILLS is how many.

load ../cli/helper

setup() {
	enter_house
	mkdir models
	KILLS=${MUSEGEN_KILLS:-100}
	SEED=${MUSEGEN_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
	RANDOM=$SEED
	echo "MUSEGEN_SEED=$SEED"
}

begin() {
	exec "$MUSEGEN" train --config "$TINY" --set train.steps=3000 --set train.checkpoint=0.2 -m killed \
		"$ROOT/corpus/bach/chorales" "$ROOT/corpus/bach/two-part"
}

# Begin, or go on where there is something to go on from. In place of the shell, so that the kill hits musegen.
go() {
	if [ -f models/killed.checkpoint ]; then
		exec "$MUSEGEN" train --resume -m killed
	else
		begin
	fi
}

@test "trainings killed at random moments end in the bytes of the unbroken one" {
	began=$EPOCHREALTIME
	(begin) >log
	ended=$EPOCHREALTIME
	mv models/killed.safetensors whole.safetensors
	cut -d, -f1,2,5- models/killed.csv >whole.csv
	rm models/killed.csv
	# kills fall anywhere in the first third of what is left, so that a training sees several
	span=$(((${ended/./} - ${began/./}) / 3))
	kills=0 runs=0
	while [ $kills -lt "$KILLS" ]; do
		go >log 2>&1 3>&- &
		pid=$!
		moment=$(((RANDOM * 32768 + RANDOM) % span))
		sleep "$(printf '%d.%06d' $((moment / 1000000)) $((moment % 1000000)))"
		kill -9 $pid 2>/dev/null || true
		status=0
		wait $pid || status=$?
		if [ $status -eq 137 ]; then
			kills=$((kills + 1))
			continue
		fi
		[ $status -eq 0 ] || { cat log; false; }
		runs=$((runs + 1))
		cmp models/killed.safetensors whole.safetensors
		cut -d, -f1,2,5- models/killed.csv | cmp - whole.csv
		[ ! -e models/killed.checkpoint ]
		rm models/killed.safetensors models/killed.csv
	done
	echo "$kills kills in $runs trainings"
	[ $runs -ge 3 ]
	# nor do the killed leave anything behind
	(go) >log
	cmp models/killed.safetensors whole.safetensors
	[ "$(ls -A models | sort | tr '\n' ' ')" = "killed.csv killed.safetensors last " ]
}
