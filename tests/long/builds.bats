#!/usr/bin/env bats
# A sanitizer build is the same program: its trainings and its music have the
# bytes of the plain build's, with the threads of both. `make check-long` has
# built them all before it comes here.

load ../cli/helper

setup() {
	enter_house
	mkdir models
	PLAIN=$ROOT/build/musegen
	# GLib hands blocks from thread to thread by locks that the thread sanitizer does not see into
	export G_SLICE=always-malloc
}

# both SANITIZERS: what sanitizers look for is not to change what is worked out.
both() {
	local sanitized=$ROOT/build/$1/musegen

	[ -x "$sanitized" ] || skip "build/$1/musegen is not built (make check-long does)"
	for threads in 1 2; do
		for build in "$PLAIN" "$sanitized"; do
			# dropout, carried states, a memory shorter than a chunk, the optimiser, an evaluation
			"$build" train --config "$TINY" --set train.shards=4 --set train.dropout=0.2 \
				--set generator.window=20 --set generator.layers=2 --steps 25 --threads $threads -f -m model \
				"$ROOT/corpus/bach/two-part" "$ROOT/corpus/bach/chorales" >said
			grep -q 'all steps done' said
			"$build" export -m model -n 3 --seed 5 --bars 12 --key "G minor" -f -o theme.mid >said
			folder=$([ "$build" = "$PLAIN" ] && echo plain || echo sanitized)
			rm -rf "$folder"
			mkdir "$folder"
			mv models/model.safetensors theme-?.mid "$folder"
		done
		diff -r plain sanitized
		[ "$(ls plain | wc -l)" -eq 4 ]
	done
	# the shipped model, whose products are large
	for seed in 1 2; do
		"$PLAIN" export -m "$ROOT/models/chorales.safetensors" --seed $seed --bars 6 -f -o a.mid >said
		mv a.mid plain.mid
		"$sanitized" export -m "$ROOT/models/chorales.safetensors" --seed $seed --bars 6 -f -o a.mid >said
		cmp plain.mid a.mid
	done
}

@test "address and undefined sanitizers: the bytes of the plain build" {
	both address-undefined
}

@test "thread sanitizer: the bytes of the plain build" {
	both thread
}
