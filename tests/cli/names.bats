#!/usr/bin/env bats
# Which model is meant, and why: names, paths, the one last trained, the one
# that config.ini names, the shipped one.

load helper

setup() {
	enter_house
	install_tiny
	mv models store
}

# An installation: the program, its presets and a shipped model.
install_program() {
	mkdir -p "$HOUSE/installed/build" "$HOUSE/installed/models/presets"
	cp "$MUSEGEN" "$HOUSE/installed/build/musegen"
	MUSEGEN=$HOUSE/installed/build/musegen
	[ -z "$1" ] || cp store/tiny.safetensors "$HOUSE/installed/models/$1.safetensors"
}

first_line() {
	musegen export --seed 1 --bars 1 -o a.mid "$@" | head -n 1
}

@test "no model at all: what to do" {
	install_program ""
	fails_with 1 "no model yet: train one" musegen export -o a.mid
	fails_with 1 "no model yet" musegen info
}

@test "the shipped model, from any folder" {
	install_program chorales
	[ "$(first_line)" = "model chorales (the shipped default: $HOUSE/installed/models/chorales.safetensors)" ]
	cd /
	run --separate-stderr musegen info
	[ "$status" -eq 0 ]
	says "used        the shipped default"
}

@test "config.ini's model goes before the shipped one" {
	install_program chorales
	cp store/tiny.safetensors "$HOUSE/installed/models/other.safetensors"
	printf '[models]\nmodel = other\n' >config.ini
	[ "$(first_line)" = "model other (named by config.ini: $HOUSE/installed/models/other.safetensors)" ]
	printf '[models]\nmodel = gone\n' >config.ini
	fails_with 1 '[models] model: no model "gone"' musegen export -o b.mid
}

@test "the one trained here goes before all others; -m before that" {
	install_program chorales
	mkdir models
	musegen train --config "$TINY" --steps 2 "$ROOT/corpus/bach"
	[ "$(cat models/last)" = bach ]
	printf '[models]\nmodel = chorales\n' >config.ini
	[ "$(first_line)" = "model bach (most recently trained here: models/bach.safetensors)" ]
	[ "$(first_line -m chorales)" = "model chorales (asked for: $HOUSE/installed/models/chorales.safetensors)" ]
	musegen train --config "$TINY" --steps 2 -m second "$ROOT/corpus/bach"
	[[ $(first_line) == "model second (most recently trained here"* ]]
	# elsewhere it was not trained
	mkdir -p elsewhere/models
	cd elsewhere
	[[ $(first_line) == "model chorales (the shipped default"* ]]
}

@test "a model that was trained last and is gone is passed over" {
	install_program chorales
	mkdir models
	musegen train --config "$TINY" --steps 2 "$ROOT/corpus/bach"
	rm models/bach.safetensors
	[[ $(first_line) == "model chorales (the shipped default"* ]]
	printf '../../etc/passwd\n' >models/last
	[[ $(first_line) == "model chorales (the shipped default"* ]]
	head -c 100000 /dev/zero >models/last
	[[ $(first_line) == "model chorales (the shipped default"* ]]
}

@test "without ./models a model goes to the user's folder, and is found from there" {
	install_program chorales
	musegen train --config "$TINY" --steps 2 "$ROOT/corpus/bach"
	[ -f "$HOME/.local/share/musegen/models/bach.safetensors" ]
	[ -f "$HOME/.local/share/musegen/models/bach.csv" ]
	[ ! -e models ]
	mkdir other
	cd other
	[[ $(first_line) == "model bach (most recently trained here"* ]]
	export XDG_DATA_HOME=$HOUSE/data
	musegen train --config "$TINY" --steps 2 -m mine "$ROOT/corpus/bach"
	[ -f "$HOUSE/data/musegen/models/mine.safetensors" ]
}

@test "a name is looked up here, then at home, then in the installation" {
	install_program bach
	mkdir -p models "$HOME/.local/share/musegen/models"
	[[ $(first_line -m bach) == *"$HOUSE/installed/models/bach"* ]]
	cp store/tiny.safetensors "$HOME/.local/share/musegen/models/bach.safetensors"
	[[ $(first_line -m bach) == *"$HOME/.local/share/musegen/models/bach"* ]]
	cp store/tiny.safetensors models/bach.safetensors
	[[ $(first_line -m bach) == *"asked for: models/bach.safetensors)" ]]
	[[ $(first_line -m bach.safetensors) == *"asked for: models/bach.safetensors)" ]]
}

@test "a path, with its suffix or without" {
	[ "$(first_line -m store/tiny.safetensors)" = "model tiny (asked for: store/tiny.safetensors)" ]
	[ "$(first_line -m store/tiny)" = "model tiny (asked for: store/tiny.safetensors)" ]
	[ "$(first_line -m ./store/tiny)" = "model tiny (asked for: ./store/tiny.safetensors)" ]
	fails_with 1 "store/tinny: no such model file" musegen export -m store/tinny
}

@test "a model written elsewhere is remembered by its whole path" {
	install_program chorales
	mkdir models
	musegen train --config "$TINY" --steps 2 -m out/far.safetensors "$ROOT/corpus/bach"
	[ "$(cat models/last)" = "$PWD/out/far.safetensors" ]
	[ "$(first_line)" = "model far (most recently trained here: $PWD/out/far.safetensors)" ]
	# and the command in the file finds it
	musegen export --seed 3 --bars 2 -o a.mid
	cp a.mid b.mid
	eval "$(info_line a.mid "made by")"
	cmp a.mid b.mid
}

@test "a mistyped name: the nearest, or what there is" {
	install_program chorales
	mkdir models
	cp store/tiny.safetensors models/bach.safetensors
	fails_with 1 'no model "bahc"; did you mean "bach"?' musegen export -m bahc
	fails_with 1 'there is bach, chorales' musegen info zappa-and-friends
	fails_with 1 'empty name' musegen export -m ''
}

@test "info of a name, a path and nothing" {
	mkdir models
	cp store/tiny.safetensors models/bach.safetensors
	for name in bach models/bach.safetensors; do
		works musegen info $name
		says "model       bach"
		for line in corpus learned steps figures network grid symbols parts styles starts sampling "trained by"; do
			grep -q "^$line  *[^ ]" <<<"$output" || { echo "no $line: $output"; return 1; }
		done
		[[ $output != *nan* && $output != *inf* ]]
	done
	# a folder of that name is not the model's rival
	mkdir bach
	works musegen info bach
}
