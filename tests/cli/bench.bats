#!/usr/bin/env bats
# Speed, measured: every figure is there, none is nonsense, and what is asked wrongly is said.

load helper

setup() {
	enter_house
	install_tiny
}

# The smallest network, so that nothing takes long; what it measures is the same.
quickly() {
	musegen bench -m tiny --seconds 0.05 --set train.lanes=4 --set train.chunk=16 --set generator.trunk=16 \
		--set generator.stream=16 --set generator.memory=16 --set generator.hidden=16 "$@"
}

keys="sgemm_gflops train_events_per_s train_gflops train_share_of_peak generate_events_per_s first_note_ms parse_files_per_s"

@test "bench: every figure with its quartiles, in order, and the BLAS core" {
	works quickly
	says "BLAS core"
	says "model models/tiny.safetensors"
	for key in $keys; do
		line=$(printf '%s\n' "$output" | grep "^$key ")
		[[ $line =~ ([0-9.]+)\ [a-zA-Z/]+(\ SGEMM)?\ +([0-9.]+)\ +([0-9.]+)\ +([0-9]+)$ ]]
		awk -v low="${BASH_REMATCH[3]}" -v median="${BASH_REMATCH[1]}" -v high="${BASH_REMATCH[4]}" -v n="${BASH_REMATCH[5]}" \
			'BEGIN { exit !(low <= median && median <= high && n >= 1) }' || { echo "$line"; return 1; }
	done
}

@test "bench --json: one object with every key, all plausible" {
	command -v jq >/dev/null || skip "jq is not installed"
	works quickly --json -j 2
	printf '%s\n' "$output" >bench.json
	for key in $keys; do
		jq -e ".$key > 0 and .quartiles.$key[0] > 0 and .quartiles.$key[0] <= .$key and .$key <= .quartiles.$key[1]" \
			bench.json >/dev/null || { echo "$key"; cat bench.json; return 1; }
	done
	# a machine that multiplies at all, and no network much faster than it does (others may disturb)
	jq -e '.sgemm_gflops > 0.5 and .sgemm_gflops < 1e6 and .train_share_of_peak < 2 and .train_gflops < 2 * .sgemm_gflops' bench.json
	jq -e '.first_note_ms < 10000 and .generate_events_per_s > 10 and .parse_files_per_s > 1' bench.json
	jq -e '.threads == 2 and .train_threads == 2 and .seconds == 0.05' bench.json
	jq -e '.blas_core | length > 0' bench.json
	jq -e '.model == "models/tiny.safetensors"' bench.json
}

@test "bench: more threads than shards are not all used in training" {
	command -v jq >/dev/null || skip "jq is not installed"
	works quickly --json -j 3 --set train.shards=2
	[ "$(printf '%s\n' "$output" | jq -c '[.threads, .train_threads]')" = "[3,2]" ]
}

@test "bench: GFLOP/s and events/s are of the same steps" {
	command -v jq >/dev/null || skip "jq is not installed"
	# operations an event: of a network so small between ten thousand and ten million
	works quickly --json
	printf '%s\n' "$output" | jq -e '.train_gflops * 1e9 / .train_events_per_s | . > 1e4 and . < 1e7'
}

@test "bench: config.ini does not change what is measured" {
	printf '[generator]\nlayers = 4\n[train]\nshards = 7\n' >config.ini
	works quickly
}

@test "bench: OPENBLAS_CORETYPE that names a lesser kernel is warned of" {
	grep -q avx2 /proc/cpuinfo || skip "this processor has nothing better"
	run --separate-stderr env OPENBLAS_CORETYPE=Nehalem "$MUSEGEN" bench --seconds 0.01 --set train.lanes=4 \
		--set train.chunk=16 --set generator.trunk=16
	[ "$status" -eq 0 ]
	[[ $stderr == *"OPENBLAS_CORETYPE=Nehalem"* ]]
}

@test "bench: what is wrong is said in a line" {
	fails_with 2 "not expected" musegen bench corpus
	fails_with 2 "--seconds" musegen bench --seconds 0
	fails_with 2 "-j" musegen bench -j 0
	fails_with 2 "--zebra" musegen bench --zebra
	fails_with 1 "no-such" musegen bench -m no-such
	fails_with 1 "--set" musegen bench --set generator.zebra=1
	fails_with 1 "lanes" musegen bench -m tiny --seconds 0.01 --set train.shards=3
	printf 'not a model' >models/bad.safetensors
	fails_with 1 "bad.safetensors" musegen bench --seconds 0.01 -m bad --set generator.trunk=16
}
