#!/usr/bin/env bats
# The three commands the program exists for, in a row, as a user types them.

load helper

@test "train corpus/bach/, play --live, export -o theme.mid" {
	enter_house
	mkdir models
	cp -r "$ROOT/corpus" corpus
	# all that is not as a user has it: ten minutes become a second
	cp "$TINY" config.ini
	works musegen train corpus/bach/
	[ -f models/bach.safetensors ]
	says "try: musegen export -m bach -o theme.mid"

	# With a device it plays until it is stopped; without one it says which there are.
	run --separate-stderr timeout -s INT 3 "$MUSEGEN" play --live
	case $status in
	0 | 124) says "bach (most recently trained here" ;;
	1) [[ $stderr == "musegen: "*output* ]] ;;
	*) echo "exit $status: $output $stderr"; return 1 ;;
	esac

	works musegen export -o theme.mid
	[ "${lines[0]}" = "model bach (most recently trained here: models/bach.safetensors)" ]
	[ -f theme.mid ]
	works musegen info --roll theme.mid
	says "made by     musegen export -m bach --seed "
	if command -v midicsv >/dev/null; then midicsv theme.mid >/dev/null; fi
}

@test "the shipped model makes music from any folder" {
	enter_house
	[ -f "$ROOT/models/chorales.safetensors" ] || skip "there is no shipped model yet"
	works musegen export -o theme.mid
	[[ ${lines[0]} == "model chorales (the shipped default: "* ]]
	[[ $(info_line theme.mid parts) == "4, "* ]]
	for name in Soprano Alto Tenor Bass; do musegen info theme.mid | grep -q "$name\$"; done
}
