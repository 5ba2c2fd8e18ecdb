#!/usr/bin/env bats
# play --midi-learn: what is asked for, of which input, and which file it would be. The dialogue is tested in tests/unit.

load helper
load ../live/stub

setup() {
	enter_house
}

@test "play --midi-learn: names that are none, before any device is looked for" {
	run musegen play --midi-learn tempo,mutee -i nowhere
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ "$output" == *'"mutee" is nothing that a controller can do; did you mean "mute"?'* ]]
	run musegen play --midi-learn ''
	[ "$status" -eq 2 ]
}

@test "play --midi-learn: an input that is not there is one line, and nothing is written" {
	build_stub
	run stubbed play --midi-learn all -i "no such keyboard"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[ ! -e config.ini ]
}
