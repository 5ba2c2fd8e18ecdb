#!/usr/bin/env bats
# musegen play --record, --split and the settings of [live]: what is sent lands in the file, and goes where it is told to.

load helper
load ../live/stub

setup() {
	enter_house
	build_stub
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
	[ ! -S tmux ] || tmux -S tmux kill-server 2>/dev/null || true
}

# The notes of a MIDI file, a line each: beginning and end in ticks, pitch, velocity.
notes() {
	midicsv "$1" | awk -F', *' '
	$3 == "Note_on_c" || $3 == "Note_off_c" {
		key = $1 " " $4 " " $5
		if (key in since) { print since[key], $2, $5, velocity[key]; delete since[key] }
		if ($3 == "Note_on_c" && $6 > 0 && $4 != 9) { since[key] = $2; velocity[key] = $6 }
	}' | sort -n -k1,1 -k2,2 -k3,3 -k4,4
}

# The channels that notes were sent on, as hexadecimal digits: "0 2".
channels() {
	awk '$2 ~ /^9/ { print substr($2, 2) }' "$LOG" | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# quick_file FILE.mid: bars of a quarter of a second, eight notes each, for half a minute.
quick_file() {
	{
		echo "0, 0, Header, 1, 1, 480"
		echo "1, 0, Start_track"
		echo "1, 0, Tempo, 62500"
		awk 'BEGIN { for (t = 0; t < 230400; t += 240) { print "1, " t ", Note_on_c, 0, " 60 + t / 240 % 20 ", 80"; print "1, " t + 240 ", Note_off_c, 0, " 60 + t / 240 % 20 ", 0" } }'
		echo "1, 230400, End_track"
		echo "0, 0, End_of_file"
	} >"$1.csv"
	csvmidi "$1.csv" "$1"
}

# brief_file FILE.mid: short_file's music in a third of a second.
brief_file() {
	short_file "$1"
	sed -i -e 's/Tempo, 400000/Tempo, 20000/' -e 's/Tempo, 150000/Tempo, 30000/' "$1.csv"
	csvmidi "$1.csv" "$1"
}

# Until there is FILE, ten seconds at most.
wait_for_file() {
	for _ in $(seq 1000); do
		[ ! -f "$1" ] || return 0
		sleep 0.01
	done
	echo "there is no $1"
	return 1
}

@test "play --record: the notes and the tempo of what was played, tick for tick" {
	needs_midicsv
	brief_file brief.mid
	echo old >played.mid
	works stubbed play brief.mid --record played.mid
	says "recorded to played.mid: 61 notes"
	notes brief.mid >wanted
	[ "$(wc -l <wanted)" -eq 61 ]
	notes played.mid >got
	diff wanted got
	[ "$(midicsv played.mid | awk -F', *' '$3 == "Tempo" { print $2, $4 }')" = $'0 20000\n1920 30000' ]
	midicsv played.mid | grep -q 'Program_c, [0-9]*, 52'
	# no clock, no silencing controllers; it says what it is, and is not replaced as what can be made again
	[ "$(midicsv played.mid | grep -c -e Control_c -e System)" -eq 0 ]
	musegen info played.mid | grep -q '^text *recorded by musegen'
	fails_with 1 "-f replaces it" musegen export -o played.mid
	all_is_silent
}

@test "play --record: a pickup, a change of metre, a bar that begins with a rest: the same bar lines" {
	needs_midicsv
	{
		echo "0, 0, Header, 1, 1, 480"
		echo "1, 0, Start_track"
		echo "1, 0, Tempo, 20000"
		echo "1, 0, Time_signature, 1, 2, 24, 8"
		for t in 0 960 2400 3360; do
			# after the first bar, 3/4; its second begins with a rest; then 4/4
			[ $t -ne 960 ] || echo "1, 480, Time_signature, 3, 2, 24, 8"
			[ $t -ne 3360 ] || echo "1, 3360, Time_signature, 4, 2, 24, 8"
			echo "1, $t, Note_on_c, 0, 60, 80"
			echo "1, $((t + 480)), Note_off_c, 0, 60, 0"
		done
		echo "1, 5280, End_track"
		echo "0, 0, End_of_file"
	} >bars.csv
	csvmidi bars.csv bars.mid
	works stubbed play bars.mid --record played.mid
	notes bars.mid >wanted
	[ "$(wc -l <wanted)" -eq 4 ]
	notes played.mid | diff wanted -
	[ "$(midicsv played.mid | awk -F', *' '$3 == "Time_signature" { print $2, $4 }')" = $'0 1\n480 3\n3360 4' ]
	for line in metre pickup length; do
		[ "$(info_line played.mid $line)" = "$(info_line bars.mid $line)" ]
	done
}

@test "play --record: killed in the midst, the file is whole" {
	needs_midicsv
	quick_file quick.mid
	stub_start play quick.mid --record played.mid
	wait_for_file played.mid
	sleep 0.3
	find_guardian
	kill -KILL "$PLAYER"
	stub_end 137
	guardian_goes
	notes quick.mid >wanted
	notes played.mid >got
	n=$(wc -l <got)
	[ "$n" -ge 32 ]
	# whole phrases: up to a bar line the same notes
	head -n 32 wanted >begun
	head -n 32 got | diff begun -
	musegen info played.mid
	# what was being written beside it goes with the next recording
	stub_start play quick.mid --record played.mid
	wait_for_lines 3
	kill -TERM "$PLAYER"
	stub_end 0
	[ -z "$(ls -A | grep -e '^\.musegen')" ]
}

@test "play --live --record: every note that was sent" {
	needs_midicsv
	install_tiny
	stub_start play --live -m tiny --seed 5 --tempo 600 --record played.mid
	wait_for_lines 200
	kill -INT "$PLAYER"
	stub_end 0
	awk '$2 ~ /^9/ { print toupper($3), toupper($4) }' "$LOG" | sort >sent
	[ "$(wc -l <sent)" -gt 50 ]
	midicsv played.mid | awk -F', *' '$3 == "Note_on_c" { printf "%02X %02X\n", $5, $6 }' | sort >got
	diff sent got
	grep -q "recorded to played.mid: $(wc -l <sent) notes" "$BATS_TEST_TMPDIR/said"
	midicsv played.mid | grep -q 'Tempo, 100000'
	midicsv played.mid | grep -q Time_signature
}

@test "play --live: K keeps the last bars that were played" {
	needs_midicsv
	command -v tmux >/dev/null || skip "tmux is not installed"
	install_tiny
	(
		echo "exec env LD_PRELOAD=$STUB PMSTUB_DEVICES='$PORTS' PMSTUB_LOG=$LOG \\"
		echo "ASAN_OPTIONS='verify_asan_link_order=0:${ASAN_OPTIONS:-}' \\"
		echo "$MUSEGEN play --live --no-screen -m tiny --seed 5 --tempo 600 >said 2>erred"
	) >run.sh
	tmux -f /dev/null -S tmux new-session -d "sh run.sh" 3>&-
	wait_for_lines 150
	for _ in $(seq 100); do
		tmux -S tmux send-keys K
		[ -z "$(ls keep-*.mid 2>/dev/null)" ] || break
		sleep 0.1
	done
	tmux -S tmux send-keys q
	for _ in $(seq 100); do
		[ -S tmux ] && tmux -S tmux has-session 2>/dev/null || break
		sleep 0.1
	done
	kept=$(ls keep-*.mid | head -n 1)
	grep -q "kept in $kept" said
	# of what was sent, in whole bars
	notes "$kept" | awk '{ printf "%02x %02x\n", $3, $4 }' | sort -u >kept
	[ "$(wc -l <kept)" -gt 3 ]
	awk '$2 ~ /^9/ { print $3, $4 }' "$LOG" | sort -u >sent
	[ -z "$(comm -23 kept sent)" ]
	[ "$(midicsv "$kept" | awk -F', *' '$3 == "End_track" { print $2 % 240 }' | sort -u)" = 0 ]
	musegen info "$kept" | grep -q '^text *kept by musegen'
}

@test "play --record: a file that cannot be written is said before anything sounds" {
	needs_midicsv
	brief_file brief.mid
	fails_with 1 "nowhere/x.mid" stubbed play brief.mid --record nowhere/x.mid
	[ ! -s "$LOG" ]
}

@test "play --record: when it cannot be written any more the music goes on" {
	needs_midicsv
	brief_file brief.mid
	mkdir there
	stub_start play brief.mid --record there/x.mid
	wait_for_lines 5
	rmdir there
	stub_end 1
	[ "$(grep -c '^musegen: ' "$BATS_TEST_TMPDIR/erred")" -eq 1 ]
	grep -q 'there/x.mid' "$BATS_TEST_TMPDIR/erred"
	played brief.mid
	all_is_silent
}

@test "play: parts of one program share a channel, --split gives each its own, [live] sends them elsewhere" {
	needs_midicsv
	brief_file brief.mid
	works stubbed play brief.mid
	[ "$(channels)" = "0 1" ]
	works stubbed play brief.mid --split
	[ "$(channels)" = "0 1 2" ]
	works stubbed play brief.mid --set "live.part1=channel 16, transpose 12, velocity 100" \
		--set "live.part2=program 7"
	[ "$(channels)" = "0 1 f" ]
	# 79 an octave higher, as loud as it is told to be
	awk '$2 == "9f" { print $3, $4 }' "$LOG" | sort -u >top
	grep -qx "5b 64" top
	[ "$(awk '{ print $2 }' top | sort -u)" = 64 ]
	grep -q ' c[01] 07$' "$LOG"
	all_is_silent
}

@test "play: a part's setting that is not understood is named" {
	needs_midicsv
	brief_file brief.mid
	fails_with 1 'live.part3: "chanel" is not known; did you mean "channel"?' \
		stubbed play brief.mid --set "live.part3=chanel 2"
	[ ! -s "$LOG" ]
}
