#!/usr/bin/env bats
# Model files that are cut, oversized, newer, or made to do harm: a reason and
# exit 1, never a crash, a hang or a lost file. And text in files that would
# command the terminal.

load helper

setup() {
	enter_house
	install_tiny
}

# refused: both commands that read a model say no, with one message, by themselves.
refused() {
	fails_with 1 "$2" timeout 20 "$MUSEGEN" info "$1"
	fails_with 1 "$2" timeout 20 "$MUSEGEN" export -m "$1" -o out.mid
	[ ! -e out.mid ]
}

@test "no model at all: empty, text, a MIDI file" {
	: >empty.safetensors
	refused ./empty.safetensors "empty.safetensors: "
	echo "this is not a model" >text.safetensors
	refused ./text.safetensors "text.safetensors: "
	cp "$ROOT"/corpus/bach/two-part/bwv-772-invention-1.mid midi.safetensors
	refused ./midi.safetensors "midi.safetensors: "
	mkdir folder.safetensors
	refused ./folder.safetensors "folder"
}

@test "cut anywhere" {
	size=$(stat -c %s models/tiny.safetensors)
	for at in 1 7 8 9 100 1000 5000 $((size / 2)) $((size - 1)); do
		head -c "$at" models/tiny.safetensors >cut.safetensors
		refused ./cut.safetensors "cut.safetensors: "
	done
	{ cat models/tiny.safetensors; echo more; } >long.safetensors
	refused ./long.safetensors "long.safetensors: "
}

@test "larger than any model" {
	cp models/tiny.safetensors big.safetensors
	truncate -s 2G big.safetensors || skip "no sparse files here"
	refused ./big.safetensors "larger than"
}

@test "a header that claims more than there is" {
	printf '\377\377\377\377\377\377\377\377{}' >claim.safetensors
	refused ./claim.safetensors "claim.safetensors: "
	printf '\000\000\000\001\000\000\000\000{"a":1}' >claim.safetensors
	refused ./claim.safetensors "claim.safetensors: "
	json='{"w":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}'
	{ printf "\\$(printf %o ${#json})\\0\\0\\0\\0\\0\\0\\0%s" "$json"; } >claim.safetensors
	refused ./claim.safetensors "claim.safetensors: "
}

# replace FROM TO: a copy of the model with one string exchanged for another of the same length.
replace() {
	[ ${#1} -eq ${#2} ]
	LC_ALL=C sed "0,/$1/s//$2/" models/tiny.safetensors >changed.safetensors
	differ models/tiny.safetensors changed.safetensors
}

@test "a format newer than this program" {
	replace '\\"format\\":1' '\\"format\\":9'
	refused ./changed.safetensors "changed.safetensors: "
	[[ $stderr == *newer* || $stderr == *format* ]]
}

@test "settings in the header that are not what the tensors are" {
	for change in '\\"trunk\\":16/\\"trunk\\":32' '\\"grid\\":24/\\"grid\\":-4' '\\"layers\\":1/\\"layers\\":9' \
		'\\"heads\\":2/\\"heads\\":5' '\\"vocabulary\\"/\\"vocabulery\\"'; do
		replace "${change%%/*}" "${change#*/}"
		refused ./changed.safetensors "changed.safetensors: "
	done
}

@test "bytes changed one by one: taken or refused, never a crash" {
	local byte size at
	size=$(stat -c %s models/tiny.safetensors)
	for at in $(seq 0 211 8000) $((size - 3)); do
		for byte in '\000' '\377' '"'; do
			cp models/tiny.safetensors flip.safetensors
			printf "$byte" | dd of=flip.safetensors bs=1 seek="$at" conv=notrunc status=none
			run timeout 20 "$MUSEGEN" export -m ./flip.safetensors --seed 1 --bars 1 -f -o out.mid
			[ "$status" -le 1 ] || { echo "byte $at $byte: exit $status: $output"; return 1; }
		done
	done
}

@test "text in files cannot command the terminal" {
	command -v csvmidi >/dev/null || skip "csvmidi is not installed"
	{
		echo '0, 0, Header, 1, 2, 480'
		echo '1, 0, Start_track'
		printf '1, 0, Text_t, "\033]0;owned\007 musegen"\n'
		printf '1, 0, Title_t, "\033[31mred"\n'
		echo '1, 480, End_track'
		echo '2, 0, Start_track'
		printf '2, 0, Title_t, "\033[2Jcleared"\n'
		echo '2, 0, Note_on_c, 0, 60, 90'
		echo '2, 480, Note_off_c, 0, 60, 0'
		echo '2, 480, End_track'
		echo '0, 0, End_of_file'
	} | csvmidi >escape.mid
	grep -q $'\033' escape.mid
	works musegen info escape.mid
	[[ $output != *$'\033'* && $output != *$'\007'* ]]
	says "red"
	mkdir $'fol\033[31mder'
	cp escape.mid $'fol\033[31mder/'
	cp "$ROOT"/corpus/bach/two-part/*.mid $'fol\033[31mder/'
	run musegen train --config "$TINY" --steps 2 -m styled .
	[ "$status" -eq 0 ]
	[[ $output != *$'\033'* ]]
	run musegen info styled
	[[ $output != *$'\033'* ]]
}
