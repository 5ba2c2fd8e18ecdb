#!/usr/bin/env bats
# What is said of a corpus: as text, as JSON, as a page; and of none.

load helper

setup() {
	enter_house
	BACH=$ROOT/corpus/bach
}

needs_jq() {
	command -v jq >/dev/null || skip "jq is not installed"
}

# The first piece of a folder.
one_of() {
	find "$1" -name '*.mid' | sort | head -n 1
}

# fact NAME: what stands beside it in the text of the last run.
fact() {
	printf '%s\n' "$output" | sed -n "s/^$1  *//p" | head -n 1
}

# Three files in two folders: a scale in C major, 3/4 at 120, stated as C major, whose file has 3 bars; the
# same once more; a text that is none.
write_music() {
	mkdir -p music/airs music/reels
	cat >scale.csv <<'END'
0, 0, Header, 1, 2, 480
1, 0, Start_track
1, 0, Time_signature, 3, 2, 24, 8
1, 0, Key_signature, 0, "major"
1, 0, Tempo, 500000
1, 4320, End_track
2, 0, Start_track
2, 0, Note_on_c, 0, 60, 90
2, 480, Note_off_c, 0, 60, 0
2, 480, Note_on_c, 0, 62, 90
2, 960, Note_off_c, 0, 62, 0
2, 960, Note_on_c, 0, 64, 90
2, 1440, Note_off_c, 0, 64, 0
2, 1440, Note_on_c, 0, 67, 90
2, 1440, Note_on_c, 0, 72, 90
2, 1440, Note_on_c, 9, 38, 90
2, 1920, Note_off_c, 9, 38, 0
2, 1920, Note_off_c, 0, 67, 0
2, 1920, Note_off_c, 0, 72, 0
2, 1920, Note_on_c, 0, 71, 90
2, 2160, Note_off_c, 0, 71, 0
2, 2160, Note_on_c, 0, 67, 90
2, 2400, Note_off_c, 0, 67, 0
2, 2400, Note_on_c, 0, 64, 90
2, 2880, Note_off_c, 0, 64, 0
2, 2880, Note_on_c, 0, 60, 90
2, 4320, Note_off_c, 0, 60, 0
2, 4320, End_track
0, 0, End_of_file
END
	csvmidi scale.csv music/airs/scale.mid
	cp music/airs/scale.mid music/reels/copy.mid
	echo "no music" >music/reels/bad.mid
}

needs_csvmidi() {
	command -v csvmidi >/dev/null || skip "csvmidi is not installed"
}

@test "text: the facts, every block, no more than a screen or two" {
	LC_ALL=C works musegen stats "$BACH"
	[ "$(fact corpus)" = "$BACH" ]
	n=$(find "$BACH" -name '*.mid' | wc -l)
	[ "$(fact pieces)" = "$n from $n files, $(find "$BACH" -mindepth 1 -type d | wc -l) styles" ]
	[ "$(fact duplicates)" = 0 ]
	[ "$(fact skipped)" = 0 ]
	[[ $(fact duration) =~ ^[0-9]+\.[0-9]\ minutes\ \([0-9:]+\)$ ]]
	for title in "pitch, " "pitch class" "interval, semitones" "phrase, bars" "duration, quarters" \
		"tempo, quarters a minute" "key by the notes" "key the file states" metre parts style two-part; do
		says "$title"
	done
	[ "${#lines[@]}" -le 60 ]
	if grep ' $' <<<"$output"; then return 1; fi
	if grep -v '^corpus ' <<<"$output" | grep -E '^.{79}'; then return 1; fi
}

@test "text: as many notes as midicsv reads" {
	needs_midicsv
	works musegen stats "$BACH"
	wanted=0
	while read -r file; do
		wanted=$((wanted + $(pitches "$file" | wc -l)))
	done < <(find "$BACH" -name '*.mid')
	[ "$(fact notes)" = "$wanted" ]
}

@test "text: UTF-8 where the terminal has it, plain ASCII elsewhere, the same figures" {
	LC_ALL=C.UTF-8 works musegen stats "$BACH"
	grep -q '█' <<<"$output"
	drawn=$output
	LC_ALL=C works musegen stats "$BACH"
	if grep -nP '[^\x00-\x7F]' <<<"$output"; then return 1; fi
	grep -q '##' <<<"$output"
	[ "$(tr -d '#._▁▂▃▄▅▆▇█▏▎▍▌▋▊▉ ' <<<"$drawn")" = "$(tr -d '#._ ' <<<"$output")" ] || {
		diff <(tr -d '#._▁▂▃▄▅▆▇█▏▎▍▌▋▊▉ ' <<<"$drawn") <(tr -d '#._ ' <<<"$output")
		return 1
	}
}

# One part of 300 quarters on C4, then D4 E5 E4 D3 D4: leaps of 14 and 12 down and up, all of them rare.
write_leaps() {
	local tick=0 pitch

	{
		echo '0, 0, Header, 0, 1, 480'
		echo '1, 0, Start_track'
		for pitch in $(for _ in $(seq 300); do echo 60; done) 62 76 64 50 62; do
			echo "1, $tick, Note_on_c, 0, $pitch, 90"
			tick=$((tick + 480))
			echo "1, $tick, Note_off_c, 0, $pitch, 0"
		done
		echo "1, $tick, End_track"
		echo '0, 0, End_of_file'
	} | csvmidi >"$1"
}

@test "text: columns as they were looked at; what is rare is seen" {
	needs_csvmidi
	mkdir leaps
	write_leaps leaps/a.mid
	LC_ALL=C works musegen stats leaps
	[ "$(sed -n '/^pitch,/,/^key/p' <<<"$output")" = 'pitch, D3 to E5, median C4 (to 98 %)                  pitch class (to 98 %)
          #                                           #
          #                                           #
          #                                           #
_         # _ _           _                           #   _   _
D3        C4          C5                              C   D   E F   G   A   B

interval, semitones (to 98 %)                           phrase, bars (to 95 %)
                          #                                           #
                          #                                           #
                          #                                           #
_ _                       #   _                   _ _   _             #
  -12       -7  -5    -2  0   +2    +5  +7        +12     1   2   3   4

duration, quarters; median 1            tempo, quarters a minute
1              100 % #################  none stated        1 #################

key by the notes                        key the file states; same in 0' ]
	works musegen stats --html page.html leaps
	for bar in "below -12: 1" "-12: 1" "+2: 1" "+12: 1" "above +12: 1"; do
		grep -qF ">$bar (&lt;1 %)<" page.html || { echo "$bar"; return 1; }
	done
}

@test "text: in a narrow terminal the blocks stand below each other" {
	script -qec true /dev/null >/dev/null 2>&1 || skip "no pseudo-terminal can be had through script(1)"
	TERM=xterm script -qec "stty cols 60; LC_ALL=C '$MUSEGEN' stats '$BACH/chorales'" log >/dev/null
	grep -q $'^parts\r$' log
	[ "$(grep -cE '^.{61}' <(tr -d '\r' <log | sed '1d;/^corpus /d;/^Script/d'))" -eq 0 ]
}

@test "text: a comma is no decimal point, whatever the locale" {
	works musegen stats "$BACH"
	plain=$output
	LC_NUMERIC=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 works musegen stats "$BACH"
	[ "$(fact duration)" = "$(sed -n 's/^duration  *//p' <<<"$plain" | head -n 1)" ]
	LC_ALL=de_DE.UTF-8 works musegen stats --json "$BACH"
	grep -q '"minutes":.[0-9]*\.[0-9]*,' <<<"$output"
}

@test "json: a corpus whose counts are known" {
	needs_csvmidi
	needs_jq
	write_music
	works musegen stats --json music
	printf '%s\n' "$output" >got.json
	cat >wanted.json <<'END'
{
	"corpus": ["music"], "files": 3, "pieces": 1, "notes": 9, "percussion_notes": 1, "minutes": 0.075, "grid": 24,
	"pitch": [{"pitch": 60, "name": "C4", "count": 2}, {"pitch": 62, "name": "D4", "count": 1},
		{"pitch": 64, "name": "E4", "count": 2}, {"pitch": 67, "name": "G4", "count": 2},
		{"pitch": 71, "name": "B4", "count": 1}, {"pitch": 72, "name": "C5", "count": 1}],
	"pitch_class": [{"pitch_class": 0, "name": "C", "count": 3}, {"pitch_class": 2, "name": "D", "count": 1},
		{"pitch_class": 4, "name": "E", "count": 2}, {"pitch_class": 7, "name": "G", "count": 2},
		{"pitch_class": 11, "name": "B", "count": 1}],
	"interval": [{"semitones": -4, "count": 2}, {"semitones": -3, "count": 1}, {"semitones": -1, "count": 1},
		{"semitones": 2, "count": 2}, {"semitones": 8, "count": 1}],
	"duration": [{"quarters": 0.5, "ticks": 12, "count": 2}, {"quarters": 1, "ticks": 24, "count": 6},
		{"quarters": 3, "ticks": 72, "count": 1}],
	"phrase": [{"bars": 3, "count": 1}],
	"tempo": [{"quarters_a_minute": 120, "count": 1}],
	"key": [{"key": "C major", "count": 1}], "key_stated": [{"key": "C major", "count": 1}], "keys_agree": 1,
	"metre": [{"metre": "3/4", "count": 1}], "metre_changes": 0, "parts": [{"parts": 1, "count": 1}],
	"styles": [{"name": "airs", "pieces": 1, "notes": 9}],
	"duplicates": 1, "skipped": 1,
	"skip_reasons": [{"reason": "byte 0: not a MIDI file (no MThd)", "count": 1, "example": "music/reels/bad.mid"}]
}
END
	diff <(jq -S . wanted.json) <(jq -S . got.json)
	# duplicates are kept where the settings say so
	works musegen stats --json --set corpus.duplicates=yes music
	[ "$(jq -c '[.pieces, .duplicates, (.styles | length)]' <<<"$output")" = '[2,0,2]' ]
	works musegen stats --json --set corpus.grid=4 music
	[ "$(jq -c '[.grid, .duration[0]]' <<<"$output")" = '[4,{"quarters":0.5,"ticks":2,"count":2}]' ]
}

@test "json: one document, every count of notes and of pieces adds up, threads change nothing" {
	needs_jq
	works musegen stats --json -j 1 "$ROOT/corpus"
	one=$output
	works musegen stats --json -j 3 "$ROOT/corpus"
	[ "$output" = "$one" ]
	jq -e --slurp '
		length == 1 and (.[0] | . as $d |
		all((.pitch, .pitch_class, .duration); (map(.count) | add) == $d.notes) and
		all((.tempo, .key, .key_stated, .metre, .parts); (map(.count) | add) == $d.pieces) and
		(.styles | map(.pieces) | add) == $d.pieces and (.styles | map(.notes) | add) == $d.notes and
		.pieces + .duplicates + .skipped == .files and (.interval | map(.count) | add) < .notes and
		all((.pitch | map(.pitch)), (.interval | map(.semitones)), (.duration | map(.ticks)); . == (sort | unique)))
	' <<<"$output"
}

@test "json: -h documents every key" {
	needs_jq
	works musegen stats --json "$BACH/solo"
	keys=$(jq -r 'keys[], ([.[] | arrays[] | objects | keys[]] | unique[])' <<<"$output" | sort -u)
	[ "$(wc -w <<<"$keys")" -ge 30 ]
	works musegen stats -h
	for key in $keys reason example; do
		grep -qw -- "$key" <<<"$output" || { echo "$key"; return 1; }
	done
}

@test "html: one page, well-formed, that fetches and runs nothing" {
	works musegen stats --html page.html "$ROOT/corpus"
	says "written: page.html"
	[ "$(head -n 1 page.html)" = "<!DOCTYPE html>" ]
	[ "$(tail -n 1 page.html)" = "</html>" ]
	[ "$(grep -c '^<svg ' page.html)" -eq 11 ]
	if grep -niE '<script|javascript:|https?:|src=|href=|url\(|@import|<link|<iframe|<object| on[a-z]*=' page.html; then return 1; fi
	# as many elements of a kind end as begin
	for element in html head title style body h1 table tr th td main figure figcaption b svg text rect; do
		opened=$(grep -oE "<$element[ >]" page.html | wc -l)
		[ "$opened" -gt 0 ] || { echo "no $element"; return 1; }
		[ "$opened" -eq "$(grep -o "</$element>" page.html | wc -l)" ] || { echo "$element"; return 1; }
	done
	if command -v xmllint >/dev/null; then xmllint --noout page.html; fi
	if grep -nE 'nan|inf[^o]|x="-[0-9]' <(grep '^<rect' page.html); then return 1; fi
}

@test "html: the counts are those of the JSON" {
	needs_jq
	works musegen stats --json --html page.html "$BACH"
	while read -r label count; do
		grep -q "<title>$label: $count (" page.html || { echo "$label: $count"; return 1; }
	done < <(jq -r '.pitch[] | "\(.name) \(.count)"' <<<"$output")
	while IFS=: read -r label count; do
		grep -q "<title>$label: $count</title>" page.html || { echo "$label: $count"; return 1; }
	done < <(jq -r '.styles[] | "\(.name):\(.pieces)"' <<<"$output")
}

@test "html: names from outside are escaped, and cannot command the terminal" {
	odd="music/<b>&\"x'"
	mkdir -p "$odd"
	cp "$BACH"/two-part/*.mid "$odd"
	cp -r "$BACH/solo" music
	printf 'x' >"$odd/"$'esc\033[31m<i>.mid'
	works musegen stats --html page.html music
	[[ $output != *$'\033'* ]]
	says "<b>&\"x'"
	grep -q '&lt;b&gt;&amp;&quot;x&#39;' page.html
	grep -q 'esc?\[31m&lt;i&gt;.mid' page.html
	if grep -qE "<b>&|<i>|"$'\033' page.html; then return 1; fi
	if command -v xmllint >/dev/null; then xmllint --noout page.html; fi
	works musegen stats --json music
	[[ $output != *$'\033'* ]]
}

@test "html: a page of ours is replaced, the same bytes; any other file only with -f" {
	works musegen stats --html page.html "$BACH/solo"
	cp page.html first.html
	works musegen stats --html page.html "$BACH/solo"
	cmp page.html first.html
	echo "my own page" >mine.html
	fails_with 1 "mine.html: is there already, and musegen did not write it" musegen stats --html mine.html "$BACH/solo"
	[ -z "$output" ]
	[ "$(cat mine.html)" = "my own page" ]
	works musegen stats -f --html mine.html "$BACH/solo"
	cmp mine.html first.html
	# nothing is left beside
	[ "$(find . -name '.musegen*' | wc -l)" -eq 0 ]
}

@test "html: where it cannot be written: said at once, exit 1" {
	fails_with 1 "no/such/page.html: cannot write: No such file or directory" \
		musegen stats --html no/such/page.html "$BACH/solo"
	[ -z "$output" ]
	mkdir folder
	fails_with 1 "folder: is a folder" musegen stats --html folder "$BACH/solo"
	fails_with 1 "an empty file name" musegen stats --html "" "$BACH/solo"
	[ -c /dev/full ] || return 0
	fails_with 1 "/dev/full: " musegen stats --html /dev/full "$BACH/solo"
}

@test "no corpus: one line" {
	fails_with 2 "which files or folders" musegen stats
	fails_with 1 "no/such/folder: No such file or directory" musegen stats no/such/folder
	mkdir empty
	fails_with 1 "empty: no MIDI files" musegen stats empty
	fails_with 1 "empty: no MIDI files" musegen stats --json --html page.html empty
	[ -z "$output" ]
	[ ! -e page.html ]
	printf 'x' >empty/bad.mid
	fails_with 1 "none of 1 files can be used" musegen stats empty
	fails_with 1 "musegen: --set" musegen stats --set corpus.grid=0 "$BACH"
}

@test "what was skipped is summed up by reason, duplicates apart" {
	mkdir music
	cp "$(one_of "$BACH/solo")" music/solo.mid
	for i in 1 2 3; do
		cp "$(one_of "$BACH/chorales")" "music/copy-$i.mid"
		printf 'x' >"music/bad-$i.mid"
	done
	: >music/nothing.mid
	works musegen stats music
	[ "$(fact duplicates)" = 2 ]
	[ "$(fact skipped)" = 4 ]
	says "3  byte 0: not a MIDI file (no MThd) (music/bad-1.mid, ...)"
	says "1  the file is empty: music/nothing.mid"
}

@test "one file, two folders; standard output that is full" {
	works musegen stats "$(one_of "$BACH/solo")"
	says "1 from 1 file, 1 style"
	if grep -q '^style$' <<<"$output"; then return 1; fi
	works musegen stats "$BACH/solo" "$BACH/keyboard"
	[ "$(fact corpus)" = "$BACH/solo, $BACH/keyboard" ]
	[ -c /dev/full ] || return 0
	run --separate-stderr bash -c '"$MUSEGEN" stats --json "$0" >/dev/full' "$BACH/solo"
	[ "$status" -eq 1 ]
	[[ $stderr == "musegen: cannot write to standard output: "* ]]
}

@test "the line of who waits: on a terminal only, and gone at the end" {
	script -qec true /dev/null >/dev/null 2>&1 || skip "no pseudo-terminal can be had through script(1)"
	# enough to take longer than the moment for which no line is shown
	for i in $(seq 60); do cp -r "$ROOT/corpus" "many-$i"; done
	TERM=xterm script -qec "'$MUSEGEN' stats --set corpus.duplicates=yes -j 1 many-*" log >/dev/null
	grep -qE $'\r\033\\[Kreading [0-9]+ of [0-9]{4} files' log
	# the last thing on that line is that it was erased
	sed -n 's/.*\r\x1b\[K//p' log | grep -q '^corpus '
	TERM=dumb script -qec "'$MUSEGEN' stats --set corpus.duplicates=yes -j 1 many-*" log >/dev/null
	if grep -qE $'reading|\033' log; then return 1; fi
	works musegen stats --set corpus.duplicates=yes -j 1 many-*
}
