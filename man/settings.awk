# The list of settings in musegen-config.5, written anew from what the program says:
#
#   musegen info --built-in | awk -f man/settings.awk - man/musegen-config.5
#
# What stands in the page between the two marks is replaced, all else is copied.

# Text as mdoc takes it: in lines of 78 bytes at most, a new one after every sentence.
function add(text,    words, n, i, line) {
	gsub(/\\/, "\\e", text)
	while (match(text, /`[^`]*`/))
		text = substr(text, 1, RSTART - 1) "\\(oq" substr(text, RSTART + 1, RLENGTH - 2) "\\(cq" \
			substr(text, RSTART + RLENGTH)
	gsub(/--/, "\\-\\-", text)
	n = split(text, words, " ")
	line = ""
	for (i = 1; i <= n; i++) {
		if (line != "" && (length(line) + 1 + length(words[i]) > 78 || line ~ /[.!?]$/)) {
			list = list line "\n"
			line = ""
		}
		line = line (line == "" ? (words[i] ~ /^[.']/ ? "\\&" : "") : " ") words[i]
	}
	list = list line "\n"
}

FNR == 1 { file++ }

# First what the program says: comments, then what they are about.
file == 1 && /^# / { comment = comment (comment == "" ? "" : " ") substr($0, 3); next }
file == 1 && /^\[/ {
	if (sections++)
		list = list ".El\n"
	list = list ".Ss Section " substr($0, 2, length($0) - 2) "\n"
	add(comment)
	list = list ".Bl -tag -width Ds\n"
	comment = ""
	next
}
file == 1 && / =/ {
	list = list ".It Cm " $1 "\n"
	add(comment)
	comment = ""
	next
}
file == 1 { next }

# Then the page.
/^\.\\" settings: begin/ { print; printf "%s.El\n", list; skip = 1; next }
/^\.\\" settings: end/ { skip = 0 }
!skip
