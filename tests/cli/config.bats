#!/usr/bin/env bats
# Settings: what is built in, where they are read, what is refused.

load helper

setup() {
	enter_house
}

# setting SECTION.KEY: as the last run printed it.
setting() {
	sed -n "/^\[${1%.*}\]\$/,/^\[.*\]\$/s/^${1#*.} = *//p" <<<"$output"
}

@test "config.ini says what is built in, every setting with a comment" {
	# all after the first paragraph, which is about the file itself
	sed '1,/^$/d' "$ROOT/config.ini" >said
	printf '[sampling]\ntop_k = 9\n' >config.ini
	musegen info --built-in >built-in
	diff said built-in || {
		echo "to write it anew: { sed '/^\$/q' config.ini; build/musegen info --built-in; } >new && mv new config.ini"
		return 1
	}
	for section in corpus generator train judge sampling play models; do
		[ "$(grep -cx "\[$section\]" built-in)" -eq 1 ]
	done
	awk '/^$/ || /^#/ || /^\[/ { before = $0; next } before !~ /^#/ { print "no comment: " $0; bad = 1 } { before = $0 } END { exit bad }' built-in
}

@test "the presets can be read, and set what they say" {
	for preset in "$ROOT"/models/presets/*.ini; do
		works musegen info --settings --config "$preset"
		while IFS= read -r line; do
			grep -qxF "$line" <<<"$output" || { echo "$preset: $line was not taken"; return 1; }
		done < <(grep '^[a-z_]* =' "$preset")
	done
	[ -f "$ROOT/models/presets/default.ini" ]
}

@test "what is printed can be read back" {
	printf '[train]\nsteps = 77\n[models]\nlicence = public domain, all of it\n' >one.ini
	works musegen info --settings --config one.ini
	[ "$(setting train.steps)" = 77 ]
	printf '%s\n' "$output" >two.ini
	works musegen info --settings --config two.ini
	[ "$output" = "$(cat two.ini)" ]
}

@test "an unknown key: file, line and the nearest name" {
	printf '[train]\nsteps = 5\nlerning_rate = 0.1\n' >wrong.ini
	fails_with 1 "wrong.ini:3: " musegen info --settings --config wrong.ini
	[[ $stderr == *learning_rate* ]]
	printf '[trian]\nsteps = 5\n' >wrong.ini
	fails_with 1 "wrong.ini:1" musegen info --settings --config wrong.ini
	[[ $stderr == *train* ]]
	fails_with 1 "heads" musegen info --settings --set generator.haeds=2
	fails_with 1 "section.key=value" musegen info --settings --set steps
}

@test "a bad value: file, line and what is taken" {
	printf '# a comment\n\n[sampling]\ntemperature = hot\n' >wrong.ini
	fails_with 1 'wrong.ini:4: sampling.temperature: "hot" is not a number from 0.01 to 10' \
		musegen info --settings --config wrong.ini
	printf '[train]\noptimiser = admaw\n' >wrong.ini
	fails_with 1 'did you mean "adamw"' musegen info --settings --config wrong.ini
	fails_with 1 '--set: ' musegen info --settings --set train.lanes=0
	fails_with 1 'cannot open' musegen info --settings --config not-there.ini
}

@test "the later file wins: the user's, ./config.ini, --config, --set, the option" {
	mkdir -p "$HOME/.config/musegen"
	printf '[sampling]\ntemperature = 1.1\ntop_k = 11\nbars = 11\ntop_p = 0.11\n' >"$HOME/.config/musegen/config.ini"
	works musegen info --settings
	[ "$(setting sampling.temperature)" = 1.1 ]
	printf '[sampling]\ntemperature = 1.2\ntop_k = 12\nbars = 12\n' >config.ini
	printf '[sampling]\ntemperature = 1.3\ntop_k = 13\n' >third.ini
	works musegen info --settings --config third.ini --set sampling.temperature=1.4
	[ "$(setting sampling.temperature)" = 1.4 ]
	[ "$(setting sampling.top_k)" = 13 ]
	[ "$(setting sampling.bars)" = 12 ]
	[ "$(setting sampling.top_p)" = 0.11 ]
	install_tiny
	musegen export -m tiny --seed 1 --bars 2 --temperature 1.5 -o a.mid
	[[ $(info_line a.mid "made by") == *"--temperature 1.5"*"--top-k 12"* ]]
}

@test "XDG_CONFIG_HOME is the user's folder where it is set" {
	mkdir -p xdg/musegen "$HOME/.config/musegen"
	printf '[sampling]\ntop_k = 21\n' >xdg/musegen/config.ini
	printf '[sampling]\ntop_k = 22\n' >"$HOME/.config/musegen/config.ini"
	XDG_CONFIG_HOME=$PWD/xdg works musegen info --settings
	[ "$(setting sampling.top_k)" = 21 ]
}

@test "a preset by name goes before --config; an unknown one names the nearest" {
	mkdir -p models/presets
	printf '[train]\nsteps = 3\nlanes = 2\nshards = 2\nchunk = 8\n' >models/presets/quick.ini
	works musegen train --preset quick --config "$TINY" --set train.steps=4 "$ROOT/corpus/bach"
	says "best at step 4 of 4"
	fails_with 1 'no preset "quikc"; did you mean "quick"?' musegen train --preset quikc "$ROOT/corpus/bach"
	# the shipped ones are found from here too
	fails_with 1 'default' musegen train --preset nowhere-near-it "$ROOT/corpus/bach"
}

@test "nothing of a wrong file is kept, and nothing is done" {
	printf '[train]\nsteps = oops\n' >config.ini
	fails_with 1 "config.ini:2" musegen train "$ROOT/corpus/bach"
	fails_with 1 "config.ini:2" musegen export -o a.mid
	[ ! -e a.mid ]
	[ ! -e "$HOME/.local" ]
}
