#!/usr/bin/env bats
# The screen of live music, in a terminal that can be looked at: tmux. It is
# drawn by tests/screen/made_up, whose music is made up, so that nothing has to
# be composed; what is asked for by key is said in the line of notices.

load helper
load ../live/stub

setup() {
	command -v tmux >/dev/null || skip "tmux is not installed"
	MADE_UP=$(dirname "$MUSEGEN")/tests/screen/made_up
	[ -x "$MADE_UP" ] || skip "tests/screen/made_up is not built"
	cd "$BATS_TEST_TMPDIR"
	unset LC_ALL LC_CTYPE LINES COLUMNS NO_COLOR TMUX
	export LANG=C.UTF-8
}

teardown() {
	[ ! -S tmux ] || tm kill-server 2>/dev/null || true
}

tm() {
	tmux -u -f /dev/null -S tmux "$@" 3>&-
}

# start COLUMNS LINES ARGUMENTS...: made_up in a terminal of that size, after a
# line of its own and between two looks at the terminal's modes. SETTINGS: of the environment; PROGRAM: another one.
start() {
	local size="-x $1 -y $2"

	shift 2
	cat >run.sh <<-END
		trap : INT QUIT
		echo what was there before
		modes() { stty -a | sed 1d; }
		modes >before
		(echo 'echo \$\$ >pid'; echo 'exec env ASAN_OPTIONS=handle_segv=0:verify_asan_link_order=0 ${SETTINGS:-} "${PROGRAM:-$MADE_UP}" "\$@" 2>erred') >inner.sh
		sh inner.sh $*
		echo "exit \$?" >code
		modes >after
		exec sleep 100
	END
	tm new-session -d $size "sh run.sh"
}

picture() {
	tm capture-pane -p
}

# shows 'text': sooner or later; 10 seconds at most.
shows() {
	for _ in $(seq 500); do
		picture >picture
		! grep -qF -- "$1" picture || return 0
		sleep 0.02
	done
	echo "\"$1\" does not come:"
	cat picture erred
	return 1
}

lacks() {
	if grep -F -- "$1" picture; then
		echo "\"$1\" is there:"
		cat picture
		return 1
	fi
}

key() {
	tm send-keys "$@"
}

# line N 'pattern': of the last picture.
line() {
	sed -n "$1p" picture | grep -q -- "$2" || { echo "line $1 has no $2"; cat picture; return 1; }
}

ends_with() {
	for _ in $(seq 500); do
		[ ! -f after ] || break
		sleep 0.02
	done
	[ "$(cat code)" = "exit $1" ] || { cat code picture erred; return 1; }
}

# The terminal's modes, without its size, are those of before; after a kill it is the guardian that sees to it.
modes_are_restored() {
	for _ in $(seq 250); do
		! stty -a -F "$(tm display -p '#{pane_tty}')" | sed 1d | diff before - >differs || return 0
		sleep 0.02
	done
	cat differs
	return 1
}

# Modes, cursor, keypad and the text of before.
is_restored() {
	modes_are_restored
	for _ in $(seq 250); do
		[ "$(tm display -p '#{alternate_on}#{cursor_flag}#{keypad_cursor_flag}')" != 010 ] || break
		sleep 0.02
	done
	[ "$(tm display -p '#{alternate_on}#{cursor_flag}#{keypad_cursor_flag}')" = 010 ]
	shows "what was there before"
	lacks "tempo"
	# what is typed is in the terminal's own colours
	tm send-keys -l x
	shows x
	tm capture-pane -p -e | grep -q '^[^m]*x$'
}

# Another terminal, for another start.
anew() {
	tm kill-server
	rm -f before after code
}

@test "screen: at 80x24 everything is there, in its place" {
	start 80 24 bpm=480
	shows "bar 2."
	key Space
	shows " paused "
	line 1 "^ made up to nobody ?\[2J at all .* bar 2\.[1-4]  4/4  G major  480 bpm  0:0[2-3]$"
	line 2 "2   ·   ·   ·   3   ·   ·   ·   4   ·   ·   ·   5="
	# the line where it sounds is a third of the way to the right, in the midst of the roll
	[ "$(sed -n 3,17p picture | grep -cE '^.{30}[│▀▄█]')" -eq 15 ]
	# four parts: notes on either side of it
	[ "$(sed -n 3,17p picture | grep -cE '^.{0,29}[▀▄]')" -ge 4 ]
	[ "$(sed -n 3,17p picture | grep -cE '^.{31}.*[▀▄]')" -ge 4 ]
	line 10 "^ *[A-G ][b#]*[0-9 ] "
	line 18 "^judge .*\([▁▂▃▄▅▆▇█]\)\1\1\1"
	line 19 "^ 1 soprano   2 alto   3 ténor   4 bass$"
	line 20 "^ -+ tempo own        \[\] temperature 1.00 oO best-of 1        dD density any$"
	line 21 "^ rR register any     jJ leaps any        yY key any          sS style any$"
	line 22 "^ cC scale all        wW swing 0 %        lL lock 0 %$"
	line 23 "^ late 0.04 ms, most 1.25  queue 2.5 s  behind 3  clock own$"
	line 24 "^  paused  pause 1 *? keys  space pause  q quit$"
	# colours of four parts
	tm capture-pane -p -e >picture
	for colour in 33 36 35 32; do
		grep -q $'\e'"\[[0-9;]*${colour}m" picture
	done
	# it runs on: the bars' numbers move to the left
	key Space
	before=$(picture | sed -n 2p)
	for _ in $(seq 250); do
		after=$(picture | sed -n 2p)
		[ "$after" = "$before" ] || break
		sleep 0.02
	done
	[ "$after" != "$before" ]
}

@test "screen: 120x40, smaller while it plays, too small, and large again" {
	start 120 40
	shows "? keys"
	line 40 "? keys  space pause  q quit$"
	line 36 "oO best-of 1                  dD density any$"
	tm resize-window -x 80 -y 24
	shows "queue"
	for _ in $(seq 250); do
		picture >picture
		! sed -n 24p picture | grep -q "? keys" || break
		sleep 0.02
	done
	line 24 "? keys  space pause  q quit$"
	line 1 "bar [0-9]*\.[1-4]  4/4"
	tm resize-window -x 60 -y 20
	shows "60x20 is too small, 80x24 is needed; the music goes on"
	[ "$(grep -c . picture)" -eq 1 ]
	tm resize-window -x 79 -y 50
	shows "79x50 is too small"
	# even where the line has no room
	tm resize-window -x 10 -y 1
	shows "10x1 is t"
	tm resize-window -x 200 -y 60
	shows "queue"
	line 60 "? keys  space pause  q quit$"
	key q
	ends_with 0
	is_restored
}

@test "screen: without colours parts have signs; muted ones are seen as such" {
	SETTINGS="TERM=vt100" start 80 24 bpm=480
	shows "bar 2."
	key Space
	shows " paused "
	for part in 1 2 3 4; do
		[ "$(sed -n 3,17p picture | grep -c "$part-")" -ge 1 ]
	done
	line 2 "2   ·   ·   ·   3"
	lacks "▀"
	tm capture-pane -p -e >coloured
	! grep -q $'\e\[[0-9;]*3[0-7]m' coloured || false
	key 2
	shows "(2 alto)"
	[ "$(sed -n 3,17p picture | grep -c "2\.")" -ge 1 ]
	[ "$(sed -n 3,17p picture | grep -c "2-")" -eq 0 ]
	key 2
	shows " 2 alto "
	key q
	ends_with 0
	# no other screen to leave: the cursor is on the last line
	diff before after
}

@test "screen: NO_COLOR; without UTF-8 plain ASCII, whatever the names" {
	SETTINGS="NO_COLOR=1" start 80 24
	shows "2---"
	tm capture-pane -p -e >coloured
	! grep -q $'\e\[[0-9;]*3[0-7]m' coloured || false
	anew
	SETTINGS="LC_ALL=C" start 80 24 bpm=480
	shows "bar 2."
	key Space
	shows " paused "
	! LC_ALL=C grep -n '[^ -~]' picture || false
	line 18 "^judge .*##*\.* "
	line 2 "2   \.   \.   \.   3"
	line 19 "3 t?nor "
	tm capture-pane -p -e | grep -q $'\e\[[0-9;]*36m'
	key q
	ends_with 0
	is_restored
	# a locale that this system does not have, but that is one of UTF-8
	anew
	SETTINGS="LC_ALL=xx_YY.UTF-8" start 80 24
	shows "▀▀▀"
}

@test "screen: keys ask for what they say; a change is seen at once" {
	start 80 24
	shows "queue"
	key +
	shows "tempo is 122 bpm"
	shows "-+ tempo 122 bpm"
	shows " 122 bpm  0:"
	key -- - -
	shows "tempo is 118 bpm"
	key ']' D
	shows "density is +0.0"
	shows "temperature 1.05"
	key Y Y Y
	shows "yY key D major"
	key S S S
	shows "sS style a style wh"
	key S
	shows "sS style any"
	# arrows: the seventh control is the key
	key Left Left Left Left Left Up
	shows "key is Eb major"
	key PageUp
	shows "key is Ab major"
	key 0
	shows "yY key any"
	key F3
	shows "rewrite 3"
	key @
	shows "rewrite 2"
	key 9 1
	shows "mute 1"
	shows "(1 soprano)"
	key K
	shows "kept in take-1.mid"
	key n
	shows "new-theme 1"
	key Space
	shows " paused "
	before=$(sed -n 2,17p picture)
	sleep 0.3
	[ "$(picture | sed -n 2,17p)" = "$before" ]
	key Space
	sleep 0.2
	picture >picture
	lacks " paused "
}

@test "screen: ? shows every key, over the roll, and goes" {
	start 80 24
	shows "queue"
	key '?'
	shows "draw the screen anew"
	"$MADE_UP" keys >keys
	[ "$(wc -l <keys)" -ge 20 ]
	while read -r keys; do
		grep -qE "(^ |  )$(sed 's/[][?+]/\\&/g' <<<"$keys") +[a-z]" picture || { echo "no $keys"; cat picture; return 1; }
	done <keys
	line 20 "tempo own"
	line 1 "made up"
	# keys work as before
	key f
	shows "freeze"
	key Escape
	for _ in $(seq 250); do
		picture >picture
		grep -q "draw the screen" picture || break
		sleep 0.02
	done
	lacks "draw the screen anew"
	key '?'
	shows "draw the screen anew"
	key '?' C-l
	shows "judge"
}

@test "screen: the keys of the manual and of docs/live.md are those that there are" {
	"$MADE_UP" keys | sort >keys
	awk '/^\.Sh / { here = /^\.Sh KEYS/ }
		here && /^\.It Ic / { sub(/^\.It Ic /, ""); gsub(/ , /, " "); gsub(/\\&/, ""); print }' "$ROOT/man/musegen.1" | sort >manual
	diff keys manual
	sed -n 's/^| \(`.*`\) | .*/\1/p' "$ROOT/docs/live.md" | tr -d '`' | sort >page
	diff keys page
}

@test "screen: the terminal is as it was found after q, INT, TERM, HUP, QUIT" {
	for way in q C-c TERM HUP QUIT; do
		start 80 24
		shows "queue"
		[ "$(tm display -p '#{alternate_on}#{cursor_flag}')" = 10 ]
		case $way in
		q | C-c) key $way ;;
		*) kill -$way "$(cat pid)" ;;
		esac
		ends_with 0
		is_restored
		anew
	done
}

@test "screen: the terminal is as it was found after KILL, a crash, a BUG, whose message is seen" {
	for way in KILL crash bug; do
		if [ $way = KILL ]; then
			start 80 24
			shows "queue"
			kill -KILL "$(cat pid)"
			ends_with 137
		else
			start 80 24 $way
			shows "queue"
			[ $way = bug ] && ends_with 134 || ends_with 139
		fi
		is_restored
		anew
	done
	grep -q "a bar of 17 beats" erred
}

@test "screen: a warning has its line, and is told again afterwards" {
	start 80 24 warn
	shows "the organist has gone home"
	line 24 "^ the organist has gone home"
	[ ! -s erred ]
	key q
	ends_with 0
	is_restored
	[ "$(cat erred)" = "musegen: warning: the organist has gone home" ]
}

@test "screen: Ctrl-Z gives the terminal back, fg takes it again; in the background nothing is drawn" {
	tm new-session -d -x 80 -y 24 "env PS1='ready> ' bash --norc --noprofile -i"
	shows "ready>"
	key "stty -a >before; sh -c 'echo \$\$ >pid; exec \"$MADE_UP\" 2>erred'; stty -a >after" Enter
	shows "queue"
	key C-z
	shows "Stopped"
	[ "$(tm display -p '#{alternate_on}#{cursor_flag}')" = 01 ]
	lacks "queue"
	key "bg" Enter
	sleep 0.3
	key "echo in the back''ground" Enter
	shows "in the background"
	sleep 0.3
	picture >picture
	lacks "queue"
	# what is typed now is the shell's
	key "echo q''q" Enter
	shows "qq"
	key "fg" Enter
	shows "queue"
	[ "$(tm display -p '#{alternate_on}#{cursor_flag}')" = 10 ]
	key +
	shows "tempo is 122"
	# stopped by a signal that it does not see: the shell has its own modes, and writes over the screen
	kill -STOP "$(cat pid)"
	shows "Stopped"
	rm -f after
	key "fg" Enter
	for _ in $(seq 500); do
		picture >picture
		grep -q "Stopped" picture || break
		sleep 0.02
	done
	lacks "Stopped"
	shows "queue"
	key -- -
	shows "tempo is 120"
	key q
	shows "ready>"
	key "stty -a >after" Enter
	for _ in $(seq 500); do
		[ ! -s after ] || break
		sleep 0.02
	done
	diff before after
	[ "$(tm display -p '#{alternate_on}#{cursor_flag}')" = 01 ]
}

@test "screen: without it the same keys, and the terminal is given back too" {
	start 80 24 plain
	shows "what was there before"
	for _ in $(seq 250); do
		! tm send-keys + || ! grep -q "tempo is" <(picture) || break
		sleep 0.1
	done
	shows "tempo is 122 bpm"
	key Up Left F2 K
	shows "kept in take-1.mid"
	lacks "rewrite"
	key Space
	shows "pause 1"
	key q
	ends_with 0
	diff before after
	anew
	start 80 24 plain
	sleep 0.5
	key K
	shows "kept in take-1.mid"
	kill -KILL "$(cat pid)"
	ends_with 137
	modes_are_restored
}

@test "screen: on a terminal that cannot be drawn on there are lines, and keys" {
	SETTINGS="TERM=nonesuch" start 80 24
	for _ in $(seq 250); do
		! tm send-keys + || ! picture | grep -q "tempo is" || break
		sleep 0.02
	done
	shows "tempo is"
	lacks "queue"
	grep -q "^musegen: warning: no screen: nothing is known of a terminal called 'nonesuch'" erred
	key q
	ends_with 0
	diff before after
	anew
	# one that is said to understand nothing, and no terminal at all
	for terminal in "TERM=dumb" "TERM="; do
		SETTINGS=$terminal start 80 24 frames=5
		ends_with 0
		[ ! -s erred ]
		shows "5 frames"
		lacks "queue"
		anew
	done
	works "$MADE_UP" frames=5 </dev/null
	says "5 frames"
	says_not "queue"
	says_not $'\e'
}

@test "screen: a terminal that nobody reads does not keep it from its end" {
	works "$(dirname "$MADE_UP")/unread" 2 "$MADE_UP" bpm=960
	says "it ended after"
	echo "# $output" >&3
}

@test "screen: musegen play --live: keys are obeyed; a kill leaves neither a note sounding nor the screen" {
	enter_house
	build_stub
	install_tiny
	PROGRAM=$MUSEGEN SETTINGS="LD_PRELOAD=$STUB PMSTUB_DEVICES=out:Synth PMSTUB_LOG=$LOG" \
		start 80 24 play --live -m tiny --seed 1
	shows " tiny to Synth "
	shows "bar "
	[ "$(sed -n 3,17p picture | grep -c '[▀▄█]')" -ge 1 ]
	# parts have names
	grep -qE '^ 1 (Melody|Upper|Soprano|Part 1)( |$)' picture
	key ']'
	shows "temperature 1.05"
	key 1
	shows "(1"
	key 1 Space
	shows " paused "
	key Space
	wait_for_lines "$(($(wc -l <"$LOG") + 10))"
	kill -KILL "$(cat pid)"
	ends_with 137
	is_restored
	for _ in $(seq 250); do
		[ "$(grep -c ' close$' "$LOG")" -eq 0 ] || break
		sleep 0.02
	done
	all_is_silent
}
