/* The card of a MIDI file: its parts, metre, key, tempo, length, what was mended or left out, and how musegen made it. */
#include "cli/card.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "music/key.h"

#define SONGS_LISTED   16
#define CHANGES_LISTED 4
#define TEXTS_LISTED   8

static void card_part(const struct part *p)
{
	char low_name[8], high_name[8];
	int low = 127, high = 0;

	for (size_t i = 0; i < p->n; i++) {
		low = p->notes[i].pitch < low ? p->notes[i].pitch : low;
		high = p->notes[i].pitch > high ? p->notes[i].pitch : high;
	}
	if (p->n == 0)
		low = high = 0;
	pitch_name(low_name, sizeof low_name, low);
	pitch_name(high_name, sizeof high_name, high);
	card_name("");
	printf("%6zu note%s %4s to %-4s  channel %2d", p->n, p->n == 1 ? " " : "s", low_name, high_name,
	       p->channel + 1);
	if (p->program >= 0)
		printf("  program %3d", p->program);
	else
		printf("  no program ");
	if (p->name && *p->name) {
		printf("  ");
		put_clean(stdout, p->name);
	}
	putchar('\n');
}

static void more_changes(size_t n)
{
	if (n > CHANGES_LISTED)
		printf(", and %zu more", n - CHANGES_LISTED);
	putchar('\n');
}

static void card_metres(const struct song *s)
{
	card_name("metre");
	if (s->n_metres == 0)
		printf("4/4, as the file states none");
	for (size_t i = 0; i < s->n_metres && i < CHANGES_LISTED; i++) {
		const struct metre *m = &s->metres[i];
		char when[32];

		printf("%s%d/%d", i > 0 ? ", " : "", m->numerator, 1 << m->denominator_log2);
		if (m->tick == 0)
			continue;
		duration_text(when, sizeof when, song_seconds(s, m->tick));
		printf(" at %s", when);
	}
	more_changes(s->n_metres);
}

static void card_tempos(const struct song *s)
{
	card_name("tempo");
	if (s->n_tempos == 0)
		printf("120 quarters a minute, as the file states none");
	for (size_t i = 0; i < s->n_tempos && i < CHANGES_LISTED; i++) {
		char when[32];

		printf("%s%.4g", i > 0 ? ", " : "", 60e6 / s->tempos[i].us_per_quarter);
		if (i == 0)
			printf(" quarters a minute");
		if (s->tempos[i].tick == 0)
			continue;
		duration_text(when, sizeof when, song_seconds(s, s->tempos[i].tick));
		printf(" at %s", when);
	}
	more_changes(s->n_tempos);
}

static void card_key(const struct song *s)
{
	const struct key found = key_as_composed(s);

	card_name("key");
	printf("%s by its notes", found.tonic >= 0 ? key_name(found) : "none");
	if (s->n_keys > 0)
		printf("; the file says %s", key_name(key_stated(&s->keys[0])));
	if (s->n_keys > 1)
		printf(" and %zu change%s", s->n_keys - 1, s->n_keys == 2 ? "" : "s");
	putchar('\n');
}

static void card_length(const struct song *s)
{
	int pickup;
	const long bars = count_bars(s, &pickup);
	char length[32];

	if (pickup > 0) {
		card_name("pickup");
		printf("%.3g quarter%s\n", (double)pickup / s->ppq, pickup == s->ppq ? "" : "s");
	}
	duration_text(length, sizeof length, song_seconds(s, song_music_end(s)));
	card_name("length");
	printf("%ld bar%s, %s\n", bars, bars == 1 ? "" : "s", length);
}

static void card_texts(const struct song *s)
{
	const char *comment = output_find_comment(s);
	size_t listed = 0;

	for (size_t i = 0; i < s->n_texts && listed < TEXTS_LISTED; i++, listed++)
		card_text("text", s->texts[i].text);
	if (s->n_texts > listed) {
		card_name("");
		printf("and %zu more\n", s->n_texts - listed);
	}
	if (comment)
		card_text("made by", output_find_command(comment));
}

static void card_song(const struct song *s)
{
	card_text("title", s->title);
	card_name("parts");
	printf("%zu, %zu notes\n", s->n_parts, song_notes(s));
	for (size_t i = 0; i < s->n_parts; i++)
		card_part(&s->parts[i]);
	card_metres(s);
	card_key(s);
	card_tempos(s);
	card_length(s);
	if (s->percussion_notes > 0) {
		card_name("percussion");
		printf("%d note%s on channel 10, left out\n", s->percussion_notes, s->percussion_notes == 1 ? "" : "s");
	}
	card_texts(s);
}

void card_songs(const struct songs *songs, const char *path)
{
	card_text("file", path);
	card_text("mended", songs->mends);
	for (size_t i = 0; i < songs->n && i < SONGS_LISTED; i++) {
		if (songs->n > 1) {
			card_name("song");
			printf("%zu of %zu\n", i + 1, songs->n);
		}
		card_song(songs->songs[i]);
	}
	if (songs->n > SONGS_LISTED)
		printf("and %zu more songs\n", songs->n - SONGS_LISTED);
}
