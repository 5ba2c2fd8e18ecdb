#!/usr/bin/env bats
# Sound: export to .wav, .flac and .ogg, play --synth through an audio driver
# that writes down what is heard (tests/live/audiostub.c), and what is said
# where something is missing.

load helper
load ../live/stub

setup() {
	enter_house
	install_tiny
	build_stub
	HEARD=$BATS_TEST_TMPDIR/heard
}

teardown() {
	[ -z "${PLAYER:-}" ] || kill -KILL "$PLAYER" 2>/dev/null || true
}

needs_sound() {
	[[ $(musegen --version) != *"built without"* ]] || skip "$(musegen --version | grep "built without")"
	# a home of one's own has no soundfont, so that this is the system's
	[ -n "$(ls /usr/share/sounds/sf2/*.sf2 /usr/share/sounds/sf3/*.sf3 /usr/share/soundfonts/*.sf[23] 2>/dev/null)" ] ||
		skip "no soundfont is installed (Debian: timgm6mb-soundfont)"
}

# Without the synthesiser's driver or PortMidi: what is heard goes to $HEARD.
heard() {
	(exec_heard "$@")
}

exec_heard() {
	AUDIO=$BATS_RUN_TMPDIR/audiostub.so
	[ -f "$AUDIO" ] ||
		cc -std=c11 -D_GNU_SOURCE -O1 -shared -fPIC -pthread -o "$AUDIO" "$ROOT/tests/live/audiostub.c"
	rm -f "$HEARD"
	exec env LD_PRELOAD="$AUDIO:$STUB" PMSTUB_DEVICES="$PORTS" PMSTUB_LOG="$LOG" AUDIOSTUB_FILE="$HEARD" \
		ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" "$MUSEGEN" "$@"
}

# Loudness of 32-bit floats, a line every tenth of a second of 48000 x 2: "TENTH PEAK".
loudness() {
	od -An -v -w8 -f "$1" | awk '
		{ a = $1 < 0 ? -$1 : $1; b = $2 < 0 ? -$2 : $2; a = a > b ? a : b; most = a > most ? a : most }
		NR % 4800 == 0 { printf "%d %.5f\n", NR / 4800, most; most = 0 }'
}

# A second of music.
brief_file() {
	musegen export -m tiny --seed 5 --bars 1 --metre 4/4 --tempo 240 --plain -o "$1" >/dev/null
}

frames_of() {
	info_line "$1" length | sed -n 's/.*, \([0-9]*\) frames.*/\1/p'
}

@test "version says what sound there is; devices and models are as before" {
	works musegen --version
	says "sound: "
}

@test "export: every kind by its ending, as long as the others, not silence; info says what made it" {
	needs_sound
	for kind in wav flac OGG; do
		works musegen export -m tiny --seed 5 --bars 2 -o "it's a.$kind"
		[[ ${lines[-1]} == "it's a.$kind: 2 bars, "* ]]
		[ "$(info_line "it's a.$kind" "made by")" = "musegen export -m tiny --seed 5 --bars 2 -o 'it'\\''s a.$kind'" ]
	done
	[ "$(head -c 4 "it's a.wav")" = RIFF ]
	[ "$(head -c 4 "it's a.flac")" = fLaC ]
	[ "$(head -c 4 "it's a.OGG")" = OggS ]
	frames=$(frames_of "it's a.wav")
	[ "$frames" -gt 100000 ]
	[ "$(frames_of "it's a.flac")" = "$frames" ]
	[ "$(frames_of "it's a.OGG")" = "$frames" ]
	# 16 bits, left and right: its peak is 1 dB below full scale, 29204, and its last hundredth of a second is silent
	tail -c $((frames * 4)) "it's a.wav" | od -An -v -w4 -t d2 | awk -v frames="$frames" '
		{ a = $1 < 0 ? -$1 : $1; b = $2 < 0 ? -$2 : $2; a = a > b ? a : b; most = a > most ? a : most }
		NR > frames - 441 && a > 3 { loud++ }
		END { print most, loud + 0; exit !(most >= 29203 && most <= 29206 && !loud) }'
}

@test "export: the same seed gives the same bytes; the command that info prints gives them too" {
	needs_sound
	for kind in wav flac ogg; do
		musegen export -m tiny --seed 5 --bars 1 -o a.$kind
		command=$(info_line a.$kind "made by")
		mv a.$kind first.$kind
		eval "$command"
		cmp a.$kind first.$kind
		musegen export -m tiny --seed 6 --bars 1 -o a.$kind
		differ a.$kind first.$kind
	done
}

@test "export: a loop is as long as its bars to the frame; a .wav says that it is one" {
	needs_sound
	# 2 bars of 4/4 at 97: 8 * 60 / 97 seconds
	for kind in wav flac ogg; do
		works musegen export -m tiny --loop --bars 2 --metre 4/4 --tempo 97 --seed 3 -o loop.$kind
		us=$(musegen export -m tiny --loop --bars 2 --metre 4/4 --tempo 97 --seed 3 -o loop.mid >/dev/null &&
			midicsv loop.mid 2>/dev/null | sed -n 's/.*Tempo, //p' | head -n 1)
		[ "$(frames_of loop.$kind)" = "$(awk -v us="${us:-618557}" 'BEGIN { printf "%d", 8 * us / 1e6 * 44100 + 0.5 }')" ]
	done
	[[ $(info_line loop.wav length) == *"goes round" ]]
	musegen export -m tiny --bars 1 --seed 3 -o piece.wav
	[[ $(info_line piece.wav length) != *"goes round" ]]
}

@test "export: -n many are numbered; what is not musegen's needs -f; nothing is left beside" {
	needs_sound
	works musegen export -m tiny --seed 8 --bars 1 -n 2 -o made/a.flac
	[ "$(ls made | tr '\n' ' ')" = "a-1.flac a-2.flac " ]
	differ made/a-1.flac made/a-2.flac
	works musegen export -m tiny --seed 9 --bars 1 -o made/a-1.flac
	cp made/a-1.flac plain.flac
	echo "somebody's" >made/b.wav
	fails_with 1 "did not write it" musegen export -m tiny --seed 8 --bars 1 -o made/b.wav
	[ "$(cat made/b.wav)" = "somebody's" ]
	works musegen export -m tiny --seed 8 --bars 1 -f -o made/b.wav
	[ "$(ls made | wc -l)" -eq 3 ]
	[ "$(ls -A made | grep -c '^\.')" -eq 0 ]
}

@test "export: names of other kinds, and options that do not go with a kind" {
	fails_with 2 "Names end in .mid, .wav, .flac or .ogg" musegen export -m tiny -o theme.mp3
	fails_with 2 "--soundfont goes with" musegen export -m tiny --soundfont a.sf2 -o theme.mid
	fails_with 2 "--pickup-bar" musegen export -m tiny --pickup-bar -o theme.wav
	# no ending, as ever: a MIDI file
	works musegen export -m tiny --bars 1 -o theme
	[ "$(head -c 4 theme)" = MThd ]
	works musegen export -m tiny --bars 1 -o v1.2/theme
	works musegen export -m tiny --bars 1 -o theme.MIDI
}

@test "export: a soundfont that is missing, or none, is said before anything is composed" {
	needs_sound
	fails_with 1 "no/such.sf2: there is no such soundfont" musegen export -m tiny --soundfont no/such.sf2 -o a.wav
	echo "no soundfont" >bad.sf2
	fails_with 1 "bad.sf2: is no soundfont" musegen export -m tiny --soundfont bad.sf2 -o a.wav
	fails_with 1 "there is no such soundfont" musegen export -m tiny --set play.soundfont=gone.sf2 -o a.wav
	printf 'RIFF\xff\xff\xff\x7fsfbkLIST\xff\xff\xff\x7fINFOifil' >cut.sf2
	fails_with 1 "cut.sf2" musegen export -m tiny --soundfont cut.sf2 -o a.wav
	[ ! -e a.wav ]
	[ ! -e samples ]
}

@test "play --synth: it is heard, from the beginning on and to the end, and no device is opened" {
	needs_sound
	brief_file short.mid
	works heard play --synth short.mid
	[[ ${lines[0]} == 'to "FluidSynth ('*'.sf'[23]')": short.mid, '*' parts, 0:01' ]]
	says " notes in 0:0"
	[ ! -e "$LOG" ] || [ "$(grep -c open "$LOG")" -eq 0 ]
	loudness "$HEARD" >loud
	# a second of music and one for it to die away: sound all along, then silence
	[ "$(wc -l <loud)" -ge 16 ]
	[ "$(awk '$1 >= 3 && $1 <= 8 && $2 < 0.02' loud | wc -l)" -eq 0 ] || { cat loud; return 1; }
	[ "$(awk '$2 > 1' loud | wc -l)" -eq 0 ]
	awk 'END { exit !($2 < 0.01) }' loud || { cat loud; return 1; }
}

@test "play: without a MIDI device, but for through ports, by itself, and says why; not where one is asked for" {
	needs_sound
	brief_file short.mid
	PORTS="out:Midi Through Port-0;in:Keys"
	works heard play short.mid
	[[ ${lines[0]} == 'to "FluidSynth ('*')", since there is no MIDI device: short.mid, '*' parts, 0:01' ]]
	[ "$(loudness "$HEARD" | awk '$2 > 0.02' | wc -l)" -ge 5 ]
	PORTS=
	fails_with 1 "no MIDI output port: the system has none" heard play --set play.audio=none short.mid
	fails_with 1 "no MIDI output port: the system has none" heard play -d synth short.mid
	fails_with 1 "no MIDI output port: the system has none" heard play --set play.device=synth short.mid
	[ ! -e "$HEARD" ]
	# with a device it is the device
	PORTS="out:Synth"
	works heard play short.mid
	[[ ${lines[0]} == 'to "Synth": short.mid, '* ]]
	[ ! -e "$HEARD" ]
}

@test "play --synth: stopped by a signal it is silent and ends well; killed nothing lives on" {
	needs_sound
	needs_midicsv
	long_file long.mid
	for signal in INT KILL; do
		exec_heard play --synth long.mid >said 2>erred 3>&- &
		PLAYER=$!
		for _ in $(seq 1000); do
			[ ! -s "$HEARD" ] || [ "$(stat -c %s "$HEARD")" -lt 400000 ] || break
			sleep 0.01
		done
		find_guardian
		kill -$signal "$PLAYER"
		stub_end $([ $signal = INT ] && echo 0 || echo 137)
		guardian_goes
		loudness "$HEARD" >loud
		[ "$(awk '$2 > 0.02' loud | wc -l)" -ge 5 ]
	done
}

@test "play --synth: audio that asks for many blocks at once" {
	needs_sound
	brief_file short.mid
	export AUDIOSTUB_FRAMES=64 AUDIOSTUB_BURST=16
	works heard play --synth short.mid
	[ "$(loudness "$HEARD" | awk '$2 > 0.02' | wc -l)" -ge 5 ]
}

@test "play --synth: audio that comes to an end is opened again; when it cannot be, that is an error at the end" {
	needs_sound
	needs_midicsv
	long_file long.mid
	# half a second of audio, then no more: three seconds later it is opened again, and heard
	AUDIOSTUB_END=100 exec_heard play --synth long.mid >said 2>erred 3>&- &
	first=$!
	(HEARD=$HEARD.once && AUDIOSTUB_ONCE=1 AUDIOSTUB_END=50 exec_heard play --synth long.mid) >once 2>not-again 3>&- &
	second=$!
	for _ in $(seq 1000); do
		[ ! -s "$HEARD" ] || [ "$(stat -c %s "$HEARD")" -lt $((190 * 256 * 8)) ] || break
		sleep 0.01
	done
	kill -INT "$first" "$second"
	PLAYER=$first
	stub_end 0
	[ ! -s erred ] || { cat erred; return 1; }
	loudness "$HEARD" >loud
	[ "$(awk '$1 > 6 && $2 > 0.02' loud | wc -l)" -ge 3 ] || { cat loud; return 1; }
	PLAYER=$second
	stub_end 1
	[[ $(cat not-again) == "musegen: the audio has come to an end (FluidSynth ("*"))" ]] || { cat not-again; return 1; }
}

@test "play --synth: no audio, no such driver, no soundfont, options that do not go together" {
	needs_sound
	needs_midicsv
	short_file short.mid
	AUDIOSTUB_NONE=1 fails_with 1 "no audio on this machine (tried: " heard play --synth short.mid
	PORTS=
	AUDIOSTUB_NONE=1 fails_with 1 "no MIDI output port: the system has none; and no sound without one: no audio" \
		heard play short.mid
	fails_with 1 'no audio driver is called "lute"' heard play --synth --set play.audio=lute short.mid
	fails_with 1 "no/such.sf2: there is no such soundfont" heard play --soundfont no/such.sf2 short.mid
	fails_with 2 "does not go with --device" musegen play --synth -d 1 short.mid
	fails_with 2 "does not go with --device" musegen play --soundfont a.sf2 -d 1 short.mid
	# the real drivers, where there is no audio: one line, and nothing of theirs on stderr
	run --separate-stderr musegen play --synth --set play.audio=oss short.mid
	[ "$(wc -l <<<"$stderr")" -le 1 ]
}

@test "built without: a line that says so" {
	[[ $(musegen --version) == *"built without"* ]] || skip "this program has sound (make SOUND= builds one without)"
	fails_with 1 "built without" musegen export -m tiny -o a.wav
	needs_midicsv
	short_file short.mid
	if [[ $(musegen --version) == *"built without FluidSynth"* ]]; then
		fails_with 1 "built without FluidSynth" musegen play --synth short.mid
		PORTS=
		fails_with 1 "no MIDI output port" stubbed play short.mid
	fi
}
