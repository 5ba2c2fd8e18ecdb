#!/usr/bin/env bats
# musegen play and devices against a PortMidi that writes down what it is sent.

load helper
load ../live/stub

setup() {
	enter_house
	build_stub
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
}

@test "devices: outputs and inputs by number, through ports marked" {
	works stubbed devices
	[ "${lines[0]}" = outputs ]
	[ "${lines[1]}" = "    0  Midi Through Port-0  (through port)" ]
	[ "${lines[2]}" = "    1  Synth" ]
	[ "${lines[3]}" = inputs ]
	[ "${lines[4]}" = "    2  Keys" ]
}

@test "devices: none is no error, and is said; ports without outputs too" {
	PORTS=
	works stubbed devices
	says "no MIDI devices"
	PORTS="in:Keys"
	works stubbed devices
	says "no MIDI outputs"
	fails_with 2 "not expected" musegen devices synth
}

@test "devices: a port's name cannot command the terminal" {
	PORTS=$'out:a\e[31mb\x07;out:b\xff'
	works stubbed devices
	says_not $'\e'
	says "a?[31mb?"
}

@test "play FILE: exactly the notes of the file, in order, in time" {
	needs_midicsv
	short_file short.mid
	works stubbed play short.mid
	[ "${lines[0]}" = 'to "Synth": short.mid, 3 parts, 0:03' ]
	says "percussion notes left out: 1"
	says "61 notes in 0:0"
	says "; messages late by"
	says_not $'\e'
	says_not $'\r'
	echo "# ${lines[-1]}" >&3
	played short.mid
	all_is_silent
	[ "$(grep -c ' open Synth$' "$LOG")" -eq 1 ]
	# the program of the second part, before its first note, once
	[ "$(grep -c ' c. ' "$LOG")" -eq 1 ]
}

@test "play: the only output that is not a through port; a through port when named" {
	needs_midicsv
	short_file short.mid
	PORTS="out:Midi Through Port-0;in:Keys"
	fails_with 1 'Midi Through Port-0' stubbed play --set play.audio=none short.mid
	[ ! -s "$LOG" ]
	stub_start play -d "midi thr" short.mid
	wait_for_lines 5
	kill -TERM "$PLAYER"
	stub_end 0
	grep -q ' open Midi Through Port-0$' "$LOG"
	all_is_silent
}

@test "play: no output, several outputs, none of that name: an error that lists the ports" {
	needs_midicsv
	short_file short.mid
	PORTS=
	fails_with 1 "no MIDI output port" stubbed play --set play.audio=none short.mid
	PORTS="in:Keys"
	fails_with 1 "no MIDI output port" stubbed play --set play.audio=none short.mid
	PORTS="out:Synth A;out:Synth B"
	fails_with 1 "Synth B" stubbed play short.mid
	fails_with 1 "Synth A" stubbed play -d synth short.mid
	fails_with 1 "Synth A" stubbed play -d organ short.mid
	fails_with 1 "Synth A" stubbed play -d 7 short.mid
	[ ! -s "$LOG" ]
}

@test "play: -d by number, by name, and over config.ini's device" {
	needs_midicsv
	short_file short.mid
	PORTS="out:Synth A;out:Synth B;out:Organ"
	printf '[play]\ndevice = Synth A\n' >config.ini
	for wanted in "Synth A:" "Synth B:-d 1" "Organ:-d organ" "Synth B:--device=Synth B" "Organ:--set play.device=Organ"; do
		option=${wanted#*:}
		case $option in
		"") stub_start play short.mid ;;
		-d*) stub_start play -d "${option#-d }" short.mid ;;
		--set*) stub_start play --set "${option#--set }" short.mid ;;
		*) stub_start play "$option" short.mid ;;
		esac
		wait_for_lines 3
		kill -INT "$PLAYER"
		stub_end 0
		grep -q " open ${wanted%%:*}$" "$LOG" || { echo "$wanted"; cat "$LOG"; return 1; }
	done
}

@test "play: SIGINT, SIGTERM, SIGHUP and SIGQUIT at several moments: silent, exit 0" {
	needs_midicsv
	long_file long.mid
	# whoever runs this under nohup has SIGHUP ignored, and so has the program then
	signals="INT TERM HUP QUIT"
	[ $((0x$(awk '/^SigIgn:/ { print substr($2, length($2)) }' /proc/self/status) & 1)) -eq 0 ] || signals="INT TERM QUIT"
	for signal in $signals; do
		for moment in 1 2 6 25; do
			stub_start play long.mid
			wait_for_lines $moment
			kill -$signal "$PLAYER"
			stub_end 0
			all_is_silent || { echo "$signal after $moment lines"; return 1; }
		done
	done
}

@test "play: killed or crashed in the midst of sounding notes: the guardian silences, once, and goes" {
	needs_midicsv
	long_file long.mid
	# a sanitizer build would make an exit of it
	export ASAN_OPTIONS="handle_segv=0:${ASAN_OPTIONS:-}"
	for signal in KILL SEGV ABRT; do
		for moment in 2 6 25 60; do
			stub_start play long.mid
			wait_for_lines $moment
			find_guardian
			(ulimit -c 0; kill -$signal "$PLAYER")
			stub_end $((128 + $(kill -l $signal)))
			guardian_goes
			[ "$(grep -c ' open Synth$' "$LOG")" -eq 2 ]
			[ "$(grep -c ' close$' "$LOG")" -eq 1 ]
			[ "$(grep -c ' b1 7b 00$' "$LOG")" -le 1 ]
			all_is_silent || { echo "$signal after $moment lines"; return 1; }
		done
	done
}

@test "play: the guardian finds the very port again: the second of two of one name" {
	needs_midicsv
	long_file long.mid
	PORTS="out:Synth;out:Synth;out:2"
	for port in 1 2; do
		stub_start play -d $port long.mid
		wait_for_lines 8
		find_guardian
		kill -KILL "$PLAYER"
		stub_end 137
		guardian_goes
		all_is_silent
		[ "$(grep -c " open $port" "$LOG.ports")" -eq 2 ] || { cat "$LOG.ports"; return 1; }
		rm "$LOG.ports"
	done
}

@test "play: the guardian holds nothing but its pipe, and lets go of what reads the program's output" {
	needs_midicsv
	long_file long.mid
	mkfifo out
	(cat out >said && touch ended) 3>&- &
	exec_stubbed play long.mid >out 2>&1 3>&- 7</dev/zero &
	PLAYER=$!
	wait_for_lines 8
	find_guardian
	[ "$(cat "/proc/$GUARDIAN/comm")" = midi-guardian ]
	for fd in "/proc/$GUARDIAN/fd"/*; do readlink "$fd"; done | sed 's/:.*//' | sort | uniq -c | sed 's/^ *//' >held
	diff held - <<-END
		3 /dev/null
		1 pipe
	END
	# of a session of its own, and deaf
	read -r _ _ _ parent group session _ <"/proc/$GUARDIAN/stat"
	[ "$parent $group $session" = "$PLAYER $GUARDIAN $GUARDIAN" ]
	for signal in INT TERM HUP QUIT TSTP USR1 PIPE; do kill -$signal "$GUARDIAN"; done
	sleep 0.1
	kill -0 "$GUARDIAN"
	kill -KILL "$PLAYER"
	stub_end 137
	guardian_goes
	all_is_silent
	for _ in $(seq 200); do [ ! -f ended ] || break; sleep 0.01; done
	[ -f ended ]
}

@test "play: what ends well needs no guardian, and leaves none behind" {
	needs_midicsv
	long_file long.mid
	for signal in INT TERM; do
		stub_start play long.mid
		wait_for_lines 8
		find_guardian
		kill -$signal "$PLAYER"
		stub_end 0
		[ ! -d "/proc/$GUARDIAN" ]
		[ "$(grep -c ' open Synth$' "$LOG")" -eq 1 ]
		[ "$(grep -c ' b0 7b 00$' "$LOG")" -eq 1 ]
		all_is_silent
	done
	# halted it is silent: there is nothing left to do
	stub_start play long.mid
	wait_for_lines 8
	find_guardian
	kill -TSTP "$PLAYER"
	for _ in $(seq 200); do
		[ "$(awk '{ print $3 }' "/proc/$PLAYER/stat")" != T ] || break
		sleep 0.01
	done
	kill -KILL "$PLAYER"
	stub_end 137
	guardian_goes
	[ "$(grep -c ' open Synth$' "$LOG")" -eq 1 ]
	# the guardian is gone before its time: playing does not need it
	stub_start play long.mid
	wait_for_lines 8
	find_guardian
	kill -KILL "$GUARDIAN"
	kill -TERM "$PLAYER"
	stub_end 0
	all_is_silent
}

@test "play: asking again and again does not skip the note-offs" {
	needs_midicsv
	long_file long.mid
	stub_start play long.mid
	wait_for_lines 12
	for _ in 1 2 3 4 5 6 7 8; do kill -INT "$PLAYER" 2>/dev/null || break; done
	kill -TERM "$PLAYER" 2>/dev/null || true
	stub_end 0
	all_is_silent
}

@test "play: nohup keeps SIGHUP away" {
	needs_midicsv
	long_file long.mid
	(trap '' HUP && stub_start play long.mid && echo "$PLAYER" >pid && stub_end 0) 3>&- &
	shell=$!
	wait_for_lines 6
	PLAYER=$(cat pid)
	kill -HUP "$PLAYER"
	lines=$(wc -l <"$LOG")
	wait_for_lines $((lines + 10))
	kill -TERM "$PLAYER"
	wait $shell
	all_is_silent
}

@test "play: Ctrl-Z silences, and it goes on afterwards" {
	needs_midicsv
	long_file long.mid
	stub_start play long.mid
	wait_for_lines 12
	kill -TSTP "$PLAYER"
	for _ in $(seq 200); do
		[ "$(awk '{ print $3 }' "/proc/$PLAYER/stat")" != T ] || break
		sleep 0.01
	done
	[ "$(awk '{ print $3 }' "/proc/$PLAYER/stat")" = T ]
	before=$(wc -l <"$LOG")
	awk '$2 ~ /^9/ { n[substr($2, 2) $3]++ } $2 ~ /^8/ { n[substr($2, 2) $3]-- } END { for (k in n) if (n[k]) exit 1 }' "$LOG"
	tail -n 1 "$LOG" | grep -q ' b0 7b 00$'
	sleep 0.3
	[ "$(wc -l <"$LOG")" -eq "$before" ]
	kill -CONT "$PLAYER"
	wait_for_lines $((before + 10))
	kill -INT "$PLAYER"
	stub_end 0
	all_is_silent
}

@test "play: a closed standard output does not stop the music half-way" {
	needs_midicsv
	short_file short.mid
	{ stubbed play short.mid 2>/dev/null || true; } | true
	played short.mid
	all_is_silent
}

@test "play: a device that is lost is looked for to the end; that it has not come back is an error, said once" {
	needs_midicsv
	short_file short.mid
	for FAIL_AFTER in 0 7; do
		fails_with 1 'the MIDI output port "Synth" is lost' stubbed play short.mid
		tail -n 1 "$LOG" | grep -q ' close$'
	done
}

@test "play: a device that blocks is given up after a while, with an error" {
	needs_midicsv
	long_file long.mid
	BLOCK_AFTER=10 stub_start play long.mid
	wait_for_lines 11
	find_guardian
	kill -INT "$PLAYER"
	stub_end 1
	grep -q '^musegen: the MIDI device does not take' "$BATS_TEST_TMPDIR/erred"
	# the guardian opens the port anew; where that hangs too it gives up
	for _ in $(seq 200); do [ "$(grep -c ' open Synth$' "$LOG")" -lt 2 ] || break; sleep 0.01; done
	[ "$(grep -c ' open Synth$' "$LOG")" -eq 2 ]
	guardian_goes
}

@test "play: what cannot be played is refused before anything sounds" {
	short=$BATS_TEST_TMPDIR/nothing.mid
	echo "not a MIDI file" >"$short"
	fails_with 1 "nothing.mid" stubbed play "$short"
	fails_with 1 "absent.mid" stubbed play absent.mid
	fails_with 2 "one file at a time" stubbed play a.mid b.mid
	fails_with 2 "a file has an end" stubbed play --live a.mid
	fails_with 2 "played as it is" stubbed play --key Gm a.mid
	fails_with 2 "played as it is" stubbed play --plain a.mid
	fails_with 2 "--live" stubbed play --life
	[ ! -s "$LOG" ]
}

@test "play: a new piece is what export writes with the same seed" {
	needs_midicsv
	install_tiny
	works musegen export -m tiny --seed 7 --bars 3 --tempo 240 -o seven.mid
	works stubbed play -m tiny --seed 7 --bars 3 --tempo 240
	[ "${lines[0]}" = 'to "Synth": model tiny (asked for: models/tiny.safetensors)' ] || says 'to "Synth": model tiny ('
	played seven.mid
	all_is_silent
	works musegen export -m tiny --seed 7 --bars 3 --tempo 240 --plain -o plain.mid
	works stubbed play -m tiny --seed 7 --bars 3 --tempo 240 --plain
	# a file's notes end by its last bar line; a stream does not know of its end before it comes
	played plain.mid onsets
	all_is_silent
}

@test "play --live goes on past the end of a piece, and stops clean" {
	install_tiny
	works stubbed play -m tiny --seed 11 --bars 1 --tempo 600
	single=$(grep -c ' 9' "$LOG")
	stub_start play --live -m tiny --seed 11 --bars 1 --tempo 600
	wait_for_lines $((8 * single + 20))
	kill -INT "$PLAYER"
	stub_end 0
	all_is_silent
	[ "$(grep -c ' 9' "$LOG")" -gt $((3 * single)) ]
	grep -q '^to "Synth": model tiny (' "$BATS_TEST_TMPDIR/said"
	grep -q 'notes in .*; messages late by' "$BATS_TEST_TMPDIR/said"
	tail -n 1 "$BATS_TEST_TMPDIR/said" | sed 's/^/# /' >&3
}

@test "play --live: the thread that writes neither allocates nor locks: changes, a recording, MIDI clock, a loss" {
	install_tiny
	watch_device_thread
	# two controllers turned all along, and notes that are none of ours
	awk 'BEGIN { for (t = 0.3; t < 8; t += 0.05) {
		printf "%.2f b0 14 %02x\n%.2f b0 15 %02x\n%.2f 90 3c 40\n", t, n % 128, t, n * 7 % 128, t; n += 9 } }' >turned
	GONE_AFTER=150 GONE_FOR=0.3 SCRIPTS="Keys:turned" stub_start play --live --no-screen -m tiny --seed 11 --tempo 400 \
		--clock -i Keys --record kept.mid --set live.cc-temperature=20 --set live.cc-tempo=21
	for _ in $(seq 1500); do ! grep -qs ' fb$' "$LOG" || break; sleep 0.01; done
	wait_for_lines $(($(wc -l <"$LOG") + 100))
	kill -INT "$PLAYER"
	stub_end 0
	[ "$(cat "$NOMALLOC_LOG")" = watched ]
	grep -q ' gone$' "$LOG"
	[ "$(grep -c ' open Synth$' "$LOG")" -eq 2 ]
	# and it is seen where one does
	cat >allocates.c <<-END
		#include <portmidi.h>
		#include <stdlib.h>
		static void *volatile kept;
		int main(void)
		{
			PortMidiStream *s;
			Pm_Initialize();
			Pm_OpenOutput(&s, 1, NULL, 0, (PmTimeProcPtr)Pm_CountDevices, NULL, 0);
			Pm_WriteShort(s, 0, 0x403c90);
			kept = malloc(9);
			return 0;
		}
	END
	cc -o allocates allocates.c -lportmidi
	! MUSEGEN=./allocates stubbed >said 2>&1
	grep -q 'nomalloc: malloc in the thread' said
}

@test "play: a status line on a terminal" {
	needs_midicsv
	script -qec true /dev/null >/dev/null 2>&1 || skip "no pseudo-terminal can be had through script(1)"
	short_file short.mid
	LD_PRELOAD= TERM=xterm SHELL=$(command -v bash) script -qefc "$(declare -f exec_stubbed)
		$(declare -p STUB PORTS LOG MUSEGEN)
		exec_stubbed play short.mid" /dev/null >shown </dev/null
	grep -q $'\rbar 1, 150 bpm, 3 parts, 0:0.\e\[K' shown
	grep -q 'bar 3, 400 bpm, 3 parts, 0:0.' shown
}
