#!/usr/bin/env bats
# The manual: it has every command, every option and every setting that the
# program has, and no other. What is missing is named.

load helper

setup() {
	enter_house
	page=$ROOT/man/musegen.1
	config=$ROOT/man/musegen-config.5
}

# The commands, as the program lists them.
commands() {
	musegen help | sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p'
}

# options COMMAND: what -h says, a line an option: "-m --model name".
options() {
	musegen "$1" -h | awk '
		/^  (-.,|   ) --/ {
			line = tolower(substr($0, 3, 1) == "-" ? substr($0, 3, 2) : "")
			n = split(substr($0, 7), words, " ")
			line = line " " words[1]
			# an argument follows its option after one blank, the text after two
			if (match(substr($0, 7), /^--[a-z-]+ [^ ]/))
				line = line " " tolower(words[2])
			sub(/^ /, "", line)
			if (words[1] != "--help")
				print line
		}' | sort
}

# The same as the page says it: of the .Ss of the command, and of those that it refers to by .Sx Options ...
page_options() {
	awk -v wanted="$1" '
		/^\.S[hs] / { section = substr($0, 5) }
		/^\.Sx Options/ {
			sub(/^\.Sx /, "")
			sub(/ [,.]$/, "")
			refers[section] = refers[section] "|" $0
		}
		/^\.It Fl / {
			letter = name = argument = ""
			for (i = 2; i <= NF; i++) {
				if ($i == "Fl" && substr($(i + 1), 1, 1) == "-")
					name = "-" $(i + 1)
				else if ($i == "Fl")
					letter = "-" $(i + 1)
				else if ($i == "Ar")
					argument = $(i + 1)
			}
			line = letter " " name " " argument
			sub(/^ /, "", line)
			sub(/ $/, "", line)
			has[section] = has[section] line "\n"
		}
		END {
			printf "%s", has[wanted]
			n = split(substr(refers[wanted], 2), other, "|")
			for (i = 1; i <= n; i++)
				printf "%s", has[other[i]]
		}' "$page" | sort
}

# compare FILE FILE 'what the first is' 'what the second is': nothing in one that is not in the other.
compare() {
	local missing extra

	missing=$(comm -23 "$1" "$2")
	extra=$(comm -13 "$1" "$2")
	[ -z "$missing" ] || printf '%s has, and %s lacks:\n%s\n' "$3" "$4" "$missing"
	[ -z "$extra" ] || printf '%s has, and %s lacks:\n%s\n' "$4" "$3" "$extra"
	[ -z "$missing$extra" ]
}

@test "man: every command, and no other" {
	commands | sort >commands
	grep -qx export commands
	awk '/^\.Sh / { section = $2 } /^\.Ss / && section == "COMMANDS" { print $2 }' "$page" | sort >described
	compare commands described "musegen help" "COMMANDS of man/musegen.1"
	awk '/^\.Sh / { section = $2 } /^\.Cm / && section == "SYNOPSIS" { print $2 }' "$page" |
		grep -vx -e help -e 'bash' | sort -u >synopsis
	compare commands synopsis "musegen help" "SYNOPSIS of man/musegen.1"
}

@test "man: every option of every command, and no other" {
	local bad=0

	for command in $(commands); do
		options "$command" >said
		page_options "$command" >described
		compare said described "musegen $command -h" "man/musegen.1 on $command" || bad=1
	done
	[ $bad -eq 0 ]
	# what this reads of -h and of the page is not nothing
	options export >said
	grep -qx -e '-o --output file' said
	grep -qx -e '--pickup-bar' said
	grep -qx -e '--set section.key=value' said
}

@test "man: arguments are what usage lines say" {
	command -v mandoc >/dev/null || skip "mandoc is not installed"
	# without blanks and case, which the two write differently
	mandoc -Tascii -O width=300 "$page" | col -b | sed -n '/^SYNOPSIS/,/^DESCRIPTION/s/^ *musegen /musegen /p' |
		tr -d ' ' | tr A-Z a-z | sort >synopsis
	[ -s synopsis ]
	for command in $(commands); do
		line=$(musegen "$command" -h | sed -n 's/^usage: //p' | tr -d ' ' | tr A-Z a-z)
		grep -qxF "$line" synopsis || {
			echo "the SYNOPSIS of man/musegen.1 lacks: $(musegen "$command" -h | head -n 1)"
			return 1
		}
	done
}

@test "man: the list of settings is the program's" {
	musegen info --built-in | awk -f "$ROOT/man/settings.awk" - "$config" >now
	diff now "$config" || {
		echo "man/musegen-config.5 is behind the settings: \`make man\` writes it anew"
		return 1
	}
}

@test "man: every setting with its section, range and built-in value" {
	# read apart from what wrote the page: section.key|(range; built in: value)
	awk '/^\.Ss Section / { section = $3; next }
		/^\.It Cm / { key = $3; text[section "." key] = ""; next }
		/^\./ { key = "" }
		key != "" { text[section "." key] = text[section "." key] " " $0 }
		END { for (k in text) print k "|" text[k] }' "$config" | sort >page
	[ "$(wc -l <page)" -gt 30 ]
	musegen info --built-in | sed -n 's/^\[\(.*\)\]$/\1/p; s/^\([a-z0-9_-]*\) =/ \1/p' |
		awk '/^ / { print section "." $1; next } { section = $1 }' | sort >keys
	cut -d'|' -f1 page | sort >listed
	compare listed keys "man/musegen-config.5" "musegen info --built-in"
	# a value out of range has the program itself say the range
	while IFS='|' read -r key text; do
		built_in=$(musegen info --built-in | awk -v key="$key" '
			/^\[/ { section = substr($0, 2, length($0) - 2) }
			section "." $1 == key { sub(/^[^=]*= ?/, ""); print }')
		[[ $text == *"; built in: ${built_in:-nothing})" ]] || { echo "$key: not $built_in in:$text"; return 1; }
		run "$MUSEGEN" info --settings --set "$key=$(printf 'x%.0s' {1..200})"
		[ "$status" -eq 1 ]
		range=${output##*\" is not }
		range=${range%%; did you mean*}
		[[ $text == *"($range; built in: "* ]] || { echo "$key: not \"$range\" in:$text"; return 1; }
	done <page
}

@test "man: mandoc has nothing to say against the pages" {
	command -v mandoc >/dev/null || skip "mandoc is not installed"
	# whether the pages they refer to are installed on this machine is another matter
	for file in "$page" "$config"; do
		mandoc -Tlint "$file" 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' >lint || :
		[ ! -s lint ] || { cat lint; return 1; }
		mandoc -Tutf8 "$file" | col -b | grep -q EXAMPLES
	done
}

@test "man: the commands among the examples are taken" {
	install_tiny
	cp models/tiny.safetensors models/rags.safetensors
	musegen export -m tiny --bars 2 -o opening.mid
	mkdir -p ~/midi
	cp -r "$ROOT/corpus/bach" ~/midi/ragtime
	grep '^\.Dl \$ \|^\$ ' "$page" | sed 's/^\.Dl //; s/^\$ //' >examples
	[ "$(wc -l <examples)" -ge 5 ]
	while IFS= read -r line; do
		case $line in
		*" train "* | *" play "*)
			# not done here: an unknown option at its end is the only thing that is wrong with it
			run bash -c 'musegen() { "$MUSEGEN" "$@"; }; '"$line --zebra"
			[ "$status" -eq 2 ]
			[[ $output == *"unknown option --zebra"* ]] || { echo "$line: $output"; return 1; }
			;;
		*)
			run bash -c 'musegen() { "$MUSEGEN" "$@"; }; '"$line"
			[ "$status" -eq 0 ] || { echo "$line: $output"; return 1; }
			;;
		esac
	done <examples
}
