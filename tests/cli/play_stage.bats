#!/usr/bin/env bats
# musegen play --live where something goes wrong, or much goes on: a device unplugged, twenty of them, processors that others
# use, the synthesiser with a keyboard beside it. What is sent is written down by tests/live/pmstub.c.

load helper
load ../live/stub
load ../live/stage

setup() {
	enter_house
	build_stub
	install_tiny
	needs_midicsv
	PORTS="out:Synth;in:Keys"
	SCRIPTS="Keys:keys"
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
	[ -z "${BUSY:-}" ] || kill $BUSY 2>/dev/null || true
}

@test "play --live: unplugged and plugged in again: what hung is put out, programs and the clock's place are sent, the recording is whole" {
	message 6 b0 77 7f >keys
	GONE_AFTER=150 GONE_FOR=0.6 works stubbed play --live --no-screen --plain -m chorales --seed 3 --clock --tempo 150 \
		-i Keys --set live.cc-quit=119 --record played.mid
	says_then "the MIDI device is gone" "the MIDI device is there again" "the MIDI device was lost, times: 1"
	[ "$(grep -c ' open Synth$' "$LOG")" -eq 2 ]
	[ "$(grep -c ' listen Keys$' "$LOG")" -eq 2 ]
	all_is_silent
	awk '
	function fail(text) { print "line " NR ": " text ": " $0; bad = 1; exit 1 }
	$2 == "gone" { gone = 1; next }
	$2 == "open" { opened++; next }
	!gone && $2 ~ /^9/ { on[substr($2, 2) $3] = 1 }
	!gone && $2 ~ /^8/ { delete on[substr($2, 2) $3] }
	!gone || opened < 2 { next }
	$2 ~ /^8/ { delete on[substr($2, 2) $3] }
	$2 ~ /^c/ { program = 1 }
	$2 ~ /^9/ { for (key in on) fail(key " hangs"); if (!program) fail("no program"); notes++ }
	$2 == "f2" { position = 1; sixteenths = hex($3) + 128 * hex($4) }
	$2 == "fb" { if (!position) fail("no position"); continued = 1 }
	$2 == "fa" { fail("begins anew") }
	$2 == "f8" && !continued { fail("a clock before it is continued") }
	function hex(s) { return 16 * (index("123456789abcdef", substr(s, 1, 1))) + index("123456789abcdef", substr(s, 2, 1)) }
	END { if (!bad && (!notes || !continued || sixteenths < 1)) { print notes + 0 " notes", sixteenths; exit 1 } exit bad }' "$LOG"
	# what was sent before and after is in the recording, and what was not is not
	[ "$(midicsv played.mid | grep -c 'Note_on_c')" -eq "$(awk '$2 ~ /^9/' "$LOG" | wc -l)" ]
}

@test "play --live: a device that never comes back is an error at the end, said once" {
	message 100 b0 77 7f >keys
	GONE_AFTER=20 GONE_FOR=1000 stub_start play --live --no-screen -m tiny --seed 6 --tempo 240 -i Keys --record played.mid
	for _ in $(seq 1000); do ! grep -qs "is gone" "$BATS_TEST_TMPDIR/said" || break; sleep 0.01; done
	sleep 1
	kill -INT "$PLAYER"
	stub_end 1
	[ "$(grep -c '^musegen: ' "$BATS_TEST_TMPDIR/erred")" -eq 1 ]
	grep -q '"Synth" is lost' "$BATS_TEST_TMPDIR/erred"
	midicsv played.mid >/dev/null
}

@test "play --live: twenty devices: the one that is asked for, and an input among them" {
	PORTS=$(for i in $(seq 0 9); do printf 'out:Port %d;in:Port %d;' $i $i; done)
	PORTS="${PORTS%;};in:Keys"
	echo "1.5 b0 77 7f" >keys
	works stubbed devices
	[ "$(grep -c "Port" <<<"$output")" -eq 20 ]
	works stubbed play --live --no-screen -m tiny --seed 6 -d "port 7" -i Keys --set live.cc-quit=119
	grep -q ' open Port 7$' "$LOG"
	all_is_silent
	SCRIPTS="Port 4:keys" works stubbed play --live --no-screen -m tiny --seed 6 -d "port 7" -i "port 4" --set live.cc-quit=119
	grep -q ' listen Port 4$' "$LOG"
	fails_with 1 "Port 9" stubbed play --live -m tiny -d "port" -i Keys
	fails_with 1 "Port 9" stubbed play --live -m tiny -d "port 7" -i port
}

# Monotonic seconds.
seconds() {
	cut -d' ' -f1 /proc/uptime
}

@test "play --live: in time beside two programs that use both processors; the first note soon" {
	BUSY=
	for _ in 1 2; do
		(while :; do :; done) 3>&- &
		BUSY="$BUSY $!"
	done
	echo "6 b0 77 7f" >keys
	began=$(seconds)
	works stubbed play --live --no-screen -m chorales --seed 3 -i Keys --set live.cc-quit=119
	kill $BUSY
	BUSY=
	all_is_silent
	first=$(awk '$2 ~ /^9/ { print $1; exit }' "$LOG")
	echo "# first note after $(awk -v a="$began" -v b="$first" 'BEGIN { printf "%.0f", 1000 * (b - a) }') ms; $(grep -o 'messages late.*' <<<"$output")" >&3
	awk -v a="$began" -v b="$first" -v most="${FIRST_NOTE:-2}" 'BEGIN { exit b - a > most }'
	# half of all messages
	grep -o 'late by [0-9.]*' <<<"$output" | awk '{ exit $3 > 5 }'
}

needs_sound() {
	[[ $(musegen --version) != *"built without"* ]] || skip "$(musegen --version | grep "built without")"
	[ -n "$(ls /usr/share/sounds/sf2/*.sf2 /usr/share/sounds/sf3/*.sf3 /usr/share/soundfonts/*.sf[23] 2>/dev/null)" ] ||
		skip "no soundfont is installed (Debian: timgm6mb-soundfont)"
}

@test "play --synth: a keyboard beside it, which steers, and is answered; what is heard is no silence" {
	needs_sound
	awk 'BEGIN {
		n = split("3c 3e 40 41 43 40", pitch, " ")
		for (t = 0.3; i++ < n; t += 0.2) printf "%.3f 90 %s 40\n%.3f 80 %s 00\n", t, pitch[i], t + 0.18, pitch[i]
		printf "%.3f b0 40 7f\n%.3f b0 40 00\n8 b0 77 7f\n", t + 0.02, t + 0.1
	}' >keys
	AUDIO=$BATS_RUN_TMPDIR/audiostub.so
	[ -f "$AUDIO" ] || cc -std=c11 -D_GNU_SOURCE -O1 -shared -fPIC -pthread -o "$AUDIO" "$ROOT/tests/live/audiostub.c"
	STUB="$AUDIO:$STUB"
	export AUDIOSTUB_FILE=$PWD/heard
	works stubbed play --live --no-screen --synth -m chorales --seed 3 --metre 3/4 --answer Keys --set live.cc-quit=119
	says_then 'to "' "answering 6 notes" "notes in"
	# no MIDI port was opened to send to; seconds that are loud: none before the phrase is over
	run ! grep -q ' open ' "$LOG"
	od -An -v -w8 -f heard | awk '
		{ a = $1 < 0 ? -$1 : $1; most = a > most ? a : most }
		NR % 48000 == 0 { loud[++s] = most > 0.01; most = 0 }
		END { for (i = 1; i <= s; i++) { printf "%d", loud[i]; n += loud[i] } print ""; exit loud[1] || n < 2 }'
}
