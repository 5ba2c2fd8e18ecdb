#!/usr/bin/env bats
# What is said to who asks, and to who mistypes.

load helper

setup() {
	enter_house
}

commands="train play export info stats eval compare devices"

@test "musegen alone, -h, --help and help say what there is" {
	works musegen
	for command in $commands; do says "  $command "; done
	plain=$output
	for word in -h --help help; do
		works musegen $word
		[ "$output" = "$plain" ]
	done
}

@test "--version names the version, the libraries and the BLAS core" {
	works musegen --version
	version=$(sed -n 's/^VERSION := //p' "$ROOT/Makefile")
	[ "${lines[0]}" = "musegen $version" ]
	for word in libsmf GLib cJSON PortMidi inih OpenBLAS "BLAS core"; do says "$word"; done
}

@test "help COMMAND, COMMAND -h and COMMAND --help are the same" {
	for command in $commands; do
		works musegen help "$command"
		help=$output
		says "usage: musegen $command"
		works musegen "$command" -h
		[ "$output" = "$help" ]
		works musegen "$command" --help
		[ "$output" = "$help" ]
	done
}

@test "-h names every option the command is to have" {
	works musegen train -h
	for o in --minutes --epochs --steps --seed --threads --model --sample-every --force --config --set --preset -m, -f,; do
		says "$o"
	done
	works musegen export -h
	for o in --output --count --bars --seconds --temperature --top-k --top-p --key --scale --range --tempo --parts \
		--style --seed --primer --pickup-bar --soundfont --model --force --config --set -o, -n, -m, -f,; do
		says "$o"
	done
	works musegen play -h
	for o in --device --synth --soundfont --live --bars --temperature --key --tempo --seed --primer --model -d, -m,; do
		says "$o"
	done
	works musegen info -h
	for o in --roll --settings --built-in --config --set; do says "$o"; done
	works musegen stats -h
	for o in --json --html --force --threads --config --set -f, -j,; do says "$o"; done
	works musegen eval -h
	for o in --json --per-note --frame --split --against --force --threads --config --set -f, -j,; do says "$o"; done
	works musegen compare -h
	for o in --json --html --blind --split --force --threads --config --set -f, -j,; do says "$o"; done
}

@test "every option that -h names is taken" {
	for command in $commands; do
		for o in $(musegen "$command" -h | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p'); do
			[ "$o" != --help ] || continue
			# the word after it sees to it that nothing is done
			run --separate-stderr musegen "$command" "$o=" --zebra
			[ "$status" -eq 2 ]
			case $stderr in
			*"unknown option $o"*) echo "$command $o: $stderr"; return 1 ;;
			esac
		done
	done
}

@test "an unknown command: the nearest name, exit 2, nothing on stdout" {
	fails_with 2 'did you mean "export"' musegen exprot
	[ -z "$output" ]
	fails_with 2 'unknown command "symphony"' musegen symphony
	fails_with 2 'did you mean "train"' musegen help trian
	fails_with 2 'unknown option --verbose' musegen --verbose train
}

@test "an unknown option: the nearest name, exit 2" {
	for pair in train:--minuts:--minutes export:--temprature:--temperature play:--live-:--live info:--rol:--roll; do
		IFS=: read -r command typed meant <<<"$pair"
		fails_with 2 "unknown option $typed; did you mean $meant?" musegen "$command" "$typed"
		[ -z "$output" ]
	done
	fails_with 2 "unknown option --zebra" musegen export --zebra
	fails_with 2 "unknown option -Z" musegen export -Z
}

@test "values that are none: exit 2, with the range" {
	fails_with 2 '--bars: "0" is not a whole number from 1 to' musegen export --bars 0
	fails_with 2 '-b: "x" is not a whole number' musegen export -b x
	fails_with 2 '--bars: "8.5" is not a whole number' musegen export --bars=8.5
	fails_with 2 '--bars: "99999999999999999999" is not' musegen export --bars 99999999999999999999
	fails_with 2 '--temperature: "nan" is not a number' musegen export --temperature nan
	fails_with 2 '--temperature: "0" is not a number from 0.01' musegen export --temperature 0
	fails_with 2 '--temperature: "1e999" is not a number' musegen export --temperature 1e999
	fails_with 2 '--top-p: "1.5" is not a number from 0 to 1' musegen export --top-p 1.5
	fails_with 2 '--seed: "-1" is not a whole number' musegen export --seed -1
	fails_with 2 '--seed wants a value' musegen export --seed
	fails_with 2 '--force takes no value' musegen export --force=yes
	fails_with 2 '--key: ' musegen export --key H
	fails_with 2 '--scale: ' musegen export --scale jolly
	fails_with 2 'not a range of pitches' musegen export --range C4
	fails_with 2 'the low end is above the high end' musegen export --range C5-C3
	fails_with 2 'give one of them' musegen export --bars 8 --seconds 8
	fails_with 2 'give one of them' musegen train --steps 5 --epochs 5 x
	fails_with 2 'which files or folders' musegen train
	fails_with 2 'named by -o' musegen export theme.mid
}

@test "what is not there: exit 1" {
	fails_with 1 'no model "nothing"' musegen export -m nothing
	install_tiny
	fails_with 1 '--primer: nothing.mid: ' musegen export --primer nothing.mid -m tiny
	fails_with 1 'no/such/folder' musegen train no/such/folder
	fails_with 1 'no model "no-such-file.mid"' musegen info no-such-file.mid
}

@test "results that cannot be written are an error" {
	[ -c /dev/full ] || skip "there is no /dev/full"
	run --separate-stderr bash -c '"$MUSEGEN" info --settings >/dev/full'
	[ "$status" -eq 1 ]
	[[ $stderr == "musegen: cannot write to standard output: No space left on device" ]]
	run --separate-stderr bash -c '"$MUSEGEN" info --settings >&-'
	[ "$status" -eq 1 ]
	[[ $stderr == "musegen: cannot write to standard output: "* ]]
	run --separate-stderr bash -c '"$MUSEGEN" export -h >/dev/full'
	[ "$status" -eq 1 ]
}

@test "what is typed cannot command the terminal" {
	escape=$'\033]0;owned\007'
	for words in "$escape" "export|--$escape" "export|--key|$escape" "export|-m|$escape" "info|$escape" "train|$escape" "info|--set|$escape"; do
		IFS='|' read -r -a argv <<<"$words"
		run "$MUSEGEN" "${argv[@]}"
		[ "$status" -ne 0 ]
		[[ $output != *$'\033'* && $output != *$'\007'* ]]
	done
}

@test "without a home folder" {
	mkdir models
	install_tiny
	run --separate-stderr env -u HOME "$MUSEGEN" export -m tiny --seed 1 --bars 2 -o a.mid
	[ "$status" -eq 0 ]
	[ -f a.mid ]
	run --separate-stderr env -u HOME "$MUSEGEN" info tiny
	[ "$status" -eq 0 ]
	rm -r models
	fails_with 1 "no home folder" env -u HOME "$MUSEGEN" train --config "$TINY" "$ROOT/corpus/bach"
	run --separate-stderr env -u HOME "$MUSEGEN" train --config "$TINY" --steps 2 -m ./here "$ROOT/corpus/bach"
	[ "$status" -eq 0 ]
	[ -f here.safetensors ]
}
