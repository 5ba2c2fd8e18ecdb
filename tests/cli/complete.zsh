# zsh -f complete.zsh SCRIPT LINE...: an interactive zsh in which SCRIPT was sourced gets each LINE and a Tab. Printed:
# what the line has become, between << and >>, before it what was listed. The present folder gets a file .zrc.
zmodload zsh/zpty || exit 77
script=$1
shift
cat >.zrc <<END
PS1= PS2=
autoload -Uz compinit
compinit -D -u
source $script
bindkey '^I' complete-word
setopt no_beep
unset zle_bracketed_paste
LISTMAX=10000
show() { print -r -- "<<\$BUFFER>>"; BUFFER= }
zle -N show
bindkey '^X^D' show
# typed before the line editor is there, a Tab is only a blank
zle-line-init() { print -r -- ready }
zle -N zle-line-init
END
zpty z env TERM=dumb COLUMNS=200 zsh -f -i

# All that comes, until a mark does.
until_mark() {
	local text= chunk

	while [[ $text != *$1* ]] && zpty -r z chunk; do
		text+=$chunk
	done
	print -r -- "${text//$'\r'}"
}

zpty -w z 'source ./.zrc'
until_mark ready >/dev/null
for line; do
	zpty -n -w z "$line"$'\t\x18\x04'
	until_mark '>>'
done
zpty -d z
