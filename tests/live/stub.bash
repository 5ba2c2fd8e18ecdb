# For tests that listen to what `musegen play` sends: a PortMidi of our own in
# front of the real one (pmstub.c), and what is asked of its log.

# Built once a run of bats.
build_stub() {
	STUB=$BATS_RUN_TMPDIR/pmstub.so
	[ -f "$STUB" ] || cc -std=c11 -D_GNU_SOURCE -O1 -shared -fPIC -o "$STUB" "$ROOT/tests/live/pmstub.c"
	PORTS="out:Midi Through Port-0;out:Synth;in:Keys"
	LOG=$BATS_TEST_TMPDIR/log
}

# From here on the thread that writes to a port is watched: it may not allocate or lock (nomalloc.c).
watch_device_thread() {
	! ldd "$MUSEGEN" | grep -qE 'lib(a|t|ub)san' || skip "a sanitizer has an allocator of its own"
	NOMALLOC=$BATS_RUN_TMPDIR/nomalloc.so
	[ -f "$NOMALLOC" ] || cc -std=c11 -D_GNU_SOURCE -O1 -shared -fPIC -o "$NOMALLOC" "$ROOT/tests/live/nomalloc.c" -ldl
	export NOMALLOC_LOG=$BATS_TEST_TMPDIR/watched
}

# musegen with the stub's ports; what it sends goes to $LOG. FAIL_AFTER, BLOCK_AFTER, GONE_AFTER, GONE_FOR, SCRIPTS, LOOP: see pmstub.c.
stubbed() {
	rm -f "$LOG"
	(exec_stubbed "$@")
}

# In place of this shell, so that $! is the program. A sanitizer build wants to be told that the stub comes first on purpose.
exec_stubbed() {
	exec env LD_PRELOAD="${NOMALLOC:+$NOMALLOC:}$STUB" PMSTUB_DEVICES="$PORTS" PMSTUB_LOG="$LOG" \
		${FAIL_AFTER:+PMSTUB_FAIL_AFTER=$FAIL_AFTER} ${BLOCK_AFTER:+PMSTUB_BLOCK_AFTER=$BLOCK_AFTER} \
		${GONE_AFTER:+PMSTUB_GONE_AFTER=$GONE_AFTER} ${GONE_FOR:+PMSTUB_GONE_FOR=$GONE_FOR} ${SCRIPTS:+PMSTUB_SCRIPTS="$SCRIPTS"} \
		${LOOP:+PMSTUB_LOOP="$LOOP"} \
		ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" "$MUSEGEN" "$@"
}

# stub_start ARGUMENTS...: in the background, as $PLAYER, with $BATS_TEST_TMPDIR/said and /erred.
stub_start() {
	rm -f "$LOG"
	exec_stubbed "$@" >"$BATS_TEST_TMPDIR/said" 2>"$BATS_TEST_TMPDIR/erred" 3>&- &
	PLAYER=$!
}

# Until the log has N lines; 20 seconds at most.
wait_for_lines() {
	for _ in $(seq 2000); do
		[ ! -f "$LOG" ] || [ "$(wc -l <"$LOG")" -lt "$1" ] || return 0
		sleep 0.01
	done
	echo "the log has not come to $1 lines"
	return 1
}

# stub_end CODE: wait for $PLAYER, which must end with this exit code within 20 seconds.
stub_end() {
	local code=0

	(sleep 20 && kill -KILL "$PLAYER") 2>/dev/null 3>&- &
	local watch=$!
	wait "$PLAYER" || code=$?
	kill "$watch" 2>/dev/null || true
	[ "$code" -eq "$1" ] || {
		echo "exit $code, not $1"
		cat "$BATS_TEST_TMPDIR/said" "$BATS_TEST_TMPDIR/erred"
		return 1
	}
}

# The guardian of $PLAYER, as $GUARDIAN: its only child.
find_guardian() {
	local status

	GUARDIAN=
	for status in /proc/[0-9]*/status; do
		if grep -qs "^PPid:[[:space:]]*$PLAYER$" "$status"; then
			GUARDIAN=${status#/proc/}
			GUARDIAN=${GUARDIAN%/status}
		fi
	done
	[ -n "$GUARDIAN" ] || { echo "there is no guardian"; return 1; }
}

# Until the guardian has gone, 20 seconds at most. One whose parent is gone may wait for init to take note of its end.
guardian_goes() {
	local state

	for _ in $(seq 2000); do
		state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$GUARDIAN/status" 2>/dev/null) || true
		[ -n "$state" ] && [ "$state" != Z ] || return 0
		sleep 0.01
	done
	echo "the guardian lingers"
	kill -KILL "$GUARDIAN"
	return 1
}

# The log of a whole run: nothing sounds at its end, no pitch begins twice or
# ends twice, and the last that is said on every channel used is CC 64, 120, 123.
# When a guardian took over (a second "open") the message that was being sent
# may be said to end once more.
all_is_silent() {
	awk '
	function fail(text) { print "line " NR ": " text ": " $0; bad = 1; exit 1 }
	$2 == "open" { opened++; closed = 0; next }
	$2 ~ /listen$/ || $2 == "gone" { next }
	$2 == "close" { closed = 1; next }
	closed { fail("after the end") }
	{ channel = substr($2, 2); kind = substr($2, 1, 1); key = channel $3 }
	kind == "9" { if (on[key]++) fail("begins twice"); used[channel] = 1; said[channel] = "" }
	kind == "8" { if (on[key]) on[key]--; else if (opened < 2 || extra++) fail("ends without having begun"); said[channel] = "" }
	kind == "b" { said[channel] = said[channel] " " $3 }
	END {
		if (bad) exit 1
		for (key in on) if (on[key] > 0) { print "sounds at the end: " key; bad = 1 }
		for (channel in used) if (said[channel] !~ / 40 78 7b$/) { print "channel " channel " ends with" said[channel]; bad = 1 }
		if (!closed) { print "the port was not closed"; bad = 1 }
		exit bad
	}' "$LOG"
}

# played FILE.mid [onsets|beginning]: the log has exactly the notes of the file,
# as midicsv reads it: order, pitch, velocity, and onset and length to
# $TOLERANCE seconds: 0.5, since the machine may be busy. The greatest
# difference is printed. onsets: lengths are not looked at; beginning: nor is
# what comes after the end of the shorter of the two.
played() {
	midicsv "$1" | awk -F', *' '
	$3 == "Header" { ppq = $6 }
	$3 == "Tempo" { print $2, 0, $4 }
	($3 == "Note_on_c" || $3 == "Note_off_c") && $4 != 9 {
		key = $1 " " $4 " " $5
		if (key in since) { print since[key], 1, $2, $5, velocity[key]; delete since[key] }
		if ($3 == "Note_on_c" && $6 > 0) { since[key] = $2; velocity[key] = $6 }
	}
	END { print -1, ppq }' | sort -s -k1,1n -k2,2n -k4,4n -k5,5n >"$BATS_TEST_TMPDIR/wanted"
	awk '
	$2 ~ /^9/ { n++; at[n] = $1; pitch[n] = hex($3); velocity[n] = hex($4); sounds[$2 $3] = n }
	$2 ~ /^8/ { key = "9" substr($2, 2) $3; end[sounds[key]] = $1 }
	END { for (i = 1; i <= n; i++) printf "%.6f %.6f %d %d\n", at[i] - at[1], end[i] - at[i], pitch[i], velocity[i] }
	function hex(s) { return 16 * index("123456789abcdef", substr(s, 1, 1)) + index("123456789abcdef", substr(s, 2, 1)) }
	' "$LOG" >"$BATS_TEST_TMPDIR/got"
	awk -v mode="${2:-}" -v tolerance="${TOLERANCE:-0.5}" '
	function seconds(tick, i) {
		for (i = n_tempos; i > 0 && from[i] > tick; i--);
		return passed[i] + (tick - from[i]) * us[i] / ppq / 1e6
	}
	function before(i, j) { return pitch[i] != pitch[j] ? pitch[i] < pitch[j] : velocity[i] < velocity[j] }
	function swap(list, i, j, t) { t = list[i]; list[i] = list[j]; list[j] = t }
	FILENAME != ARGV[1] { k++; at[k] = $1; length_of[k] = $2; pitch[k] = $3; velocity[k] = $4; next }
	$1 == -1 { ppq = $2; us[0] = 500000; next }
	$2 == 0 { t = seconds($1); n_tempos++; passed[n_tempos] = t; from[n_tempos] = $1; us[n_tempos] = $3; next }
	{ n++; tick[n] = $1; until[n] = $3; want_pitch[n] = $4; want_velocity[n] = $5 }
	END {
		if (mode == "beginning") {
			all = n
			n = k < n ? k : n
			# not a moment that only one of them has whole
			while (n > 0 && n < all && tick[n + 1] == tick[n]) n--
		} else if (k != n) { print k " notes were played, " n " are in the file"; exit 1 }
		# notes of one moment are a set
		for (i = 1; i <= n; i = j) {
			for (j = i; j <= n && tick[j] == tick[i]; j++)
				for (m = j; m > i && before(m, m - 1); m--) {
					swap(at, m, m - 1); swap(length_of, m, m - 1); swap(pitch, m, m - 1); swap(velocity, m, m - 1)
				}
		}
		for (i = 1; i <= n; i++) {
			if (pitch[i] != want_pitch[i] || velocity[i] != want_velocity[i]) {
				print "note " i ": " pitch[i] "/" velocity[i] ", not " want_pitch[i] "/" want_velocity[i]
				exit 1
			}
			a = at[i] - (seconds(tick[i]) - seconds(tick[1])); a = a < 0 ? -a : a
			b = length_of[i] - (seconds(until[i]) - seconds(tick[i])); b = b < 0 ? -b : b
			most = a > most ? a : most
			if (!mode) most = b > most ? b : most
		}
		printf "# %d notes, the farthest %.2f ms from where the file has it\n", n, 1000 * most
		exit most > tolerance
	}' "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/got" >"$BATS_TEST_TMPDIR/verdict" || { cat "$BATS_TEST_TMPDIR/verdict"; return 1; }
	cat "$BATS_TEST_TMPDIR/verdict" >&3
}

# short_file FILE.mid: three seconds of three parts by csvmidi: chords, repeats,
# a unison of two parts, a tempo change, a held bass, a part on the
# percussion channel that is not to be heard.
short_file() {
	{
		echo "0, 0, Header, 1, 4, 480"
		echo "1, 0, Start_track"
		echo "1, 0, Tempo, 400000"
		echo "1, 1920, Tempo, 150000"
		echo "1, 1920, End_track"
		echo "2, 0, Start_track"
		awk 'BEGIN { for (t = 0; t < 5760; t += 240) { print t, "Note_on_c", 0, 72 + t / 240 % 5, 60 + t / 240; print t, "Note_on_c", 0, 79, 50
			print t + 240, "Note_off_c", 0, 72 + t / 240 % 5, 0; print t + 240, "Note_off_c", 0, 79, 0 } }' |
			sort -s -k1,1n -k2,2 | awk '{ print "2, " $1 ", " $2 ", " $3 ", " $4 ", " $5 }'
		echo "2, 5760, End_track"
		echo "3, 0, Start_track"
		echo "3, 0, Program_c, 1, 52"
		awk 'BEGIN { for (t = 0; t < 5760; t += 480) { print "3, " t ", Note_on_c, 1, 72, " 20 + t / 480; print "3, " t + 470 ", Note_on_c, 1, 72, 0" } }'
		echo "3, 5760, End_track"
		echo "4, 0, Start_track"
		echo "4, 0, Note_on_c, 2, 36, 100"
		echo "4, 100, Note_on_c, 9, 35, 100"
		echo "4, 200, Note_off_c, 9, 35, 0"
		echo "4, 5760, Note_off_c, 2, 36, 0"
		echo "4, 5760, End_track"
		echo "0, 0, End_of_file"
	} >"$1.csv"
	csvmidi "$1.csv" "$1"
}

# long_file FILE.mid: a chord of four parts, held for a minute, and a quick note in the top part all along.
long_file() {
	{
		echo "0, 0, Header, 1, 2, 100"
		echo "1, 0, Start_track"
		for pitch in 40 47 52 56; do echo "1, 0, Note_on_c, 0, $pitch, 70"; done
		for pitch in 40 47 52 56; do echo "1, 12000, Note_off_c, 0, $pitch, 0"; done
		echo "1, 12000, End_track"
		echo "2, 0, Start_track"
		awk 'BEGIN { for (t = 0; t < 12000; t += 20) { print "2, " t ", Note_on_c, 1, " 70 + t / 20 % 20 ", 80"; print "2, " t + 19 ", Note_off_c, 1, " 70 + t / 20 % 20 ", 0" } }'
		echo "2, 12000, End_track"
		echo "0, 0, End_of_file"
	} >"$1.csv"
	csvmidi "$1.csv" "$1"
}
