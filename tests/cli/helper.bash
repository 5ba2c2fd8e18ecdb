# What the command-line tests share: which program, an empty house to run it in,
# a tiny model trained once a run, and what is asked of every message.
# The program is build/musegen, or $MUSEGEN (a sanitizer build).
bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
MUSEGEN=${MUSEGEN:-$ROOT/build/musegen}
case $MUSEGEN in
/*) ;;
*) MUSEGEN=$PWD/$MUSEGEN ;;
esac
export MUSEGEN

# A home and a present folder that nobody else has; settings that train in a second.
enter_house() {
	HOUSE=$(mktemp -d "$BATS_TEST_TMPDIR/house.XXXXXX")
	export HOME=$HOUSE/home
	unset XDG_CONFIG_HOME XDG_DATA_HOME
	unset "${!OPENBLAS_@}" || true
	mkdir -p "$HOME" "$HOUSE/work"
	cd "$HOUSE/work" || return 1
	write_tiny_settings "$HOUSE/tiny.ini"
	TINY=$HOUSE/tiny.ini
}

write_tiny_settings() {
	cat >"$1" <<'END'
[generator]
stream = 16
trunk = 16
layers = 1
memory = 16
heads = 2
window = 64
slots = 4
hidden = 16
[train]
steps = 60
lanes = 4
shards = 2
chunk = 32
learning_rate = 0.01
choose = 0
END
}

# The tiny model, as models/tiny.safetensors in the present folder: trained once a run of bats.
install_tiny() {
	local store=$BATS_RUN_TMPDIR/musegen-tiny

	if [ ! -f "$store/tiny.safetensors" ]; then
		mkdir -p "$store"
		"$MUSEGEN" train --config "$TINY" -m "$store/part/tiny.safetensors" "$ROOT/corpus/bach" >"$store/log" 2>&1 ||
			{ cat "$store/log"; return 1; }
		mv "$store/part/tiny.safetensors" "$store/tiny.safetensors"
	fi
	mkdir -p models
	cp "$store/tiny.safetensors" models/tiny.safetensors
}

musegen() {
	"$MUSEGEN" "$@"
}

# fails_with CODE 'part of the message' COMMAND...: the code, one line on stderr that begins
# "musegen: " and holds the part, nothing said twice.
fails_with() {
	local code=$1 part=$2
	shift 2
	run --separate-stderr "$@"
	[ "$status" -eq "$code" ] || { echo "exit $status, not $code: $* -> $output $stderr"; return 1; }
	[ "$(printf '%s\n' "$stderr" | grep -c '^musegen: ')" -eq 1 ] || { echo "not one message: $stderr"; return 1; }
	case $stderr in
	*"$part"*) ;;
	*) echo "\"$part\" is not in: $stderr"; return 1 ;;
	esac
}

# works COMMAND...: exit 0 and nothing on stderr.
works() {
	run --separate-stderr "$@"
	[ "$status" -eq 0 ] || { echo "exit $status: $* -> $output $stderr"; return 1; }
	[ -z "$stderr" ] || { echo "said on stderr: $stderr"; return 1; }
}

# says 'part': in the output of the last run.
says() {
	case $output in
	*"$1"*) ;;
	*) echo "\"$1\" is not in: $output"; return 1 ;;
	esac
}

says_not() {
	case $output in
	*"$1"*) echo "\"$1\" is in: $output"; return 1 ;;
	esac
}

# Pitches of a MIDI file, a line a note-on, as midicsv reads it.
pitches() {
	midicsv "$1" | awk -F', ' '$3 == "Note_on_c" && $6 > 0 { print $5 }'
}

needs_midicsv() {
	command -v midicsv >/dev/null || skip "midicsv is not installed"
}

# The value of a line of `musegen info`: info_line FILE "made by"
info_line() {
	musegen info "$1" | sed -n "s/^$2 *//p" | head -n 1
}

# differ FILE FILE: a "!" before cmp would not fail a test.
differ() {
	if cmp -s "$1" "$2"; then
		echo "$1 and $2 are the same"
		return 1
	fi
}
