#!/usr/bin/env bats
# musegen play on a real ALSA sequencer, in a virtual machine and in virtual
# time: the port gets every note, in order, and nothing goes on sounding.
# Where the machine cannot be had the tests are skipped, and say so.
# VM_LIVE_SECONDS is how long the long run of live music is, in virtual time.

load ../cli/helper
load ../live/stub

setup_file() {
	export VM=$ROOT/build/vm GUEST=$BATS_FILE_TMPDIR/root VM_LIVE_SECONDS=${VM_LIVE_SECONDS:-120}

	VM_REASON=$(bash "$ROOT/tests/live/vm.sh" prepare "$VM" 2>&1) || {
		export VM_REASON=${VM_REASON:-unknown}
		return 0
	}
	# the emulator does not know every instruction of this processor
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$ROOT" -j2 ARCH=-march=x86-64-v2 B=build/portable build/portable/musegen \
		>"$BATS_FILE_TMPDIR/make.log" 2>&1 || { cat "$BATS_FILE_TMPDIR/make.log"; return 1; }
	mkdir -p "$GUEST/bin"
	cp "$ROOT/build/portable/musegen" "$GUEST/bin/"
	for program in midicap midiclock inpty; do
		cc -std=c11 -D_GNU_SOURCE -O1 -o "$GUEST/bin/$program" "$ROOT/tests/live/$program.c" -lutil
	done
	cp "$ROOT/tests/live/guest.sh" "$GUEST/"
	echo "$VM_LIVE_SECONDS" >"$GUEST/seconds"
	# what the screen asks about the terminal it is on
	mkdir -p "$GUEST/lib/terminfo/l"
	cp -L /lib/terminfo/l/linux "$GUEST/lib/terminfo/l/"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR enter_house
	# a model that does not look for endings: that takes as long as half a minute of music does in this machine
	musegen train --config "$TINY" --set generator.form=0 -m models/tiny.safetensors "$ROOT/corpus/bach" >train.log 2>&1 ||
		{ cat train.log; return 1; }
	cp models/tiny.safetensors "$GUEST/"
	short_file "$GUEST/short.mid"
	long_file "$GUEST/long.mid"
	VM_SECONDS=$((400 + 2 * VM_LIVE_SECONDS)) bash "$ROOT/tests/live/vm.sh" run "$VM" "$GUEST" >"$BATS_FILE_TMPDIR/console" || {
		cat "$BATS_FILE_TMPDIR/console" "$VM/qemu.err"
		return 1
	}
}

setup() {
	[ -z "${VM_REASON:-}" ] || skip "no virtual machine: $VM_REASON"
	needs_midicsv
	LOG=$BATS_TEST_TMPDIR/log
	cd "$BATS_TEST_TMPDIR"
}

# section NAME: what the guest printed between BEGIN NAME and END, or, packed, between BEGIN NAME.gz and END
section() {
	local part

	part=$(awk -v name="$1" '$1 == "END" { on = 0 } on { print } $1 == "BEGIN" && ($2 == name || $2 == name ".gz") { on = 1; print $2 }' \
		"$BATS_FILE_TMPDIR/console")
	case ${part%%$'\n'*} in
	*.gz) tail -n +2 <<<"$part" | base64 -d | gzip -dc ;;
	*) tail -n +2 <<<"$part" ;;
	esac
}

# heard NAME CODE: the log of a part is the log looked at; the program exited so, and its last words are shown
heard() {
	section "$1.log" >"$LOG"
	section "$1.said" >"$BATS_TEST_TMPDIR/said"
	tail -n 2 "$BATS_TEST_TMPDIR/said" | LC_ALL=C tr -cd '[:print:]\n' | cut -c -200 | sed 's/^/# /' >&3
	grep -q "^exit $2$" "$BATS_TEST_TMPDIR/said"
}

# The time that the program itself says half, and 999 in 1000, of the messages were late by.
late() {
	sed -n 's/.*messages late by \([0-9.]*\) ms.*, \([0-9.]*\) ms (999 in 1000).*/\1 \2/p' "$BATS_TEST_TMPDIR/said"
}

# Is that half a millisecond, and a millisecond, at most?
is_punctual() {
	late | awk '{ n++; late = late || $1 >= 0.5 || $2 >= 1 } END { exit n != 1 || late }'
}

@test "VM: the ports of the real sequencer, the through port marked" {
	section devices >"$BATS_TEST_TMPDIR/devices"
	cat "$BATS_TEST_TMPDIR/devices"
	grep -q 'Midi Through.*(through port)$' "$BATS_TEST_TMPDIR/devices"
	[ "$(grep -c 'VirMIDI' "$BATS_TEST_TMPDIR/devices")" -eq 2 ]
}

@test "VM: a file comes out of the port note for note, in time" {
	heard file 0
	grep -q '^to "VirMIDI 0-0": /short.mid' "$BATS_TEST_TMPDIR/said"
	TOLERANCE=0.002 played "$GUEST/short.mid"
	all_is_silent
	is_punctual
}

@test "VM: 20 seconds of new music, stopped by SIGINT: complete, silent, late by less than a millisecond" {
	heard live 0
	all_is_silent
	# the first piece is the one that export writes with this seed: none of its notes is missing, none is out of order
	section live.mid >live.mid
	TOLERANCE=0.002 played live.mid beginning
	is_punctual
	run ! grep -q 'fell behind' "$BATS_TEST_TMPDIR/said"
}

@test "VM: SIGINT, SIGTERM, SIGHUP and SIGQUIT in the midst of a held chord leave nothing sounding" {
	for name in int term hup quit; do
		heard $name 0
		[ "$(grep -c ' 9' "$LOG")" -gt 5 ]
		all_is_silent
	done
}

@test "VM: q ends it, on the screen and without; and so does the terminal's end: silent" {
	for name in key screenkey; do
		heard $name 0
		[ "$(grep -c ' 9' "$LOG")" -gt 2 ]
		all_is_silent
	done
	# there was a screen: the terminal was cleared
	section screenkey.said | grep -q "$(printf '\033')\[H"
	# inpty was killed, and the terminal with it
	heard hangup 137
	[ "$(grep -c ' 9' "$LOG")" -gt 2 ]
	all_is_silent
}

@test "VM: a receiver that takes nothing for a while, and then all of it: silent" {
	heard stalled 0
	[ "$(grep -c ' 9' "$LOG")" -gt 5 ]
	all_is_silent
}

@test "VM: after SIGKILL, SIGSEGV or an abort the guardian opens the port anew, leaves nothing sounding, and goes" {
	heard kill 137
	[ "$(grep -c ' 9' "$LOG")" -gt 5 ]
	all_is_silent
	heard segv 139
	[ "$(grep -c ' 9' "$LOG")" -gt 5 ]
	all_is_silent
	heard abrt 134
	[ "$(grep -c ' 9' "$LOG")" -gt 2 ]
	all_is_silent
	[ -z "$(section left)" ]
}

@test "VM: MIDI clock: every pulse at its moment, stopped at the end, and by the guardian after SIGKILL" {
	heard clock 0
	TOLERANCE=0.002 played "$GUEST/short.mid"
	all_is_silent
	# twelve quarters: four of 0.4 s, the others of 0.15
	awk '
	$2 == "fa" { start = $1 + 0.010 }
	$2 == "f8" {
		off = $1 - start - (k < 96 ? k * 0.4 / 24 : 1.6 + (k - 96) * 0.15 / 24)
		off = off < 0 ? -off : off
		most = off > most ? off : most
		k++
	}
	$2 == "fc" { stopped = k }
	END { printf "# %d pulses, the farthest %.2f ms from its moment\n", k, 1000 * most; exit !(k == 288 && stopped == 288 && most < 0.002) }' "$LOG" >&3
	heard clockkill 137
	all_is_silent
	[ "$(grep -v ' close$' "$LOG" | tail -n 1 | cut -d' ' -f2-)" = fc ]
}

@test "VM: a port nobody listens to does not hold up the music" {
	section deaf >"$BATS_TEST_TMPDIR/said"
	cat "$BATS_TEST_TMPDIR/said"
	grep -q '^exit 0$' "$BATS_TEST_TMPDIR/said"
}

@test "VM: $VM_LIVE_SECONDS seconds of live music and its clock: every message, in order, on the beat" {
	heard long 0
	all_is_silent
	# what the program took down of what it played: the same notes, begun and ended at the same times
	section long.mid >long.mid
	TOLERANCE=0.002 played long.mid
	is_punctual
	run ! grep -q -e 'fell behind' -e 'was lost' "$BATS_TEST_TMPDIR/said"
	# what it took down grows, little by little; nothing else does
	section memory | awk -v seconds="$VM_LIVE_SECONDS" '
	NR == 1 { first = $1 }
	END { printf "# %d kB of memory at half the time, %d kB at the end\n", first, $1; exit !(NR == 2 && first > 0 && $1 - first < 512 + seconds) }' >&3
	# 24 pulses a quarter, a quarter half a second, from the first to the last; the grid is as fine as that, so every note begins at one
	awk -v seconds="$VM_LIVE_SECONDS" '
	function size(x) { return x < 0 ? -x : x }
	$2 == "fa" || $2 == "fb" { starts++; first = $1 + 0.010 }
	$2 == "f8" {
		step = size($1 - last - 1 / 48)
		most = n > 0 && step > most ? step : most
		away = size($1 - first - n / 48)
		drift = away > drift ? away : drift
		last = $1
		n++
	}
	$2 ~ /^9/ { notes++; off = $1 - last; off = 1 / 48 - off < off ? 1 / 48 - off : off; farthest = off > farthest ? off : farthest }
	END {
		printf "# %d pulses, the step at most %.2f ms from even, and none %.2f ms from its moment; %d notes at most %.2f ms from one\n",
			n, 1000 * most, 1000 * drift, notes, 1000 * farthest
		exit !(starts == 1 && n > 48 * (seconds - 2) && n <= 48 * seconds && most < 0.001 && drift < 0.001 && notes > seconds && farthest < 0.001)
	}' "$LOG" >&3
}

# The master of the part "moves", in guest.sh, as midiclock wrote it down, and the log: where it stands still nothing sounds; where it
# does not, notes begin at its clocks, which it sends up to a millisecond early or late.
@test "VM: a clock that is followed: started, stopped, continued, moved, faster, lost and there again" {
	heard moves 0
	all_is_silent
	section moves.clock >clock
	grep -q 'the clock is lost' "$BATS_TEST_TMPDIR/said"
	grep -q 'the clock is there again' "$BATS_TEST_TMPDIR/said"
	# until it is first stopped, the piece that export writes with this seed
	section live120.mid >live120.mid
	mv "$LOG" whole
	awk -v stop="$(awk '$2 == "fc" { print $1; exit }' clock)" '$1 < stop' whole >"$LOG"
	TOLERANCE=0.004 played live120.mid beginning
	mv whole "$LOG"
	awk '
	function size(x) { return x < 0 ? -x : x }
	# kinds of clocks: 0 within 2 ms; 1 the first quarter after a start, the ramp and the quarter after it, the clock that is lost
	function kind_of(k) { return k < 24 || (k >= 288 && k < 312) || (k >= 384 && k < 408) || (k >= 576 && k < 984) || (k >= 1056 && k < 1128) }
	FILENAME == ARGV[1] && ($2 == "fa" || $2 == "fb") { runs++; begin[runs] = $1; next }
	FILENAME == ARGV[1] && $2 == "fc" { end[runs] = $1; next }
	# 48 clocks are not sent
	FILENAME == ARGV[1] && $2 == "f8" { if (n == 1056) for (; n < 1104; n++) at[n] = at[n - 1] + 60 / 140 / 24; at[n++] = $1; next }
	FILENAME == ARGV[1] { next }
	$2 ~ /^[89]/ {
		key = $2 $3
		sub(/^./, "", key)
		run = 0
		for (r = 1; r <= runs; r++) if ($1 >= begin[r] - 0.003 && $1 <= end[r] + 0.005) run = r
		if ($2 ~ /^8/) { delete on[key]; if (!run) stray++ }
		else {
			on[key] = 1
			heard[run]++
			if (!run) stray++
			best = 1
			for (k = 0; k < n; k++) if (size($1 - at[k]) < best) { best = size($1 - at[k]); nearest = k }
			kind = kind_of(nearest)
			notes[kind]++
			most[kind] = best > most[kind] ? best : most[kind]
		}
	}
	END {
		printf "# %d notes at most %.2f ms from the clock; %d where the clock is new, changes or is lost, at most %.2f ms\n",
			notes[0], 1000 * most[0], notes[1], 1000 * most[1]
		printf "# notes in its runs: %d, %d, %d; outside: %d\n", heard[1], heard[2], heard[3], stray
		exit !(n == 1200 && runs == 3 && heard[1] > 5 && heard[2] > 1 && heard[3] > 10 && !stray && notes[0] > 10 && most[0] < 0.002 && most[1] < 0.006)
	}' clock "$LOG" >verdict || { cat verdict; return 1; }
	cat verdict >&3
}

@test "VM: a USB synthesiser plugged out and in again: found, silenced first, given its instrument; its keys too" {
	heard usb 0
	grep -q 'the MIDI device is gone' "$BATS_TEST_TMPDIR/said"
	grep -q 'the MIDI device is there again' "$BATS_TEST_TMPDIR/said"
	grep -q 'the MIDI device was lost, times: 1$' "$BATS_TEST_TMPDIR/said"
	# the button that keeps the last bars, if there was a note in them: before and after
	[ "$(grep -c -e '^kept in ' -e '^not kept: ' "$BATS_TEST_TMPDIR/said")" -eq 2 ]
	[ "$(grep -c ' 9' "$LOG")" -gt 0 ]
	mv "$LOG" before
	section usb.again >"$LOG"
	[ "$(grep -c ' 9' "$LOG")" -gt 0 ]
	# what sounded when it went is ended there, and may be ended once more
	awk '
	FILENAME == ARGV[1] && $2 ~ /^9/ { used[substr($2, 2)] = 1; on[substr($2, 2) $3] = 1; next }
	FILENAME == ARGV[1] && $2 ~ /^8/ { delete on[substr($2, 2) $3]; next }
	FILENAME == ARGV[1] || $2 == "open" { next }
	{ channel = substr($2, 2); kind = substr($2, 1, 1) }
	kind == "8" { delete on[channel $3] }
	kind == "b" && !begun { quiet[channel] = quiet[channel] " " $3 }
	kind == "c" { program[channel]++ }
	kind == "9" && !begun++ {
		for (key in on) { print "it still sounds: " key; bad = 1 }
		for (c in used) if (quiet[c] != " 40 78 7b") { print "channel " c " was told" quiet[c]; bad = 1 }
	}
	kind == "9" && !program[channel] { print "a note before the program"; bad = 1 }
	# its clock: first where it is, then that it goes on
	$2 == "f2" { positions++ }
	$2 == "fb" && !positions { print "continued from nowhere"; bad = 1 }
	$2 == "f8" && !pulses++ && !fb { print "a pulse before it goes on"; bad = 1 }
	$2 == "fb" { fb++ }
	END { if (fb != 1) { print "continued " fb + 0 " times"; bad = 1 } exit bad }' before "$LOG"
	# and from then on, as always
	awk '$2 == "open" || $2 == "close" || begun { print; next } $2 ~ /^[9c]/ { begun = 1; print }' "$LOG" >after
	mv after "$LOG"
	all_is_silent
}

@test "VM: ended while the synthesiser is away: an error, said once" {
	section away.said >"$BATS_TEST_TMPDIR/said"
	cat "$BATS_TEST_TMPDIR/said"
	grep -q '^exit 1$' "$BATS_TEST_TMPDIR/said"
	[ "$(grep -c '^musegen: ' "$BATS_TEST_TMPDIR/said")" -eq 1 ]
}
