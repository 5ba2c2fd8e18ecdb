#!/usr/bin/env bats
# musegen play on a real ALSA sequencer, in a virtual machine and in virtual
# time: the port gets every note, in order, and nothing goes on sounding.
# Where the machine cannot be had the tests are skipped, and say so.

load ../cli/helper
load ../live/stub

setup_file() {
	export VM=$ROOT/build/vm GUEST=$BATS_FILE_TMPDIR/root

	VM_REASON=$(bash "$ROOT/tests/live/vm.sh" prepare "$VM" 2>&1) || {
		export VM_REASON=${VM_REASON:-unknown}
		return 0
	}
	# the emulator does not know every instruction of this processor
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$ROOT" -j2 ARCH=-march=x86-64-v2 B=build/portable build/portable/musegen \
		>"$BATS_FILE_TMPDIR/make.log" 2>&1 || { cat "$BATS_FILE_TMPDIR/make.log"; return 1; }
	mkdir -p "$GUEST/bin"
	cp "$ROOT/build/portable/musegen" "$GUEST/bin/"
	cc -std=c11 -D_GNU_SOURCE -O1 -o "$GUEST/bin/midicap" "$ROOT/tests/live/midicap.c"
	cp "$ROOT/tests/live/guest.sh" "$GUEST/"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR enter_house
	install_tiny
	cp models/tiny.safetensors "$GUEST/"
	short_file "$GUEST/short.mid"
	long_file "$GUEST/long.mid"
	bash "$ROOT/tests/live/vm.sh" run "$VM" "$GUEST" >"$BATS_FILE_TMPDIR/console" || {
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

# section NAME: what the guest printed between BEGIN NAME and END
section() {
	awk -v name="$1" '$1 == "END" { on = 0 } on { print } $1 == "BEGIN" && $2 == name { on = 1 }' "$BATS_FILE_TMPDIR/console"
}

# heard NAME CODE: the log of a part is the log looked at; the program exited so, and its last words are shown
heard() {
	section "$1.log" >"$LOG"
	section "$1.said" >"$BATS_TEST_TMPDIR/said"
	tail -n 2 "$BATS_TEST_TMPDIR/said" | sed 's/^/# /' >&3
	grep -q "^exit $2$" "$BATS_TEST_TMPDIR/said"
}

# The time that the program itself says half, and 99 in 100, of the messages were late by.
late() {
	sed -n 's/.*messages late by \([0-9.]*\) ms.*, \([0-9.]*\) ms (99 in 100).*/\1 \2/p' "$BATS_TEST_TMPDIR/said"
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
	late | awk '{ exit !($1 < 0.5 && $2 < 1) }'
}

@test "VM: 20 seconds of new music, stopped by SIGINT: complete, silent, late by less than a millisecond" {
	heard live 0
	all_is_silent
	# the first piece is the one that export writes with this seed: none of its notes is missing, none is out of order
	section live.mid | base64 -d >live.mid
	TOLERANCE=0.002 played live.mid beginning
	late | awk '{ exit !($1 < 0.5 && $2 < 1) }'
	run ! grep -q 'fell behind' "$BATS_TEST_TMPDIR/said"
}

@test "VM: SIGINT, SIGTERM and SIGHUP in the midst of a held chord leave nothing sounding" {
	for name in int term hup; do
		heard $name 0
		[ "$(grep -c ' 9' "$LOG")" -gt 5 ]
		all_is_silent
	done
}

@test "VM: after SIGKILL or SIGSEGV the guardian opens the port anew, leaves nothing sounding, and goes" {
	heard kill 137
	[ "$(grep -c ' 9' "$LOG")" -gt 5 ]
	all_is_silent
	heard segv 139
	[ "$(grep -c ' 9' "$LOG")" -gt 5 ]
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
