/* What `info` says of a sound file: how long it is, and the command that made it. */
#include "cli/card.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "live/sound.h"

int card_sound(const char *path)
{
	struct sound_about about;
	char length[32];

	if (sound_about(&about, path) < 0)
		return -1;
	card_text("file", path);
	card_text("kind", about.kind);
	card_name("length");
	duration_text(length, sizeof length, (double)about.n / about.rate);
	printf("%s, %zu frames at %d a second%s\n", length, about.n, about.rate, about.loop ? ", goes round" : "");
	if (about.comment && output_is_ours(about.comment)) {
		const char *command = output_find_command(about.comment);

		card_text("made by", command ? command : about.comment);
	} else {
		card_text("text", about.comment);
	}
	sound_about_done(&about);
	return 0;
}
