#!/usr/bin/env bats
# musegen play --live is steered: controllers of --input, keys without a screen. What it sends is written down by tests/live/pmstub.c.

load helper
load ../live/stub
load ../live/stage

setup() {
	enter_house
	build_stub
	install_tiny
	needs_midicsv
	MODEL=chorales
	PORTS="out:Synth;in:Keys"
	SCRIPTS="Keys:keys"
	MAPPED=(--set live.cc-tempo=20 --set live.cc-temperature=21 --set live.cc-key=22 --set live.cc-lock=23
		--set "live.cc-mute=80, 81, 82, 83" --set live.cc-panic=84 --set live.cc-new-theme=85 --set live.cc-quit=119)
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
}

steered() {
	works stubbed play --live --no-screen --plain -m "$MODEL" --seed 3 --metre 4/4 -i Keys "${MAPPED[@]}" "$@"
	all_is_silent
}

# Milliseconds from one clock to the next between two seconds of the keyboard's script: half of them are no longer.
clock_interval() {
	awk -v zero="$(listened Keys)" -v from="$1" -v to="$2" '$2 == "f8" && $1 - zero >= from && $1 - zero < to' "$LOG" |
		awk 'NR > 1 { printf "%.2f\n", 1000 * ($1 - last) } { last = $1 }' | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

near() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a > b * 0.9 && a < b * 1.1) }' || { echo "$1, not $2"; return 1; }
}

@test "play --input: tempo, mutes and panic at once, and quit" {
	{
		message 2 b0 14 7f
		for part in 50 51 52 53; do message 3.5 b0 $part 7f; done
		for part in 50 51 52 53; do message 3.6 b0 $part 00; done
		for part in 50 51 52 53; do message 5 b0 $part 7f; done
		message 6.3 b0 54 7f
		message 8 b0 77 7f
	} | in_order keys
	steered --tempo 120 --clock
	near "$(clock_interval 1 2)" 20.83
	near "$(clock_interval 2.1 3)" 10.42
	[ "$(onsets Keys 2.5 3.5 | wc -l)" -gt 0 ]
	[ -z "$(onsets Keys 3.6 5)" ]
	[ "$(onsets Keys 5 6.3 | wc -l)" -gt 0 ]
	# silence with all controllers, and on within two bars, a second each
	awk -v zero="$(listened Keys)" '$2 == "b0" && $3 == "78" { print $1 - zero }' "$LOG" >silenced
	[ "$(wc -l <silenced)" -eq 2 ]
	awk 'NR == 1 { exit !($1 >= 6.3 && $1 < 6.8) }' silenced
	[ "$(onsets Keys 6.4 8 | wc -l)" -gt 0 ]
	# the clock goes on through a panic
	[ "$(grep -c ' fb$' "$LOG")" -eq 1 ]
}

# Ticks and pitches of a recording.
noted() {
	midicsv "$1" | awk -F', *' '$3 == "Note_on_c" && $6 > 0 { print $2, $5 }' | sort -n -k1,1 -k2,2
}

# In a folder of its own, in the background: turned NAME SECONDS MESSAGE...: a message at 3 seconds.
turned() {
	local name=$1 end=$2

	shift 2
	mkdir "$name"
	{
		[ $# -eq 0 ] || message 3 "$@"
		message "$end" b0 77 7f
	} >"$name/keys"
	(
		cd "$name" && LOG=$PWD/log && exec_stubbed play --live --no-screen --plain -m "$MODEL" --seed 6 --metre 4/4 --tempo 180 -i Keys \
			"${MAPPED[@]}" --record played.mid >said 2>erred
	) 3>&- &
}

@test "play --input: temperature, key, new theme: no note changes before the next bar line, and after it they do" {
	# quickly composed
	MODEL=$PWD/models/tiny.safetensors
	turned plain 8
	turned again 8
	turned temperature 8 b0 15 7f
	turned key 8 b0 16 20
	turned theme 8 b0 55 7f
	wait
	for name in plain again temperature key theme; do
		! grep -q "fell behind" "$name/said" || skip "this machine is too busy to compose in time"
		[ "$(noted "$name/played.mid" | wc -l)" -gt 15 ] || { cat "$name/said" "$name/erred"; return 1; }
	done
	# the same seed is the same music, up to the last of it
	n=$(noted plain/played.mid | wc -l)
	m=$(noted again/played.mid | wc -l)
	least=$((n < m ? n - 8 : m - 8))
	diff <(noted plain/played.mid | head -n "$least") <(noted again/played.mid | head -n "$least")
	for name in temperature key theme; do
		LOG=$name/log
		# the first tick that is not the same
		differs=$(comm -3 <(noted plain/played.mid | sort) <(noted "$name/played.mid" | sort) | awk '{ print $1 }' | sort -n | head -n 1)
		# how many ticks had begun when it was asked for: 1440 a second
		last=$(paste <(onsets Keys 0 1000 | cut -d' ' -f1) <(noted "$name/played.mid") | awk '$1 < 3 { at = $1; tick = $2 } END { print int(tick + (3 - at) * 1440) }')
		line=$(((last / 1920 + 1) * 1920))
		echo "# $name: asked for at tick $last, another note first at $differs; bars are 1920" >&3
		[ "$differs" -ge "$line" ]
		[ "$differs" -lt $((line + 3 * 1920)) ]
	done
}

@test "play --input: lock plays the last four bars again and again" {
	{
		message 5 b0 17 7f
		message 13.2 b0 77 7f
	} >keys
	MODEL=tiny
	steered --tempo 240 --record played.mid
	# bars of a second: from the eighth on those of four bars before
	noted played.mid | awk '{ bar = int($1 / 1920); what[bar] = what[bar] " " $1 % 1920 "/" $2; last = bar }
	END {
		for (b = 7; b < last; b++) {
			if (what[b] != what[b - 4]) other++
			full += what[b] != ""
		}
		printf "# %d bars, the seven before it is locked among them; %d of the rest have notes, %d differ\n", last, full, other
		exit full < 2 || other
	}' >verdict || { cat verdict; return 1; }
	cat verdict >&3
}

@test "play --input: a thousand controllers a second lose nothing and keep nobody waiting" {
	awk 'BEGIN {
		for (i = 0; i < 3000; i++) { printf "%.4f b0 %s %02x\n", 1 + i / 1000, i % 3 == 0 ? "14" : i % 3 == 1 ? "15" : "0a", i * 37 % 128 }
		# the last of them count
		print "4.0001 b0 14 7f"
		print "4.0002 b0 15 40"
		print "6 b0 77 7f"
	}' >keys
	steered --tempo 120 --clock
	says_not "left out"
	says_not "fell behind"
	near "$(clock_interval 4.2 6)" 10.42
	echo "# ${lines[-1]}" >&3
}

@test "play --live --no-screen: keys of a terminal: muted, paused, kept, and q ends it well" {
	command -v tmux >/dev/null || skip "tmux is not installed"
	cat >run.sh <<-END
		env LD_PRELOAD=$STUB PMSTUB_DEVICES="$PORTS" PMSTUB_LOG=$LOG ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" \
			$MUSEGEN play --live --no-screen -m chorales --seed 3 --tempo 400 >said 2>erred
		echo \$? >code
	END
	tmux -f /dev/null -S tmux new-session -d "sh run.sh" 3>&-
	wait_for_lines 200
	tmux -S tmux send-keys 1 2 3 4
	sleep 0.3
	n=$(grep -c ' 9' "$LOG")
	sleep 0.5
	[ "$(grep -c ' 9' "$LOG")" -eq "$n" ]
	tmux -S tmux send-keys 1 2 3 4
	wait_for_lines $(($(wc -l <"$LOG") + 20))
	tmux -S tmux send-keys Space
	sleep 0.3
	n=$(wc -l <"$LOG")
	sleep 0.3
	[ "$(wc -l <"$LOG")" -eq "$n" ]
	tmux -S tmux send-keys Space
	wait_for_lines $((n + 60))
	tmux -S tmux send-keys K
	for _ in $(seq 200); do [ -z "$(ls keep-*.mid 2>/dev/null)" ] || break; sleep 0.02; done
	[ "$(midicsv keep-*.mid | grep -c Note_on)" -gt 10 ]
	tmux -S tmux send-keys q
	for _ in $(seq 500); do [ ! -s code ] || break; sleep 0.02; done
	[ "$(cat code)" = 0 ]
	[ ! -s erred ]
	all_is_silent
}
