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

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/guardian.h"
#include "cli/learn_controllers.h"
#include "cli/music_like.h"
#include "cli/music_options.h"
#include "cli/output.h"
#include "cli/play_record.h"
#include "cli/play_sink.h"
#include "cli/play_stage.h"
#include "cli/play_status.h"
#include "cli/signals.h"
#include "live/arranger.h"
#include "live/stream.h"
#include "midi/smf.h"

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
		"Music of --live sounds while it is composed, and is steered by keys (`?` on its screen lists them) "
                "and\n"
		"MIDI controllers (--input): what is asked for is heard from the next bar line on. Parts of one\n"
		"instrument share a MIDI channel, the first of them channel 1. The options of new music are those of\n"
		"`musegen export`.",
};

struct play {
	struct music_options wanted;
	struct play_wish wish;
	const char *file;
	struct play_record record;
	const char *answer, *learn;
	bool live, clock, split, follow_chords, no_screen;
	struct routing_rules rules;
	struct guardian guardian;
	/* what is played: one of the two */
	struct music music;
	struct songs songs;
	struct arranger *arranger;
	struct score *score; /* of the arranger's, with --live */
	struct song **made;  /* pieces composed and performed */
	size_t n_made;
	struct source *source;
};

/* ---- what is played ------------------------------------------------------ */

/* The options that say how new music is made; the settings are not among them. */
static bool asks_for_music(const struct music_options *o)
{
	return o->model || o->bars > 0 || o->seconds > 0 || o->temperature > 0 || o->top_k >= 0 || o->top_p >= 0 ||
	       o->key || o->mode || o->metre || o->scale || o->range || o->tempo > 0 || o->parts > 0 || o->style ||
	       o->primer || o->seed.given || o->best_of > 0 || o->plain || o->like || o->from || o->latent_seed.given ||
	       o->knobs.n > 0;
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
		.follows = p->wish.clock_from != NULL,
		.answers = p->answer != NULL,
	};
	const struct start *start;
	struct routing routing;
	int programs[SONG_PARTS_MAX];

	p->music.compose.endless = p->music.compose.live = p->live;
	if (p->live && !(p->score = score_new()))
		return fail();
	/* a model without a judge plays as well: nobody has an opinion then */
	if (p->live && !p->music.judge)
		p->music.judge = judge_of_model(model);
	o.judge = p->music.judge;
	o.score = p->score;
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
	play_record_close(&p->record);
	arranger_free(p->arranger);
	score_free(p->score);
	for (size_t i = 0; i < p->n_made; i++)
		song_free(p->made[i]);
	free(p->made);
	songs_done(&p->songs);
	music_close(&p->music);
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
			play_print_time(song_seconds(song, song->end));
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

/* What a signal stops, from its handler. */
static _Atomic(struct stream *) playing;

static void stop_playing(void)
{
	struct stream *s = playing;

	if (s)
		stream_stop(s);
}

/* The stage is run from the first sound to the last; what is left of the stream when it does not end in time stays. */
static int run(struct play *p, const struct play_sink *where, struct stage_cast *cast)
{
	const struct stream_extras extras = {.follow = p->wish.clock_from != NULL, .record = p->record.record};
	struct stream *s = stream_start_with(p->source, &where->sink, &p->guardian.guarded->notes, &extras);
	struct stream_status status;
	struct play_stage stage;
	int code = EXIT_OK;

	if (!s)
		return fail();
	playing = s;
	if (signals_stopped())
		stream_stop(s);
	announce(p, where);
	cast->port = play_sink_name(where);
	if (stage_start(&stage, cast) < 0) {
		code = fail();
		stream_stop(s);
	} else {
		stage_run(&stage, s);
	}
	/* a stop that comes now changes nothing: the stream is ending */
	playing = NULL;
	if (signals_stopped())
		stream_stop(s);
	if (stream_finish(s, &status) < 0)
		code = fail();
	stage_done(&stage);
	if (play_record_finish(&p->record) < 0)
		code = fail();
	play_print_summary(&status);
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

static int play(struct play *p, const struct play_sink *where)
{
	struct stage_cast cast = {
		.arranger = p->live ? p->arranger : NULL,
		.score = p->score,
		.model = p->music.model,
		.config = &p->music.settings.live,
		.what = p->file ? p->file : p->music.path,
		.clock_port = p->wish.clock_from,
		.master = p->clock,
		.input = p->wish.input || p->wish.clock_from,
		.answers = p->answer != NULL,
		.follows_chords = p->follow_chords,
		.screen = p->live && !p->no_screen,
		.terminal = &p->guardian.guarded->terminal,
		.record = &p->record,
	};

	return run(p, where, &cast);
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
		{0, "clock-from", OPTION_TEXT, &p.wish.clock_from, "DEVICE", 0, 0,
	         "follow the MIDI clock that comes from this input: its tempo, start, stop and song position"},
		{'i', "input", OPTION_TEXT, &p.wish.input, "DEVICE", 0, 0,
	         "with --live: a MIDI input whose controllers do what config.ini's [live] says"},
		{0, "answer", OPTION_TEXT, &p.answer, "DEVICE", 0, 0,
	         "with --live: the same input; wait for a phrase that is played on it (over after a silent bar, or a "
	         "tap of the pedal), and go on from it for as many bars, in its key and tempo"},
		{0, "follow-chords", OPTION_FLAG, &p.follow_chords, NULL, 0, 0,
	         "with --input or --answer: chords that are held there steer the music"},
		{0, "midi-learn", OPTION_TEXT, &p.learn, "WHAT", 0, 0,
	         "in place of music: ask for a knob or a button of --input for each of these (tempo,temperature,mute; "
	         "all), and write what is moved to config.ini's [live]"},
		PLAY_RECORD_OPTION(p.record),
		{0, "no-screen", OPTION_FLAG, &p.no_screen, NULL, 0, 0, "with --live: lines in place of the screen"},
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
	if (p.learn)
		return learn_controllers_of(p.wish.input ? p.wish.input : p.answer, p.learn, p.wanted.config);
	if (!p.live && (p.wish.input || p.answer))
		return fail_usage("play: %s is for music that is made while it plays: --live",
		                  p.answer ? "--answer" : "--input");
	if (p.answer && p.wish.input && strcmp(p.answer, p.wish.input) != 0)
		return fail_usage("play: --input and --answer are one and the same input");
	if (p.answer)
		p.wish.input = p.answer;
	if (p.follow_chords && !p.wish.input)
		return fail_usage("play: --follow-chords wants a keyboard to follow: --input or --answer");
	if (p.clock && p.wish.clock_from)
		return fail_usage("play: --clock sends a clock, --clock-from follows one: not both");
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
	if (code == EXIT_OK && play_record_open(&p.record) < 0)
		code = fail();
	if (code == EXIT_OK)
		code = play_somewhere(&p);
	guardian_end(&p.guardian);
	close_all(&p);
	return code;
}
