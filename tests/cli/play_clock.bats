#!/usr/bin/env bats
# musegen play --clock against a PortMidi that writes down what it is sent.

load helper
load ../live/stub

setup() {
	enter_house
	build_stub
	needs_midicsv
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
}

# The log has one start, before every note and pulse, and one stop, after every pulse and every note-on. $PULSES of them.
clock_is_whole() {
	PULSES=$(grep -c ' f8$' "$LOG")
	awk '
	function fail(text) { print "line " NR ": " text ": " $0; bad = 1; exit 1 }
	$2 == "fa" { if (starts++) fail("started twice"); next }
	$2 == "fc" { if (stops++) fail("stopped twice"); next }
	$2 == "f8" || $2 ~ /^9/ { if (!starts) fail("before the start"); if (stops) fail("after the stop") }
	END { if (!bad && (starts != 1 || stops != 1)) { print starts + 0 " starts, " stops + 0 " stops"; exit 1 } exit bad }
	' "$LOG"
}

# The last that is sent.
last_is() {
	grep -v ' close$' "$LOG" | tail -n 1 | grep -q " $1$" || { tail -n 5 "$LOG"; return 1; }
}

# long_file's quick notes are a fifth of a quarter apart: the k-th comes after so many pulses, paused or not.
pulses_among_notes() {
	awk '
	$2 == "f8" { pulses++ }
	$2 ~ /^9/ && $4 == "50" {
		wanted = int(24 * k / 5) + 1
		if (pulses != wanted) { print "line " NR ": note " k " after " pulses " pulses, not " wanted; exit 1 }
		k++
	}' "$LOG"
}

@test "play --clock FILE: 24 pulses a quarter by the tempo map, between start and stop" {
	short_file short.mid
	works stubbed play --clock short.mid
	says "61 notes in 0:0"
	clock_is_whole
	played short.mid
	all_is_silent
	# twelve quarters: four of 0.4 s, the others of 0.15
	[ "$PULSES" -eq 288 ]
	awk -v tolerance="${TOLERANCE:-0.5}" '
	$2 == "fa" { start = $1 + 0.010 }
	$2 == "f8" {
		off = $1 - start - (k < 96 ? k * 0.4 / 24 : 1.6 + (k - 96) * 0.15 / 24)
		off = off < 0 ? -off : off
		most = off > most ? off : most
		k++
	}
	$2 == "fc" { off = $1 - start - 2.8; off = off < 0 ? -off : off; most = off > most ? off : most }
	END { printf "# %d pulses, the farthest %.2f ms from its moment\n", k, 1000 * most; exit most > tolerance }' "$LOG" >&3
	# the start is the first message of all; a pulse comes before the notes of its moment
	[ "$(sed -n 2p "$LOG" | cut -d' ' -f2-)" = fa ]
	[ "$(sed -n 3p "$LOG" | cut -d' ' -f2-)" = f8 ]
	# and without --clock there is none of this
	works stubbed play short.mid
	run ! grep -q ' f.$' "$LOG"
}

@test "play --clock: a pickup is preceded by the rest of its bar" {
	{
		echo "0, 0, Header, 1, 1, 96"
		echo "1, 0, Start_track"
		echo "1, 0, Tempo, 200000"
		echo "1, 0, Time_signature, 1, 2, 24, 8"
		echo "1, 0, Note_on_c, 0, 60, 80"
		echo "1, 96, Note_off_c, 0, 60, 0"
		echo "1, 96, Time_signature, 3, 2, 24, 8"
		echo "1, 96, Note_on_c, 0, 62, 80"
		echo "1, 384, Note_off_c, 0, 62, 0"
		echo "1, 384, End_track"
		echo "0, 0, End_of_file"
	} >pickup.csv
	csvmidi pickup.csv pickup.mid
	works stubbed play --clock pickup.mid
	clock_is_whole
	all_is_silent
	[ "$PULSES" -eq 144 ]
	[ "$(sed '/ 90 3c/q' "$LOG" | grep -c ' f8$')" -eq 49 ]
	[ "$(sed '/ 90 3e/q' "$LOG" | grep -c ' f8$')" -eq 73 ]
}

@test "play --clock: stopped in any way, the clock stops last; by the guardian too" {
	long_file long.mid
	for signal in INT HUP KILL ABRT; do
		for moment in 2 9 60; do
			# nobody has SIGHUP ignored here: see play.bats
			[ $signal != HUP ] || [ $((0x$(awk '/^SigIgn:/ { print substr($2, length($2)) }' /proc/self/status) & 1)) -eq 0 ] || continue
			stub_start play --clock long.mid
			wait_for_lines $moment
			find_guardian
			(ulimit -c 0; kill -$signal "$PLAYER")
			case $signal in
			KILL | ABRT) stub_end $((128 + $(kill -l $signal))) ;;
			*) stub_end 0 ;;
			esac
			guardian_goes
			clock_is_whole || { echo "$signal after $moment lines"; return 1; }
			last_is fc
			all_is_silent
			pulses_among_notes
		done
	done
}

@test "play --clock: Ctrl-Z stops the clock, and it goes on from where it was" {
	long_file long.mid
	stub_start play --clock long.mid
	wait_for_lines 40
	kill -TSTP "$PLAYER"
	for _ in $(seq 200); do
		[ "$(awk '{ print $3 }' "/proc/$PLAYER/stat")" != T ] || break
		sleep 0.01
	done
	last_is fc
	before=$(wc -l <"$LOG")
	sleep 0.2
	[ "$(wc -l <"$LOG")" -eq "$before" ]
	kill -CONT "$PLAYER"
	wait_for_lines $((before + 40))
	kill -INT "$PLAYER"
	stub_end 0
	last_is fc
	all_is_silent
	[ "$(sed -n "$((before + 1))p" "$LOG" | cut -d' ' -f2-)" = fb ]
	[ "$(grep -c ' fa$' "$LOG")" -eq 1 ]
	[ "$(grep -c ' fb$' "$LOG")" -eq 1 ]
	[ "$(grep -c ' fc$' "$LOG")" -eq 2 ]
	pulses_among_notes
}

@test "play --clock: new music, one piece and without end" {
	install_tiny
	works stubbed play --clock -m tiny --seed 7 --bars 3 --tempo 240
	clock_is_whole
	all_is_silent
	plain=$(awk '$2 ~ /^9/ { print $2, $3, $4 }' "$LOG")
	works stubbed play -m tiny --seed 7 --bars 3 --tempo 240
	[ "$(awk '$2 ~ /^9/ { print $2, $3, $4 }' "$LOG")" = "$plain" ]
	stub_start play --live --clock -m tiny --seed 11 --bars 1 --tempo 600
	wait_for_lines 400
	kill -INT "$PLAYER"
	stub_end 0
	clock_is_whole
	last_is fc
	all_is_silent
	[ "$PULSES" -gt 100 ]
	# 600 quarters a minute: 240 pulses a second
	awk '$2 == "f8" { if (!n++) from = $1; to = $1 } END { seconds = (n - 1) / 240; exit !(to - from > seconds - 0.05 && to - from < seconds + 1) }' "$LOG"
}
