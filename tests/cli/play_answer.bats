#!/usr/bin/env bats
# musegen play --answer and --follow-chords: hands on a keyboard, by tests/live/pmstub.c's scripts, and what is played to them.

load helper
load ../live/stub
load ../live/stage

setup() {
	enter_house
	build_stub
	needs_midicsv
	PORTS="out:Synth;in:Keys"
	SCRIPTS="Keys:keys"
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
}

# phrase SECOND: six notes in 1.2 seconds from there, a bar of 3/4, and a tap of the pedal.
phrase() {
	awk -v t="$1" 'BEGIN {
		n = split("3c 3e 40 41 43 40", pitch, " ")
		for (i = 1; i <= n; i++) {
			printf "%.3f 90 %s 40\n%.3f 80 %s 00\n", t, pitch[i], t + 0.18, pitch[i]
			t += 0.2
		}
		printf "%.3f b0 40 7f\n%.3f b0 40 00\n", t + 0.02, t + 0.1
	}'
}

# listening SECONDS ARGUMENTS...: the hands are the script `hands`; ended by a button after so many seconds.
listening() {
	{
		cat hands
		message "$1" b0 77 7f
	} | in_order keys
	shift
	works stubbed play --live --no-screen --plain -m chorales --seed 3 --metre 3/4 --set live.cc-quit=119 --record played.mid "$@"
	all_is_silent
}

# answers SECOND SECOND: what is played between them is in the two bars from a bar line on, as the recording has them.
# It begins within two beats; a bar is 1440 ticks, a beat 0.4 seconds.
answers() {
	onsets Keys 0 1000 | cut -d' ' -f1 >times
	midicsv played.mid | awk -F', *' '$3 == "Note_on_c" && $6 > 0 { print $2 }' | sort -n | paste times - |
		awk -v from="$1" -v to="$2" '
		$1 >= from && $1 < to {
			if (!n++) { line = $2 - $2 % 1440; first = $1; begins = $2 - line }
			last = $1
			if ($2 >= line + 2880) late++
		}
		END {
			printf "# %d notes, from %.2f to %.2f s\n", n, first, last
			exit n < 4 || late || begins > 960 || last - first > 2.4 + 0.5
		}' >verdict || { cat verdict; paste times -; return 1; }
	cat verdict >&3
}

@test "play --answer: silent until a phrase; then two bars from a bar line on, and silent again; and a second phrase" {
	{
		phrase 0.3
		phrase 6.8
	} | in_order hands
	listening 12.5 --answer Keys
	[ "$(grep -c "^answering 6 notes" <<<"$output")" -eq 2 ]
	[ -z "$(onsets Keys 0 1.5; onsets Keys 6.6 8)" ]
	answers 0 6.8
	answers 6.8 13
}

@test "play --answer: what comes back, of a keyboard that plays what it is sent, is not answered" {
	phrase 0.3 | in_order hands
	LOOP="Synth:Keys" listening 10 --answer Keys
	[ "$(grep -c "^answering" <<<"$output")" -eq 1 ] || { echo "$output"; return 1; }
	answers 0 10
	# nor does it steer
	LOOP="Synth:Keys" listening 3 -i Keys --follow-chords
	[ "$(onsets Keys 0 3 | wc -l)" -gt 4 ]
	says_not "following"
}

@test "play --follow-chords: the chord is said, and its tones are commoner from the next bar on" {
	# F sharp major, in music that is in D minor
	{
		for key in 36 3a 3d; do message 3.5 90 $key 40; done
		for key in 36 3a 3d; do message 4.5 80 $key 00; done
	} | in_order hands
	listening 9 -i Keys --follow-chords --tempo 240 -k Dm
	says "following F#"
	share() { onsets Keys "$1" "$2" | awk '{ c = $3 % 12; n++; of += c == 6 || c == 10 || c == 1 } END { printf "%d", n ? 100 * of / n : 0 }'; }
	before=$(share 0 3.5)
	after=$(share 4.6 9)
	echo "# $before % of the notes before, $after % after" >&3
	[ "$after" -gt $((before + 25)) ]
}

@test "play --answer: while nothing is played it costs next to nothing" {
	: >hands
	message 100 b0 77 7f >keys
	stub_start play --live --no-screen -m chorales --answer Keys
	for _ in $(seq 500); do ! grep -qs ' listen Keys' "$LOG" || break; sleep 0.01; done
	sleep 1
	used() { awk '{ print $14 + $15 }' "/proc/$PLAYER/stat"; }
	from=$(used)
	sleep 4
	to=$(used)
	kill -INT "$PLAYER"
	stub_end 0
	run ! grep -q ' 9' "$LOG"
	echo "# $((to - from)) hundredths of a second in 4: an hour of it $(((to - from) * 9)) s" >&3
	[ $((to - from)) -lt 100 ]
}

@test "play --answer --clock-from: a phrase in a master's time is answered in it, from a bar line of his" {
	PORTS="out:Synth;in:Clock;in:Keys"
	SCRIPTS="Keys:keys;Clock:clock"
	{
		clocks 0.2 12 150
		message 0.19 fa
	} | in_order clock
	# bars of 1.2 seconds: the third begins at 2.6
	phrase 2.6 | in_order hands
	listening 11 --answer Keys --clock-from Clock
	says "answering 6 notes"
	[ -z "$(onsets Keys 0 3.8)" ]
	# two of his bars, every note where he has a 24th of a beat
	onsets Keys 0 12 | awk '
		{ tick = ($1 - 0.2) / 0.4 * 24; off = tick - int(tick + 0.5); off = (off < 0 ? -off : off) * 400 / 24; bar = int(($1 - 0.2 + 0.01) / 1.2) }
		NR == 1 { first = bar; begins = $1 - 0.2 - bar * 1.2 }
		{ offs[NR] = off; n += off < 4; if (bar > first + 1) late++ }
		END { printf "# %d notes, %d of them within 4 ms of his time; from %.2f s after the line of his bar %d\n", NR, n, begins, first + 1; exit NR < 4 || n * 2 < NR || late || begins > 0.85 }' >verdict ||
		{ cat verdict; onsets Keys 0 12; return 1; }
	cat verdict >&3
}
