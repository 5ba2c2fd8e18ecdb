#!/usr/bin/env bats
# compare --two-sample: classifiers that tell made music from real music, and when their figure is shown.

load helper

setup() {
	enter_house
}

# drones N: as many files of ten bars, sixteenths on one pitch each, in the folder drone.
drones() {
	command -v csvmidi >/dev/null || skip "csvmidi is not installed"
	mkdir drone
	for i in $(seq "$1"); do
		awk -v pitch=$((48 + i)) 'BEGIN {
			print "0, 0, Header, 0, 1, 480\n1, 0, Start_track\n1, 0, Time_signature, 4, 2, 24, 8"
			for (n = 0; n < 160; n++) {
				print "1, " n * 120 ", Note_on_c, 0, " pitch ", 80"
				print "1, " n * 120 + 120 ", Note_off_c, 0, " pitch ", 0"
			}
			print "1, 19200, End_track\n0, 0, End_of_file"
		}' | csvmidi >"drone/$i.mid"
	done
}

# duets N: as many files of ten bars in the folder duets, a melody and the same a sixth lower: which chains, each for itself, cannot keep to.
duets() {
	mkdir duets
	for i in $(seq "$1"); do
		awk -v number="$i" '
			function next_number(n) { state = (state * 69069 + 1234567) % 2147483648; return int(state / 65536) % n }
			function pitch(degree) { return 60 + 12 * int(degree / 7) + substr("00020405070911", 2 * (degree % 7) + 1, 2) }
			BEGIN {
				print "0, 0, Header, 1, 3, 480\n1, 0, Start_track\n1, 0, Time_signature, 4, 2, 24, 8\n1, 19200, End_track"
				for (part = 0; part < 2; part++) {
					state = number * 7919 + 17
					degree = 7
					print part + 2 ", 0, Start_track"
					for (n = 0; n < 40; n++) {
						degree += next_number(5) - 2
						degree = n % 8 == 0 || degree < 5 || degree > 12 ? 7 : degree
						print part + 2 ", " n * 480 ", Note_on_c, " part ", " pitch(degree - 5 * part) ", 80"
						print part + 2 ", " n * 480 + 480 ", Note_off_c, " part ", " pitch(degree - 5 * part) ", 0"
					}
					print part + 2 ", 19200, End_track"
				}
				print "0, 0, End_of_file"
			}' | csvmidi >"duets/$i.mid"
	done
}

# value EXPRESSION: of the JSON of the last run.
value() {
	jq -r "$1" <<<"$output"
}

@test "two-sample: what is no music is told from music, and the controls say that this means something" {
	command -v jq >/dev/null || skip "jq is not installed"
	drones 24
	duets 40
	works musegen compare -j 2 --two-sample --classifier-steps 24 --split all --html page.html --json drone duets
	[ "$(value '.two_sample.holds')" = true ]
	[ "$(value '.two_sample.reason')" = null ]
	[ "$(value '.two_sample.made | .accuracy > 0.95 and .low <= .accuracy and .accuracy <= .high')" = true ]
	[ "$(value '.two_sample.markov.accuracy >= 0.8')" = true ]
	[ "$(value '.two_sample.real.accuracy <= 0.55')" = true ]
	[ "$(value '.two_sample.made | [.pieces, .windows] | @csv')" = 24,72 ]
	grep -q '<h2>Told from real music by a classifier trained for it</h2>' page.html
	if command -v xmllint >/dev/null; then xmllint --noout page.html; fi
	# -h documents every key
	keys=$(jq -r '.two_sample | [.. | objects | keys[]] | unique[]' <<<"$output")
	[ "$(wc -w <<<"$keys")" -ge 12 ]
	works musegen compare -h
	for key in $keys two_sample; do
		grep -qw -- "$key" <<<"$output" || { echo "$key"; return 1; }
	done
}

@test "two-sample: where a control is not kept to there is no figure, but the reason" {
	command -v jq >/dev/null || skip "jq is not installed"
	drones 8
	works musegen compare -j 1 --two-sample --classifier-steps 1 --split all drone "$ROOT/corpus/bach"
	[[ $output =~ $'\n'made\ +-$'\n' ]]
	says "not shown of what was made:"
	[[ $output =~ "chains are told from real music in "[0-9.]+" %" ]]
	if grep -nE '^.{79}' <<<"$output"; then return 1; fi
	one=$output
	works musegen compare -j 3 --two-sample --classifier-steps 1 --split all drone "$ROOT/corpus/bach"
	[ "$output" = "$one" ]
	works musegen compare --two-sample --classifier-steps 1 --split all --json drone "$ROOT/corpus/bach"
	[ "$(value '.two_sample | [.holds, .made.accuracy, .made.low, .made.high] | @csv')" = false,,, ]
	[[ $(value '.two_sample.reason') == *"told from real music in "* ]]
	# nobody asked
	works musegen compare --split all --json drone "$ROOT/corpus/bach"
	[ "$(value '.two_sample')" = null ]
}

@test "two-sample: of too few pieces it is not made, and that is said" {
	drones 7
	run --separate-stderr musegen compare --two-sample --split all drone "$ROOT/corpus/bach"
	[ "$status" -eq 0 ]
	[[ $stderr == *"compared without a two-sample test: 7 pieces of 8 bars or more were made, and 8 are the fewest"* ]]
	says_not "told from real music"
	fails_with 2 "classifier-steps" musegen compare --two-sample --classifier-steps 0 drone "$ROOT/corpus/bach"
}
