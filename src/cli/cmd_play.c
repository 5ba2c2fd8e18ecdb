/*
 * musegen play: new music, or a file, on a MIDI device or the machine's audio. This file chooses what
 * is played and where, follows the stream (live/stream.h) on the screen, and
 * sees to it that every way out goes through its end, where what sounds is
 * silenced: the end of the music, an error, a lost device, SIGINT, SIGTERM,
 * SIGHUP, SIGQUIT. Asking twice does not make it skip that. Ctrl-Z silences
 * before it halts. What no process can do for itself, silence after SIGKILL
 * or a crash, is left to a guardian process (cli/guardian.h), the first thing
 * that is started.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/guardian.h"
#include "cli/music_like.h"
#include "cli/music_options.h"
#include "cli/output.h"
#include "cli/play_sink.h"
#include "cli/signals.h"
#include "live/arranger.h"
#include "live/stream.h"
#include "midi/smf.h"

#define REFRESH     100 /* ms between status lines on a terminal */
#define BARS_A_LINE 16  /* bars between plain lines elsewhere */

static const struct command_usage usage = {
	.name = "play",
	.arguments = "[OPTIONS] [FILE.mid]",
	.summary = "Play new music, or a file, on a MIDI device or this machine's audio.",
	.details =
		"  musegen play                    one new piece\n"
		"  musegen play --live             new music without end; Ctrl-C stops it\n"
		"  musegen play theme.mid          a file\n"
		"  musegen play -d synth --live    on the output with \"synth\" in its name\n"
		"  musegen play --synth            without a device, on this machine's audio\n"
		"\n"
		"Notes are performed: accents, phrases, a last ritardando; --plain plays them as composed.\n"
		"Music of --live sounds while it is composed. Part 1 plays on channel 1, part 2 on channel 2, and so\n"
		"on past the percussion channel, 10. When composing is slower than the music, time is stretched\n"
		"rather than notes left out. The options of new music are those of `musegen export`.",
};

struct play {
	struct music_options wanted;
	struct play_wish wish;
	const char *file;
	bool live, clock, split;
	struct routing_rules rules;
	struct guardian guardian;
	/* what is played: one of the two */
	struct music music;
	struct songs songs;
	struct arranger *arranger;
	struct song **made; /* pieces composed and performed */
	size_t n_made;
	struct source *source;
};

/* ---- what is played ------------------------------------------------------ */

/* The options that say how new music is made; the settings are not among them. */
static bool asks_for_music(const struct music_options *o)
{
	return o->model || o->bars > 0 || o->seconds > 0 || o->temperature > 0 || o->top_k >= 0 || o->top_p >= 0 ||
	       o->key || o->mode || o->metre || o->scale || o->range || o->tempo > 0 || o->parts > 0 || o->style ||
	       o->primer || o->seed.given || o->best_of > 0 || o->plain || o->like || o->from || o->latent_seed.given;
}

static int open_file(struct play *p)
{
	if (settings_load(&p->music.settings, p->wanted.config, &p->wanted.sets) < 0 ||
	    live_config_routing(&p->rules, &p->music.settings.live, p->split) < 0 || smf_read(&p->songs, p->file) < 0)
		return fail();
	p->source = source_of_songs(p->songs.songs, p->songs.n, &p->rules, p->clock);
	return p->source ? EXIT_OK : fail();
}

/* Music that sounds while it is composed. */
static int open_arranger(struct play *p)
{
	const struct model *model = p->music.model;
	struct arranger_options o = {
		.model = model,
		.playing = p->wanted.plain          ? PLAY_PLAIN
	                   : model->vocab->dynamics ? PLAY_LEARNED
	                                            : PLAY_PERFORMED,
		.clock = p->clock,
		.judge = p->music.judge,
	};
	const struct start *start;
	struct routing routing;
	int programs[SONG_PARTS_MAX];

	p->music.compose.endless = p->music.compose.live = p->live;
	o.compose = p->music.compose;
	p->arranger = arranger_new(&o);
	if (!p->arranger)
		return fail();
	start = arranger_start(p->arranger);
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		programs[k] = music_part_program(model, start->style, k, start_part_count(start));
	routing_make(&routing, &p->rules, programs, model->vocab->parts);
	arranger_route(p->arranger, &routing);
	p->source = arranger_source(p->arranger);
	return EXIT_OK;
}

/* One, or those of a way, one after the other. 0 or -1. */
static int make_pieces(struct play *p)
{
	const int way = music_like_pieces(&p->music), n = way > 0 ? way : 1;

	p->made = mem_new((size_t)n, sizeof *p->made);
	for (int i = 0; p->made && i < n; i++) {
		if (music_prepare(&p->music, p->music.seed, i) < 0)
			return -1;
		p->made[i] = music_compose(&p->music, p->wanted.plain, false);
		if (!p->made[i])
			return -1;
		p->n_made++;
	}
	return p->made ? 0 : -1;
}

/* One piece that is performed is composed before it sounds: its ritardando begins before its end is drawn. */
static int open_music(struct play *p)
{
	int code = music_open(&p->music, &p->wanted);

	if (code != EXIT_OK)
		return code;
	if (live_config_routing(&p->rules, &p->music.settings.live, p->split) < 0 ||
	    music_prepare(&p->music, p->music.seed, 0) < 0)
		return fail();
	if (music_like_pieces(&p->music) == 0 && (p->live || p->wanted.plain))
		return open_arranger(p);
	if (make_pieces(p) < 0)
		return fail();
	p->source = source_of_songs(p->made, p->n_made, &p->rules, p->clock);
	return p->source ? EXIT_OK : fail();
}

static void close_all(struct play *p)
{
	source_free(p->source);
	arranger_free(p->arranger);
	for (size_t i = 0; i < p->n_made; i++)
		song_free(p->made[i]);
	free(p->made);
	songs_done(&p->songs);
	music_close(&p->music);
}

static void print_time(double seconds)
{
	char text[32];

	duration_text(text, sizeof text, seconds);
	fputs(text, stdout);
}

/* The first line: where the sound goes, and what it is. */
static void announce(const struct play *p, const struct play_sink *where)
{
	play_sink_announce(where);
	printf(": ");
	if (p->file) {
		const struct song *song = p->songs.songs[0];

		put_clean(stdout, p->file);
		if (p->songs.n > 1) {
			printf(", %zu songs one after the other\n", p->songs.n);
		} else {
			printf(", %zu %s, ", song->n_parts, song->n_parts == 1 ? "part" : "parts");
			print_time(song_seconds(song, song->end));
			printf("\n");
		}
		if (song->percussion_notes > 0)
			printf("percussion notes left out: %d\n", song->percussion_notes);
	} else {
		music_announce(&p->music);
	}
	fflush(stdout);
}

/* ---- while it plays ------------------------------------------------------ */

static int bpm(const struct stream_status *s)
{
	return s->us_per_quarter > 0 ? (60000000 + s->us_per_quarter / 2) / s->us_per_quarter : 0;
}

static void print_status(const struct stream_status *s)
{
	if (s->bar > 0)
		printf("bar %d", s->bar);
	else
		printf("pickup");
	printf(", %d bpm, %d %s, ", bpm(s), s->parts, s->parts == 1 ? "part" : "parts");
	print_time(s->seconds);
}

/* One line that is written over on a terminal, a line every few bars elsewhere. */
static void show(const struct stream_status *s, bool terminal, int *shown)
{
	if (s->notes == 0)
		return;
	if (terminal) {
		printf("\r");
		print_status(s);
		printf("\033[K");
	} else {
		if (s->bar / BARS_A_LINE == *shown)
			return;
		*shown = s->bar / BARS_A_LINE;
		print_status(s);
		printf("\n");
	}
	fflush(stdout);
}

static void print_summary(const struct stream_status *s)
{
	printf("%" PRIu64 " note%s in ", s->notes, s->notes == 1 ? "" : "s");
	print_time(s->seconds);
	if (s->messages > 0)
		printf("; messages late by %.2f ms (half of them), %.2f ms (99 in 100), %.2f ms (at most)", s->late_p50,
		       s->late_p99, s->late_max);
	printf("\n");
	if (s->varied > 0)
		printf("composing fell behind: bars played again meanwhile: %d\n", s->varied);
	if (s->shifts > 0)
		printf("composing fell behind, times: %d; %.2f s in all were waited for\n", s->shifts, s->shifted);
}

/* What a signal stops, from its handler. */
static _Atomic(struct stream *) playing;

static void stop_playing(void)
{
	struct stream *s = playing;

	if (s)
		stream_stop(s);
}

static void halt(struct stream *s, bool terminal)
{
	stream_pause(s);
	if (terminal) {
		printf("\n");
		fflush(stdout);
	}
	kill(getpid(), SIGSTOP);
	stream_resume(s);
}

static void follow(struct stream *s)
{
	bool terminal = terminal_is(stdout);
	struct stream_status status;
	int shown = 0;

	for (;;) {
		stream_status(s, &status);
		if (status.state == STREAM_ENDED || signals_stopped())
			break;
		show(&status, terminal, &shown);
		if (signals_wait(REFRESH) == SIGTSTP)
			halt(s, terminal);
	}
	if (terminal && status.notes > 0)
		printf("\r\033[K");
}

static int play(struct play *p, const struct play_sink *where)
{
	struct stream *s = stream_start(p->source, &where->sink, &p->guardian.guarded->notes);
	struct stream_status status;
	int code = EXIT_OK;

	if (!s)
		return fail();
	playing = s;
	if (signals_stopped())
		stream_stop(s);
	announce(p, where);
	follow(s);
	/* a stop that comes now changes nothing: the stream is ending */
	playing = NULL;
	if (signals_stopped())
		stream_stop(s);
	if (stream_finish(s, &status) < 0)
		code = fail();
	print_summary(&status);
	if (status.busy) {
		/* a thread hangs in the device, or has a long piece in hand: it still needs what we would free */
		fflush(stdout);
		/* a device that hangs is left to the guardian, which may find it again */
		if (status.state == STREAM_ENDED)
			guardian_end(&p->guardian);
		_exit(code);
	}
	return code;
}

/* ---- the command --------------------------------------------------------- */

static int play_somewhere(struct play *p)
{
	struct play_sink where;
	int code = EXIT_FAILED;

	if (play_sink_choose(&where, &p->wish, &p->music.settings.play, p->guardian.guarded) < 0 ||
	    signals_catch(stop_playing) < 0) {
		code = fail();
	} else {
		code = play(p, &where);
		signals_release();
	}
	play_sink_done(&where);
	return code;
}

int cmd_play(int argc, char **argv)
{
	struct play p = {.wanted = MUSIC_OPTIONS_NONE};
	const struct option options[] = {
		{'d', "device", OPTION_TEXT, &p.wish.device, "DEVICE", 0, 0,
	         "MIDI output by number, name or part of a name (`musegen devices` lists them; default: the one "
	         "config.ini names, else the only one that is not a through port; where there is none: --synth)"},
		{0, "synth", OPTION_FLAG, &p.wish.synth, NULL, 0, 0,
	         "play on this machine's audio, by FluidSynth and a General MIDI soundfont: no device is needed"},
		{0, "soundfont", OPTION_TEXT, &p.wish.soundfont, "FILE", 0, 0,
	         "--synth with this soundfont, .sf2 or .sf3 (default: config.ini's, else the system's)"},
		{'l', "live", OPTION_FLAG, &p.live, NULL, 0, 0, "without end: where a piece ends a new one begins"},
		{0, "clock", OPTION_FLAG, &p.clock, NULL, 0, 0,
	         "send MIDI clock too, so that a DAW or a drum machine follows the tempo: start, 24 clocks a quarter, "
	         "stop"},
		{0, "split", OPTION_FLAG, &p.split, NULL, 0, 0,
	         "a MIDI channel for each part (default: parts of one instrument share a channel)"},
		MUSIC_OPTIONS(p.wanted),
	};
	const char **arguments = mem_new((size_t)argc, sizeof *arguments);
	enum parsed parsed;
	size_t n;
	int code;

	if (!arguments)
		return fail();
	parsed = options_parse(&usage, options, sizeof options / sizeof *options, argc, argv, arguments, &n);
	p.file = parsed == PARSED_GO && n > 0 ? arguments[0] : NULL;
	free(arguments);
	if (parsed != PARSED_GO)
		return parsed == PARSED_HELP ? EXIT_OK : EXIT_USAGE;
	if (n > 1)
		return fail_usage("play: one file at a time");
	if (play_wish_check(&p.wish) != EXIT_OK)
		return EXIT_USAGE;
	if (p.live && p.wanted.from)
		return fail_usage("play: --live is without end; the way --from one file --to another has one");
	if (p.file && p.live)
		return fail_usage("play: --live is for new music; a file has an end");
	if (p.file && asks_for_music(&p.wanted))
		return fail_usage("play: the file is played as it is; options for new music do not change it");

	/* before there is a model, a thread or PortMidi: it keeps none of them */
	if (guardian_start(&p.guardian) < 0)
		return fail();
	code = p.file ? open_file(&p) : open_music(&p);
	if (code == EXIT_OK)
		code = play_somewhere(&p);
	guardian_end(&p.guardian);
	close_all(&p);
	return code;
}
