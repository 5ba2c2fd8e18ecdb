#!/usr/bin/env bats
# Completion: the scripts are asked in the shells they are for. What they
# offer is compared with what -h, the folders and the settings have.

load helper

setup() {
	enter_house
	musegen completion bash >musegen.bash
	musegen completion zsh >_musegen
}

# What bash offers for the last of some words, sorted, a line each: offers musegen export --te
offers() {
	shift
	COMPLETED=$(bash --norc -c '
		source ./musegen.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_musegen "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"' bash "$MUSEGEN" "$@" 2>errors | sort)
	[ ! -s errors ] || { cat errors; return 1; }
}

# offered WORD...: these and nothing else.
offered() {
	local wanted=

	[ $# -eq 0 ] || wanted=$(printf '%s\n' "$@" | sort)
	[ "$COMPLETED" = "$wanted" ] || { printf 'offered:\n%s\nnot:\n%s\n' "$COMPLETED" "$wanted"; return 1; }
}

commands() {
	musegen help | sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p'
}

# Every name of an option that -h has.
options() {
	musegen "$1" -h | sed -n 's/^  \(-.\), \(--[a-z-]*\).*/\1\n\2/p; s/^      \(--[a-z-]*\).*/\1/p'
}

@test "completion: the scripts are scripts" {
	bash -n musegen.bash
	grep -q '^complete .*musegen$' musegen.bash
	[ "$(head -n 1 _musegen)" = "#compdef musegen" ]
	! command -v zsh >/dev/null || zsh -n _musegen
}

@test "completion: bash offers the commands" {
	offers musegen ""
	offered $(commands) help
	offers musegen ex
	offered export
	offers musegen help de
	offered devices
	offers musegen --v
	offered --version
	offers musegen zebra ""
	offered
	offers musegen completion ""
	offered bash zsh
}

@test "completion: bash offers every option that -h has, and no other" {
	for command in $(commands); do
		offers musegen "$command" -
		offered $(options "$command") || { echo "musegen $command"; return 1; }
	done
	offers musegen export --temp
	offered --temperature --tempo
	# what follows -- is no option
	offers musegen play -- --
	offered
}

@test "completion: bash offers models by name: those here, the user's, the installation's" {
	mkdir -p models "$HOME/.local/share/musegen/models" folder
	touch models/{bach,folk,"two words"}.safetensors models/bach.csv "$HOME/.local/share/musegen/models/bar.safetensors"
	offers musegen export -m ba
	offered bach bar base
	offers musegen train --model f
	offered folk
	offers musegen play -m two
	offered 'two\ words'
	offers musegen play -m 'two\ w'
	offered 'two\ words'
	offers musegen play -m '"two w'
	offered 'two words'
	# as one word, and as bash cuts it
	offers musegen export --model=fo
	offered --model=folk
	offers musegen export --model = fo
	offered folk
	offers musegen export --model =
	[[ $COMPLETED == *bach*bar*folk* ]]
	# a path is a path
	offers musegen export -m models/f
	offered models/folk.safetensors
	offers musegen export -m chora
	offered chorales
	# a MIDI file or a model
	touch barcarole.mid
	offers musegen info bar
	offered bar barcarole.mid
}

@test "completion: what a name holds is not done" {
	mkdir models
	touch 'models/$(touch owned).safetensors' 'models/`touch owned`.safetensors' $'models/a\033[2J.safetensors' \
		'models/;touch owned;.safetensors'
	offers musegen export -m ''
	[ ! -e owned ]
	[[ $COMPLETED == *'\$\(touch\ owned\)'* && $COMPLETED == *'\;touch\ owned\;'* ]]
	[[ $COMPLETED != *$'\033'* ]]
}

@test "completion: bash offers styles of the model, presets, settings, ports" {
	install_tiny
	offers musegen export -m tiny --style ""
	offered $(musegen info tiny | sed -n 's/^styles *[0-9]*: //p' | tr -d ,)
	[ -n "$COMPLETED" ]
	offers musegen export --model = tiny --style ""
	[ -n "$COMPLETED" ]
	offers musegen export -m nothing --style ""
	offered
	mkdir models/presets
	touch models/presets/{quick,slow}.ini
	offers musegen train --preset q
	offered quick
	offers musegen train --set ""
	offered $(musegen info --built-in | awk '/^\[/ { s = substr($0, 2, length($0) - 2) } / =/ && !/^#/ { print s "." $1 "=" }')
	offers musegen train --set train.learn
	offered train.learning_rate=
	# what a setting is set to is anybody's guess
	offers musegen train --set train.steps = 5
	offered
	# there may be no port, but then there is no message either
	offers musegen play -d ""
	[ "$COMPLETED" = "$(musegen completion devices | sed 's/[^A-Za-z0-9_.\/-]/\\&/g' | sort)" ]
}

@test "completion: bash offers files where FILE or CORPUS is meant, and nothing where a number is" {
	mkdir folder
	touch one.mid "two words.mid" three.ini
	for words in "train t" "play t" "export -o t" "export -f --primer t" "train --config t"; do
		offers musegen $words
		offered three.ini "two words.mid" || { echo "$words"; return 1; }
	done
	offers musegen train fol
	offered folder
	offers musegen train folder o
	offered one.mid
	offers musegen play -- o
	offered one.mid
	offers musegen export --primer = on
	offered one.mid
	offers musegen play 'two\ '
	offered "two words.mid"
	for words in "export --bars" "export -t" "train --steps" "export --key" "train -j"; do
		offers musegen $words ""
		offered || { echo "$words"; return 1; }
	done
	# after a flag comes what would come without it
	offers musegen train -f on
	offered one.mid
}

@test "completion: a Tab in bash" {
	command -v script >/dev/null || skip "there is no script(1)"
	cat >rc <<'END'
PS1=
bind 'set enable-bracketed-paste off'
musegen() { printf '<%s>' "$@" >said; }
source ./musegen.bash
END
	mkdir models
	touch models/zebra.safetensors
	printf 'musegen exp\t--pick\t-m z\t\nexit\n' >typed
	# the shell wants to be asked for names by what stands on the line: here a function, which prints none
	TERM=dumb timeout 20 script -qec "bash --rcfile rc -i" /dev/null <typed >seen || :
	[ "$(cat said)" = "<export><--pickup-bar><-m><z>" ] || { cat said seen; return 1; }
	ln -s "$MUSEGEN" musegen
	printf './musegen exp\t-m zeb\t--bars 0\nexit\n' >typed
	TERM=dumb timeout 20 script -qec "bash --rcfile rc -i" /dev/null <typed >seen || :
	grep -q "musegen export -m zebra --bars 0" seen || { cat seen; return 1; }
}

# asks LINE...: what an interactive zsh makes of them.
asks() {
	PATH=$PWD/bin:$PATH timeout 60 zsh -f "$BATS_TEST_DIRNAME/complete.zsh" ./_musegen "$@" >answers
}

# answered 'line': as one of them became.
answered() {
	grep -qF "<<$1>>" answers || { cat -v answers; return 1; }
}

@test "completion: zsh" {
	command -v zsh >/dev/null || skip "zsh is not installed"
	zsh -f -c 'zmodload zsh/zpty' || skip "zsh has no zpty"
	mkdir bin models
	ln -s "$MUSEGEN" bin/musegen
	touch models/{bach,folk}.safetensors opening.mid "two words.mid"
	asks 'musegen exp' 'musegen export --pick' 'musegen export -m fo' 'musegen export --model=fo' \
		'musegen train --set train.learn' 'musegen export --primer op' 'musegen train op' 'musegen play tw' \
		'musegen completion z' 'musegen help dev' 'musegen export -m chorales --style bach' 'musegen export -m models/b'
	answered 'musegen export '
	answered 'musegen export --pickup-bar '
	answered 'musegen export -m folk '
	answered 'musegen export --model=folk '
	answered 'musegen train --set train.learning_rate='
	answered 'musegen export --primer opening.mid '
	answered 'musegen train opening.mid '
	answered 'musegen play two\ words.mid '
	answered 'musegen completion zsh '
	answered 'musegen help devices '
	answered 'musegen export -m chorales --style bach-chorales '
	answered 'musegen export -m models/bach.safetensors '
	# in full: every command, and of every command every long option
	asks 'musegen '
	for command in $(commands); do
		grep -q "^$command  *-- " answers || { echo "$command"; cat -v answers; return 1; }
	done
	for command in $(commands); do
		[ "$(options "$command" | wc -l)" -gt 2 ] || continue
		asks "musegen $command --"
		sed -n 's/^\(--[a-z-]*\) .*/\1/p' answers | sort >listed
		options "$command" | grep '^--' | sort >wanted
		diff wanted listed || { echo "musegen $command"; cat -v answers; return 1; }
	done
}

@test "completion: mistakes" {
	fails_with 2 'bash or zsh' musegen completion
	fails_with 2 'neither bash nor zsh' musegen completion fish
	fails_with 2 'did you mean "zsh"' musegen completion zhs
	fails_with 2 'too many words' musegen completion bash zsh
	fails_with 1 'no model "nothing"' musegen completion styles nothing
}
