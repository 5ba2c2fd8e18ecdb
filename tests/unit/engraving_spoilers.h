/*
 * Ways to spoil a copy of a sound piece, one at least for every check of
 * engraving_text.h and engraving_midi.h, each with the part and bar that the
 * check has to name. The piece is a chorale: four voices, an upbeat,
 * fermatas, 4/4, F major. cmocka.h comes before this.
 */
#ifndef TESTS_UNIT_ENGRAVING_SPOILERS_H
#define TESTS_UNIT_ENGRAVING_SPOILERS_H

#include "engraving.h"

#define SUBJECT "corpus/bach/chorales/bwv-244-54-o-haupt-voll-blut-und-wunden"

/* A copy of a sound piece, to be spoilt in one way. */
struct copy {
	char *abc;
	unsigned char *mid;
	size_t mid_size;
	struct key_exception exception;
};

/* How: an edit of the .abc, of the .mid's bytes, or of the song read from it. */
struct spoiler {
	const char *check;     /* that is to find it */
	const char *line, *to; /* every header line that begins so becomes this; NULL: goes */
	int voice, bar;        /* or: this is put into the music there (from 1) */
	void (*bytes)(struct copy *copy);
	int (*song)(struct engraving *e); /* returns the bar (from 1) it spoils, or 0 */
	const char *part;                 /* that the fault is to name, or NULL */
	bool whole;                       /* the fault names no bar that is known before */
};

static inline void splice(char **text, size_t at, size_t cut, const char *to)
{
	char *new = text_format("%.*s%s%s", (int)at, *text, to, *text + at + cut);

	assert_non_null(new);
	free(*text);
	*text = new;
}

static inline void edit_lines(char **text, const char *line, const char *to)
{
	size_t edited = 0, n;

	for (size_t at = 0; (*text)[at]; at += n) {
		n = strcspn(*text + at, "\n") + 1;
		if (strncmp(*text + at, line, strlen(line)) != 0)
			continue;
		splice(text, at, to ? n - 1 : n, to ? to : "");
		n = to ? strlen(to) + 1 : 0;
		edited++;
	}
	assert_true(edited > 0);
}

/* Where the music of a bar begins: after V:n for the second time, its lines of other things, and bar - 1 lines. */
static inline size_t music_at(const char *text, int voice, int bar)
{
	char label[8];
	const char *p;

	snprintf(label, sizeof label, "\nV:%d", voice);
	p = strstr(text, label);
	assert_non_null(p);
	p = strstr(p + 1, label);
	assert_non_null(p);
	p = strchr(p + 1, '\n') + 1;
	while (*p == '%')
		p = strchr(p, '\n') + 1;
	for (int i = 1; i < bar; i++)
		p = strchr(p, '|') + 1;
	return (size_t)(p - text);
}

/* ---- Spoilt bytes and songs ---- */

static inline void cut_bytes(struct copy *copy)
{
	copy->mid_size /= 2;
}

/* The last track's end comes a bar of 4/4 later: its delta of one byte becomes two, and so the chunk longer. */
static inline void end_late(struct copy *copy)
{
	static const unsigned char tail[] = {0x8F, 0x00, 0xFF, 0x2F, 0x00};
	unsigned char *p = realloc(copy->mid, copy->mid_size + 1);
	size_t chunk = 0;

	assert_non_null(p);
	for (size_t at = 14; at < copy->mid_size;
	     at += 8 + ((size_t)p[at + 4] << 24 | (size_t)p[at + 5] << 16 | (size_t)p[at + 6] << 8 | p[at + 7]))
		chunk = at;
	assert_memory_equal(p + copy->mid_size - 3, tail + 2, 3);
	assert_true(p[chunk + 7] < 255);
	memcpy(p + copy->mid_size - 4, tail, sizeof tail);
	p[chunk + 7]++;
	copy->mid = p;
	copy->mid_size++;
}

/* The metre is stated no more: 4/4 holds all the same. */
static inline void drop_metre(struct copy *copy)
{
	unsigned char *p = memmem(copy->mid, copy->mid_size, "\xFF\x58\x04", 3);

	assert_non_null(p);
	p[1] = 0x7F;
}

static inline void needless_exception(struct copy *copy)
{
	copy->exception = (struct key_exception){SUBJECT, "F major", "none"};
}

static inline void wrong_exception(struct copy *copy)
{
	edit_lines(&copy->abc, "K:", "K:Dm");
	copy->exception = (struct key_exception){SUBJECT, "C major", "none"};
}

/* A note of the first part on a beat of its third bar or later, with the second part under it. */
static inline struct note *shared_note(struct engraving *e, int *bar)
{
	struct song *s = e->song;

	for (size_t i = 0; i < s->parts[0].n; i++) {
		*bar = bar_at(e, s->parts[0].notes[i].onset);
		for (size_t j = 0; *bar > 2 && j < s->parts[1].n; j++)
			if (s->parts[1].notes[j].onset == s->parts[0].notes[i].onset)
				return &s->parts[0].notes[i];
	}
	fail_msg("no note that two parts share");
	return NULL;
}

static inline int silence_alto(struct engraving *e)
{
	for (size_t i = 0; i < e->song->n_parts; i++)
		if (strcmp(e->song->parts[i].name, "Alto") == 0)
			e->song->parts[i].n = 0;
	return 0;
}

static inline int end_within_a_bar(struct engraving *e)
{
	e->song->end += metre_beat(&e->song->metres[0], FILE_PPQ) * 2;
	return bar_at(e, e->song->end);
}

static inline int end_a_bar_later(struct engraving *e)
{
	e->song->end += metre_bar(&e->song->metres[0], FILE_PPQ);
	return bar_at(e, e->song->end - FILE_PPQ);
}

static inline int metre_later(struct engraving *e)
{
	int tick = song_bar_line(e->song, FILE_PPQ * 12);

	assert_int_equal(song_add_metre(e->song, tick, 3, 2), 0);
	return bar_at(e, tick);
}

static inline int second_tempo(struct engraving *e)
{
	assert_int_equal(song_add_tempo(e->song, FILE_PPQ * 8, 400000), 0);
	return 0;
}

static inline int second_signature(struct engraving *e)
{
	assert_int_equal(song_add_key(e->song, FILE_PPQ * 8, 3, false), 0);
	return 0;
}

static inline int forget_pickup(struct engraving *e)
{
	e->song->pickup = 0;
	return 1;
}

static inline int off_grid(struct engraving *e)
{
	int bar = 0;

	shared_note(e, &bar)->onset += 2;
	return bar;
}

/* The whole first part a tick early: on the grid, but not with the others. */
static inline int part_early(struct engraving *e)
{
	struct part *part = &e->song->parts[0];

	for (size_t i = 0; i < part->n; i++)
		part->notes[i].onset--;
	return 1;
}

static inline int stagger_chord(struct engraving *e)
{
	int bar = 0;
	struct note upper = *shared_note(e, &bar);

	upper.onset--;
	upper.pitch += 4;
	assert_int_equal(song_add_note(e->song, 0, upper), 0);
	song_order_notes(&e->song->parts[0]);
	return bar;
}

static inline int strike_twice(struct engraving *e)
{
	int bar = 0;
	struct note again = *shared_note(e, &bar);

	again.onset += POINT;
	assert_int_equal(song_add_note(e->song, 0, again), 0);
	song_order_notes(&e->song->parts[0]);
	return bar;
}

static inline int wrong_pitch(struct engraving *e)
{
	int bar = 0;

	shared_note(e, &bar)->pitch++;
	return bar;
}

static inline int wrong_length(struct engraving *e)
{
	int bar = 0;

	shared_note(e, &bar)->duration /= 2;
	return bar;
}

static inline int lose_last_note(struct engraving *e)
{
	e->song->parts[0].n--;
	return 0;
}

static inline int move_fermata(struct engraving *e)
{
	assert_true(e->song->n_markers > 1);
	e->song->markers[1].tick += FILE_PPQ;
	return bar_at(e, e->song->markers[1].tick);
}

static inline int double_fermata(struct engraving *e)
{
	assert_int_equal(song_add_marker(e->song, e->song->markers[0].tick, "fermata"), 0);
	return 0;
}

static const struct spoiler spoilers[] = {
	{"read", .bytes = cut_bytes},
	{"syntax", .to = "&", .voice = 2, .bar = 3, .part = "Alto"},
	{"syntax", .to = "\"Am\"", .voice = 3, .bar = 4, .part = "Tenor"},
	{"syntax", .to = "[CE-]", .voice = 4, .bar = 2, .part = "Bass"},
	{"ornaments", .to = "~", .voice = 1, .bar = 4, .part = "Soprano"},
	{"ornaments", .to = "!trill!", .voice = 3, .bar = 2, .part = "Tenor"},
	{"ornaments", .to = "{c}", .voice = 4, .bar = 5, .part = "Bass"},
	{"ornaments", .to = "T", .voice = 2, .bar = 6, .part = "Alto"},
	{"repeats", .to = " |:", .voice = 3, .bar = 3, .part = "Tenor"},
	{"repeats", .to = " :|", .voice = 2, .bar = 2, .part = "Alto"},
	{"repeats", .to = "[1", .voice = 4, .bar = 7, .part = "Bass"},
	{"fields", .line = "T:"},
	{"fields", .line = "C:"},
	{"fields", .line = "C:", .to = "C:"},
	{"fields", .line = "O:"},
	{"fields", .line = "N:"},
	{"fields", .line = "G:"},
	{"fields", .line = "M:"},
	{"fields", .line = "L:"},
	{"fields", .line = "Q:"},
	{"fields", .line = "K:"},
	{"fields", .line = "M:", .to = "M:4/4\nM:4/4"},
	{"R: field", .line = "G:", .to = "G:chorale\nR:hornpipe"},
	{"directives", .line = "%%MIDI chordattack"},
	{"directives", .line = "%%MIDI ratio"},
	{"directives", .line = "%%MIDI ratio", .to = "%%MIDI ratio 2 1"},
	{"directives", .line = "%%MIDI nobeataccents", .part = "Tenor"},
	{"source", .line = "N:", .to = "N:proofread against the print"},
	{"source", .line = "N:", .to = "N:engraved from memory"},
	{"bars", .to = "z", .voice = 2, .bar = 3, .part = "Alto"},
	{"bars", .to = "(3ccc", .voice = 4, .bar = 5, .part = "Bass"},
	{"voices", .to = "z4 |", .voice = 3, .bar = 3, .part = "Tenor", .whole = true},
	{"parts", .line = "V:1 name", .to = "V:0"},
	{"parts", .line = "%%MIDI channel 3", .to = "%%MIDI channel 2", .part = "Tenor"},
	{"parts", .line = "%Alto", .to = "%Descant", .part = "Descant"},
	{"silence", .song = silence_alto, .part = "Alto"},
	{"tracks", .bytes = end_late, .part = "track 4"},
	{"length", .song = end_within_a_bar},
	{"count", .song = end_a_bar_later, .part = "Soprano"},
	{"metre", .line = "M:", .to = "M:2/2"},
	{"metre", .bytes = drop_metre},
	{"metre", .song = metre_later},
	{"signature", .line = "K:", .to = "K:C"},
	{"signature", .line = "K:", .to = "K:Dm"},
	{"signature", .song = second_signature},
	{"key", .line = "K:", .to = "K:Dm"},
	{"key", .line = "K:", .to = "K:Gdor"},
	{"key", .bytes = needless_exception},
	{"key", .bytes = wrong_exception},
	{"tempo", .line = "Q:", .to = "Q:1/4=200"},
	{"tempo", .song = second_tempo},
	{"pickup", .song = forget_pickup},
	{"grid", .song = off_grid, .part = "Soprano"},
	{"together", .song = part_early, .part = "Alto"},
	{"together", .song = stagger_chord, .part = "Soprano"},
	{"overlaps", .song = strike_twice, .part = "Soprano"},
	{"notes", .song = wrong_pitch, .part = "Soprano"},
	{"notes", .song = wrong_length, .part = "Soprano"},
	{"notes", .song = lose_last_note, .part = "Soprano"},
	{"fermatas", .to = "%fermata\n", .voice = 2, .bar = 3, .part = "Alto"},
	{"fermatas", .song = move_fermata},
	{"fermatas", .song = double_fermata},
	{"texts", .line = "T:", .to = "T:Another"},
	{"texts", .line = "O:", .to = "O:elsewhere"},
};

#endif
