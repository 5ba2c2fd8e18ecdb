#!/usr/bin/env bats
# musegen play --clock-from: a master's clock, by tests/live/pmstub.c's scripts, and what is played by it.

load helper
load ../live/stub
load ../live/stage

setup() {
	enter_house
	build_stub
	install_tiny
	needs_midicsv
	PORTS="out:Synth;in:Clock;in:Keys"
	SCRIPTS="Clock:clock;Keys:keys"
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
}

# follow SECONDS ARGUMENTS...: the master is the script `clock`; ended by a button after so many seconds. Before that the keyboard sends what `turned` has.
follow() {
	{
		[ ! -f turned ] || cat turned
		message "$1" b0 77 7f
	} >keys
	shift
	works stubbed play --live --no-screen --plain -m chorales --seed 9 --metre 4/4 --clock-from Clock -i Keys \
		--set live.cc-quit=119 --record played.mid "$@"
	all_is_silent
}

# by_the_master SECOND TICK BPM [UNTIL]: what played.mid has from this tick on (up to that one) sounded when the master had
# it: the tick at this second of its script, in this tempo. Half of it within 2 ms, all within $TOLERANCE, 0.5 s.
by_the_master() {
	midicsv played.mid | awk -F', *' '$3 == "Note_on_c" && $6 > 0 { print $2 }' | sort -n >ticks
	onsets Clock 0 1000 | awk '{ print $1 }' >times
	[ "$(wc -l <ticks)" -eq "$(wc -l <times)" ]
	paste ticks times | awk -v second="$1" -v tick="$2" -v bpm="$3" -v until="${4:-1000000}" '
		$1 >= tick && $1 < until { off = $2 - second - ($1 - tick) / 480 * 60 / bpm; print off < 0 ? -off : off }' | sort -g >off
	awk -v tolerance="${TOLERANCE:-0.5}" '
	{ off[NR] = $1 }
	END {
		half = off[int((NR + 1) / 2)]
		printf "# %d notes, half of them within %.2f ms of the master, the farthest %.2f\n", NR, 1000 * half, 1000 * off[NR]
		exit NR < 5 || half > 0.002 || off[NR] > tolerance
	}' off >verdict || { cat verdict; paste ticks times; return 1; }
	cat verdict >&3
}

@test "play --clock-from: at 120 with a millisecond of jitter, notes are where the master has them; nothing before its start" {
	{
		clocks 0.2 6 120 1
		message 1.19 fa
	} | in_order clock
	follow 6
	by_the_master 1.2 0 120
	[ -z "$(onsets Clock 0 1.19)" ]
	# in the master's tempo whatever the music's own is
	follow 3 --tempo 200
	by_the_master 1.2 0 120
}

@test "play --clock-from: silent after a stop, on from there after a continue, at the next bar after a position" {
	{
		clocks 0.2 2.199 120
		message 1.19 fa
		message 2.19 fc
		message 2.69 fb
		clocks 2.7 4.199 120
		message 4.19 fc
		# the third beat of bar 504
		message 4.3 f2 78 3e
		message 4.4 fb
		clocks 4.5 8 90
	} | in_order clock
	# what is asked for is heard at the next bar line, not at bar 505 of the music: whole tones
	message 4.7 b0 15 7f >turned
	follow 8 --set live.cc-scale=21
	[ -z "$(onsets Clock 0 1.19; onsets Clock 2.25 2.69; onsets Clock 4.25 4.49)" ]
	# nothing sounds meanwhile
	awk -v zero="$(listened Clock)" '
		$1 - zero > (stops ? 4.25 : 2.25) && stops < 2 { stops++; for (key in on) if (on[key] > 0) { print key " sounds"; exit 1 } }
		$2 ~ /^9/ { on[substr($2, 2) $3]++ }
		$2 ~ /^8/ { on[substr($2, 2) $3]-- }' "$LOG"
	by_the_master 1.2 0 120 960
	by_the_master 2.7 960 120 2400
	# the bar after the one that was broken off, from its middle on
	by_the_master 4.5 4800 90
	[ "$(onsets Clock 4.49 5.8 | awk '$3 % 2' | wc -l)" -gt 0 ]
	[ "$(onsets Clock 5.8 8 | wc -l)" -gt 5 ]
	[ "$(onsets Clock 5.8 8 | awk '$3 % 2' | wc -l)" -eq 0 ]
}

@test "play --clock-from: a start while it runs begins with a bar; tempos are followed" {
	{
		clocks 0.2 3.2 120
		clocks 3.2 5 90
		clocks 5 7 180
		message 1.19 fa
		message 2.19 fa
	} | in_order clock
	follow 7
	by_the_master 1.2 0 120 960
	# 2.2 is the first clock of its bar, the music's next; the tempo changes 960 ticks after it, and 65 clocks on once more
	by_the_master 2.2 1920 120 2880
	by_the_master 3.2 2880 90 4180
	by_the_master 5 4180 180
}

@test "play --clock-from: a clock that is lost is said, its tempo held, and it is found again" {
	{
		clocks 0.2 3.2 120
		# on the same beats
		clocks 4.2 6 120
		message 1.19 fa
	} | in_order clock
	follow 6
	says_then "the clock is lost" "the clock is there again"
	[ "$(onsets Clock 3.3 4.19 | wc -l)" -ge 2 ]
	by_the_master 1.2 0 120
}

@test "play --clock-from: all is unplugged, and plugged in again: on where the master is" {
	{
		clocks 0.2 7.5 120
		message 1.19 fa
	} | in_order clock
	GONE_AFTER=40 GONE_FOR=0.8 follow 7.5
	says_then "device is gone" "device is there again"
	says_then "the clock is lost" "the clock is there again"
	awk '$2 == "gone" { gone = 1 } gone && $2 ~ /^9/ { n++ } END { exit n < 5 }' "$LOG"
	by_the_master 1.2 0 120
}

@test "play --clock-from: a file, too" {
	short_file short.mid
	{
		clocks 0.2 6 300
		message 0.19 fa
	} | in_order clock
	works stubbed play short.mid --clock-from Clock --record played.mid
	all_is_silent
	[ "$(onsets Clock 0 10 | wc -l)" -eq 61 ]
	by_the_master 0.2 0 300
}

@test "play --clock-from: what does not go, or is not there, is said before anything sounds" {
	fails_with 2 "not both" stubbed play --live -m tiny --clock --clock-from Clock
	: >clock >keys
	fails_with 1 "Keys" stubbed play --live -m tiny --clock-from nowhere
	run ! grep -q ' 9' "$LOG"
	PORTS="out:Synth"
	fails_with 1 "no MIDI input" stubbed play --live -m tiny --clock-from Clock
}
