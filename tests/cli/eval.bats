#!/usr/bin/env bats
# What music costs a model: the card, the JSON, the table of every event; and what cannot be scored.

load helper

setup() {
	enter_house
	install_tiny
	BACH=$ROOT/corpus/bach
}

needs_jq() {
	command -v jq >/dev/null || skip "jq is not installed"
}

needs_csvmidi() {
	command -v csvmidi >/dev/null || skip "csvmidi is not installed"
}

# value KEY: of the JSON of the last run.
value() {
	jq -r "$1" <<<"$output"
}

# A tune of quarters, one part or more, that ends at a tick: tune FILE PARTS END [FIRST-PITCH]
tune() {
	local part

	{
		echo "0, 0, Header, 1, $(($2 + 1)), 480"
		echo "1, 0, Start_track"
		echo "1, 0, Time_signature, 3, 2, 24, 8"
		echo "1, $3, End_track"
		for part in $(seq 2 $(($2 + 1))); do
			echo "$part, 0, Start_track"
			for i in 0 1 2 3; do
				echo "$part, $((i * 480)), Note_on_c, $((part % 9)), $((${4:-72} - 3 * part + i)), 80"
				echo "$part, $((i * 480 + 480)), Note_off_c, $((part % 9)), $((${4:-72} - 3 * part + i)), 0"
			done
			echo "$part, $3, End_track"
		done
		echo "0, 0, End_of_file"
	} | csvmidi >"$1"
}

# near A B [TOLERANCE]: equal, 1e-9 relative unless told.
near() {
	awk -v a="$1" -v b="$2" -v t="${3:-1e-9}" 'BEGIN { d = a - b; m = b < 0 ? -b : b; exit !(d <= t * m && -d <= t * m && m > 0) }' ||
		{ echo "$1 is not $2"; return 1; }
}

@test "eval: the card" {
	LC_ALL=C works musegen eval tiny "$BACH/chorales"
	n=$(find "$BACH/chorales" -name '*.mid' | wc -l)
	[[ ${lines[0]} =~ ^model\ +tiny$ ]]
	says "$BACH/chorales"
	[[ $output =~ scored\ +$n\ pieces,\ [0-9]+\ notes,\ [0-9]+\ events ]]
	for what in "a note" "a voice and 16th" "a frame of a 16th" "pitch " "duration " "shift "; do says "$what"; done
	[ "${#lines[@]}" -le 8 ]
	says_not nan
}

@test "eval: the key unknown, or summed over" {
	needs_jq
	works musegen eval --json --frame 24 tiny "$BACH/chorales"
	[ "$(value .keys)" = unknown ]
	plain=$(value .nats)
	works musegen eval --json --keys --per-note notes.csv tiny "$BACH/chorales"
	[ "$(value .keys)" = summed ]
	[ "$(value .nats)" != "$plain" ]
	# the table says the same, choice by choice
	near "$(value .nats)" "$(awk -F, 'NR > 1 { for (i = 9; i <= 14; i++) sum += $i } END { printf "%.12g", sum }' notes.csv)" 1e-6
	works musegen eval --keys tiny "$BACH/chorales"
	says "summed over"
}

# line FILE PITCH...: a melody in quarters
line() {
	local file=$1 at=0 pitch

	shift
	{
		echo "0, 0, Header, 0, 1, 480"
		echo "1, 0, Start_track"
		for pitch; do
			echo "1, $at, Note_on_c, 0, $pitch, 80"
			at=$((at + 480))
			echo "1, $at, Note_off_c, 0, $pitch, 0"
		done
		echo "1, $at, End_track"
		echo "0, 0, End_of_file"
	} | csvmidi >"$file"
}

@test "eval: held-out pieces with a near twin to learn from are told apart" {
	needs_jq
	needs_csvmidi
	mkdir -p songs/train songs/valid
	line songs/train/a.mid 60 62 64 67 65 64 62 65 69 67 64 60 62 59 60 60
	line songs/valid/a.mid 62 64 66 69 67 66 64 67 71 69 66 62 64 61 62 74
	line songs/valid/b.mid 72 71 69 72 67 69 65 67 64 65 62 64 60 67 71 72
	works musegen eval --json --split valid tiny songs
	[ "$(value .pieces)" = 2 ]
	[ "$(value .without_twins.pieces)" = 1 ]
	[ "$(value .without_twins.notes)" = 16 ]
	apart=$(value .without_twins.nats_per_note)
	works musegen eval --json tiny songs/valid/b.mid
	near "$apart" "$(value .nats_per_note)"
	[ "$(value .without_twins)" = null ]
	works musegen eval --split valid tiny songs
	says "1 piece without a near twin"
}

@test "eval: the figure of held-out music is the one that training left in the model" {
	needs_jq
	works musegen eval --json --split valid tiny "$BACH"
	[ "$(value .split)" = valid ]
	musegen info tiny | sed -n 's/^figures *//p' >said
	printf '%.3f nats a note on %d held-out notes of %d pieces\n' "$(value .nats_per_note)" "$(value .notes)" "$(value .pieces)" >got
	diff said got
	# the same corpus, split in the same way
	fingerprint=$(musegen info tiny | grep -oE '[0-9a-f]{16}' | head -n 1)
	[ -z "$fingerprint" ] || [ "$(value .corpus_fingerprint)" = "$fingerprint" ]
}

@test "eval --json: one document, which adds up; threads change nothing" {
	needs_jq
	works musegen eval --json -j 1 tiny "$BACH"
	one=$output
	works musegen eval --json -j 3 tiny "$BACH"
	[ "$output" = "$one" ]
	works musegen eval --json -j 8 tiny "$BACH"
	[ "$output" = "$one" ]
	jq -e --slurp '
		def near(a; b): a as $a | b as $b | ($a - $b | fabs) < 1e-9 * ($b | fabs);
		length == 1 and (.[0] |
		near(.heads | add; .nats_per_note) and near(.nats / .notes; .nats_per_note) and
		near(.nats / .voice_16ths; .nats_per_voice_16th) and near(.nats / .frames; .nats_per_frame) and
		.frames == .sixteenths and .frame == 6 and .grid == 24 and
		.intervals.nats_per_note[0] < .nats_per_note and .nats_per_note < .intervals.nats_per_note[1] and
		.intervals.nats_per_frame[0] < .nats_per_frame and .nats_per_frame < .intervals.nats_per_frame[1] and
		.intervals.nats_per_voice_16th[0] < .nats_per_voice_16th and
		.heads.pitch > 0 and .heads.duration > 0 and .heads.shift > 0 and .heads.part > 0)
	' <<<"$output"
}

@test "eval --json: -h documents every key" {
	needs_jq
	cp models/tiny.safetensors models/other.safetensors
	works musegen eval --json --against other tiny "$BACH/solo"
	keys=$(jq -r 'keys[], ([.[] | objects | keys[]] | unique[]), (.against | .difference, .intervals | keys[])' <<<"$output" | sort -u)
	[ "$(wc -w <<<"$keys")" -ge 30 ]
	works musegen eval -h
	for key in $keys reason count example; do
		grep -qw -- "$key" <<<"$output" || { echo "$key"; return 1; }
	done
}

@test "eval: 16ths and frames of tunes whose length is known" {
	needs_csvmidi
	needs_jq
	mkdir one
	# nine quarters, the last five silent: 216 ticks of the grid
	tune one/a.mid 1 4320
	works musegen eval --json tiny one
	[ "$(jq -c '[.pieces, .notes, .events, .sixteenths, .voice_16ths, .frames, .frame]' <<<"$output")" = '[1,4,5,36,36,36,6]' ]
	[ "$(value '.intervals.nats_per_note')" = null ]
	for pair in 12:18 24:9 216:1 215:2 100:3 1:216; do
		works musegen eval --json --frame "${pair%:*}" tiny one
		[ "$(value .frames)" = "${pair#*:}" ] || { echo "$pair: $(value .frames)"; return 1; }
		[ "$(value .frame)" = "${pair%:*}" ]
		near "$(value .nats_per_frame)" "$(value ".nats / ${pair#*:}")"
	done
	# two parts: each has all the 16ths; an end that cuts one short (a 16th is 120)
	tune one/b.mid 2 2500
	works musegen eval --json tiny one
	[ "$(jq -c '[.pieces, .notes, .sixteenths, .voice_16ths]' <<<"$output")" = "[2,12,$((36 + 21)),$((36 + 42))]" ]
	works musegen eval --json --frame 24 tiny one
	[ "$(value .frames)" = $((9 + 6)) ]
}

@test "eval --per-note: every event a line, whose sums are the figures" {
	needs_jq
	works musegen eval --json --per-note notes.csv tiny "$BACH"
	[ "$(head -n 1 notes.csv)" = "piece,event,kind,tick,part,pitch,duration,velocity,pitch_nats,duration_nats,velocity_nats,metre_nats,shift_nats,part_nats" ]
	[ "$(wc -l <notes.csv)" = $((1 + $(value '.pieces + .events'))) ]
	[ "$(grep -c ,note, notes.csv)" = "$(value .notes)" ]
	[ "$(grep -c ,start,0,,,,,0,0,0,0,0,0$ notes.csv)" = "$(value .pieces)" ]
	[ "$(grep -c ,end, notes.csv)" = "$(value .pieces)" ]
	column=9
	for head in pitch duration velocity metre shift part; do
		awk -F, -v column=$column 'NR > 1 { sum += $column } END { printf "%.17g\n", sum }' notes.csv >sum
		if [ "$(value ".heads.$head")" = 0 ]; then
			[ "$(cat sum)" = 0 ]
		else
			near "$(cat sum)" "$(value ".heads.$head * .notes")"
		fi
		column=$((column + 1))
	done
	near "$(awk -F, 'NR > 1 { for (i = 9; i <= 14; i++) sum += $i } END { printf "%.17g\n", sum }' notes.csv)" "$(value .nats)"
	# ends make up the 16ths, six ticks each
	[ "$(awk -F, '$3 == "end" { sum += int(($4 + 5) / 6) } END { print sum }' notes.csv)" = "$(value .sixteenths)" ]
	# nothing costs less than nothing
	awk -F, 'NR > 1 { for (i = 9; i <= 14; i++) if ($i !~ /^[0-9.e-]+$/ || $i < 0) { print; exit 1 } }' notes.csv
}

@test "eval --per-note: the notes of the file" {
	needs_csvmidi
	mkdir one
	tune one/a.mid 1 4320 70
	works musegen eval --per-note notes.csv tiny one
	says "written"
	cut -d, -f1-8 notes.csv >got
	cat >wanted <<'END'
piece,event,kind,tick,part,pitch,duration,velocity
one/a.mid,0,start,0,,,,
one/a.mid,1,note,0,1,64,24,80
one/a.mid,2,note,24,1,65,24,80
one/a.mid,3,note,48,1,66,24,80
one/a.mid,4,note,72,1,67,24,80
one/a.mid,5,end,216,,,,
END
	diff wanted got
}

@test "eval: a piece costs the same alone and among others" {
	works musegen eval --per-note all.csv tiny "$BACH"
	for folder in solo two-part; do
		while read -r file; do
			works musegen eval -f --per-note one.csv tiny "$file"
			# its style is the folder's name either way
			grep -F "$file," all.csv >among
			tail -n +2 one.csv >alone
			[ -s alone ]
			diff among alone
		done < <(find "$BACH/$folder" -name '*.mid' | sort | head -n 3)
	done
}

@test "eval: styles go by their names" {
	needs_jq
	file=$(find "$BACH/chorales" -name '*.mid' | sort | head -n 1)
	other=$(find "$BACH/solo" -name '*.mid' | sort | head -n 1)
	mkdir -p a/chorales a/zebra b/chorales b/aaa
	cp "$file" a/chorales/x.mid
	cp "$file" b/chorales/x.mid
	cp "$other" b/aaa/y.mid
	cp "$file" a/zebra/x.mid
	works musegen eval --json tiny a/chorales
	known=$(value .nats)
	# another folder before it gives it another number
	works musegen eval --per-note b.csv tiny b
	near "$(awk -F, '$1 == "b/chorales/x.mid" { for (i = 9; i <= 14; i++) sum += $i } END { printf "%.17g\n", sum }' b.csv)" "$known"
	works musegen eval --json tiny a/zebra
	[ "$(value .nats)" != "$known" ]
}

@test "eval --per-note: paths are quoted, and cannot command the terminal" {
	needs_jq
	mkdir 'odd, "folder"'
	cp "$(find "$BACH/solo" -name '*.mid' | sort | head -n 1)" 'odd, "folder"'/$'a\033[31m.mid'
	works musegen eval --per-note notes.csv tiny 'odd, "folder"'
	grep -qF '"odd, ""folder""/a?[31m.mid",1,' notes.csv
	if grep -q $'\033' notes.csv; then return 1; fi
	[[ $output != *$'\033'* ]]
	works musegen eval --json tiny 'odd, "folder"'
	[ "$(value '.corpus[0]')" = 'odd, "folder"' ]
}

@test "eval --per-note: a table of ours is replaced, the same bytes; any other file only with -f" {
	works musegen eval --per-note notes.csv tiny "$BACH/solo"
	cp notes.csv first.csv
	works musegen eval --per-note notes.csv tiny "$BACH/solo"
	cmp notes.csv first.csv
	echo "piece,event,mine" >mine.csv
	fails_with 1 "mine.csv: is there already, and musegen did not write it" musegen eval --per-note mine.csv tiny "$BACH/solo"
	[ -z "$output" ]
	[ "$(cat mine.csv)" = "piece,event,mine" ]
	works musegen eval -f --per-note mine.csv tiny "$BACH/solo"
	cmp mine.csv first.csv
	mkdir folder
	fails_with 1 "folder: is a folder" musegen eval --per-note folder tiny "$BACH/solo"
	fails_with 1 "no/such/notes.csv: cannot write: No such file or directory" musegen eval --per-note no/such/notes.csv tiny "$BACH/solo"
	fails_with 1 "an empty file name" musegen eval --per-note "" tiny "$BACH/solo"
	mkfifo pipe
	fails_with 1 "pipe: is there already" timeout 20 "$MUSEGEN" eval --per-note pipe tiny "$BACH/solo"
	[ "$(find . -name '.musegen*' | wc -l)" -eq 0 ]
}

@test "eval --against: itself, another model, the other way round" {
	needs_jq
	cp models/tiny.safetensors models/same.safetensors
	works musegen eval --json --against same tiny "$BACH"
	[ "$(jq -c '.against | [.model, .difference.nats_per_note, .intervals.nats_per_note, .pieces_better, .share_better, .velocity]' <<<"$output")" = '["same",0,[0,0],0,0,true]' ]
	works musegen train --config "$TINY" --steps 5 -m models/worse.safetensors "$BACH"
	works musegen eval --json --against worse tiny "$BACH"
	a=$output
	works musegen eval --json --against tiny worse "$BACH"
	jq -e --slurp '
		def near(a; b): (a - b | fabs) < 1e-9;
		.[0] as $a | .[1] as $b | $a.against as $x | $b.against as $y |
		$x.difference.nats_per_note < 0 and $x.intervals.nats_per_note[1] < 0 and
		near($x.difference.nats_per_note; -$y.difference.nats_per_note) and
		near($x.difference.nats_per_note; $a.nats_per_note - $b.nats_per_note) and
		near($x.difference.nats_per_voice_16th; $a.nats_per_voice_16th - $b.nats_per_voice_16th) and
		near($x.nats_per_note; $b.nats_per_note) and
		near($x.intervals.nats_per_note[0]; -$y.intervals.nats_per_note[1]) and
		$x.pieces_better + $y.pieces_better == $a.pieces and near($x.share_better; $x.pieces_better / $a.pieces)
	' <(echo "$a") <(echo "$output")
	LC_ALL=C works musegen eval --against worse tiny "$BACH"
	[[ $output =~ against\ +worse ]]
	[[ $output =~ difference\ +-[0-9] ]]
	says "tiny is better on "
	works musegen train --config "$TINY" --steps 5 --set corpus.grid=12 -m models/coarse.safetensors "$BACH/solo"
	fails_with 1 "they do not read the same music" musegen eval --against coarse tiny "$BACH"
}

@test "eval --split: a side; all is every piece, duplicates too" {
	needs_jq
	mkdir -p music/train music/valid music/test
	find "$BACH/chorales" -name '*.mid' | sort >files
	cp $(sed -n 1,4p files) music/train
	cp $(sed -n 5,6p files) music/valid
	cp $(sed -n 7p files) music/test
	cp "$(sed -n 7p files)" music/test/copy.mid
	for pair in train:4 valid:2 test:1; do
		works musegen eval --json --split "${pair%:*}" tiny music
		[ "$(value .pieces)" = "${pair#*:}" ]
		[ "$(value .duplicates)" = 1 ]
	done
	for all in "" "--split all"; do
		works musegen eval --json $all tiny music
		[ "$(jq -c '[.pieces, .duplicates, .split]' <<<"$output")" = '[8,0,"all"]' ]
	done
	rm -r music/test
	fails_with 1 'no piece is for "test"' musegen eval --split test tiny music
}

@test "eval: pieces that the model cannot score are counted; none at all is an error" {
	needs_csvmidi
	needs_jq
	mkdir wide both
	tune wide/wide.mid 20 1920
	fails_with 1 "more parts than the model has" musegen eval tiny wide
	[ -z "$output" ]
	cp wide/wide.mid both/
	cp wide/wide.mid both/again.mid
	tune both/fine.mid 1 1920
	printf 'x' >both/bad.mid
	works musegen eval --json tiny both
	[ "$(jq -c '[.pieces, .skipped, (.skip_reasons | map(.count))]' <<<"$output")" = '[1,3,[2,1]]' ]
	[[ $(value '.skip_reasons[0].reason') == "more parts than the model has ("*")" ]]
	[ "$(value '.skip_reasons[1].example')" = both/bad.mid ]
	works musegen eval tiny both
	says "2: more parts than the model has"
	says "1: byte 0: not a MIDI file"
}

@test "eval: the corpus is read on the model's grid, whatever the settings say" {
	works musegen eval tiny "$BACH/solo"
	plain=$output
	works musegen eval --set corpus.grid=7 tiny "$BACH/solo"
	[ "$output" = "$plain" ]
}

@test "eval: mistakes" {
	fails_with 2 "which model" musegen eval
	fails_with 2 "which files or folders" musegen eval tiny
	fails_with 2 '"some" is not train, valid, test or all' musegen eval --split some tiny "$BACH"
	fails_with 2 '--frame: "0" is not a whole number from 1' musegen eval --frame 0 tiny "$BACH"
	fails_with 2 "unknown option --jsn; did you mean --json" musegen eval --jsn tiny "$BACH"
	fails_with 1 'no model "nothing"' musegen eval nothing "$BACH"
	fails_with 1 'no model "nothing"' musegen eval --against nothing tiny "$BACH"
	fails_with 1 "no/such/folder: No such file or directory" musegen eval tiny no/such/folder
	mkdir empty
	fails_with 1 "empty: no MIDI files" musegen eval --json --per-note notes.csv tiny empty
	[ -z "$output" ]
	[ ! -e notes.csv ]
	printf 'x' >empty/bad.mid
	fails_with 1 "none of 1 files can be used" musegen eval tiny empty
	head -c 1000 models/tiny.safetensors >cut.safetensors
	fails_with 1 "cut.safetensors: " musegen eval ./cut.safetensors "$BACH"
	[ -c /dev/full ] || return 0
	run --separate-stderr bash -c '"$MUSEGEN" eval --json tiny "$0" >/dev/full' "$BACH/solo"
	[ "$status" -eq 1 ]
	[[ $stderr == "musegen: cannot write to standard output: "* ]]
}
