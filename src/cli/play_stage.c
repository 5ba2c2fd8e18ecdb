/* The stage, see play_stage.h. */
#include "cli/play_stage.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/music_options.h"
#include "cli/signals.h"
#include "live/keep.h"
#include "music/chord.h"

#define REFRESH     100 /* ms between looks at things without a screen, */
#define QUICK       10  /* and where messages come in */
#define NOTICE_TIME UINT64_C(5000000000)

__attribute__((format(printf, 2, 3))) static void notice(struct play_stage *s, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(s->notice, sizeof s->notice, format, arguments);
	va_end(arguments);
	s->notice_until = clock_now() + NOTICE_TIME;
	if (!s->screen)
		play_lines_notice(&s->lines, s->notice);
}

/* ---- requests -------------------------------------------------------------------- */

static void set_control(struct play_stage *s, enum control c, double value)
{
	value = control_clamp(c, value);
	if (c != CONTROL_TEMPO && !s->cast.arranger) {
		notice(s, "%s is for music that is made while it plays (--live)", control_info(c)->name);
		return;
	}
	if (c == CONTROL_TEMPO && s->cast.clock_port) {
		notice(s, "the tempo is the clock's");
		return;
	}
	s->values.values[c] = value;
	if (c == CONTROL_TEMPO)
		stream_tempo(s->stream, value > 0 ? (uint32_t)(6e7 / value + 0.5) : 0);
	else
		arranger_set(s->cast.arranger, s->values.values);
}

static void keep(struct play_stage *s)
{
	struct stream_status status;
	char *name;

	if (!s->cast.score) {
		notice(s, "only music that is made while it plays can be kept");
		return;
	}
	stream_status(s->stream, &status);
	name = keep_bars(s->cast.score, status.moment, s->values.muted,
	                 "kept by musegen " MUSEGEN_VERSION " while it was played");
	if (name)
		notice(s, "kept in %s", name);
	else
		notice(s, "not kept: %s", error_message());
	free(name);
}

static void pause_or_resume(struct play_stage *s)
{
	s->paused = !s->paused;
	if (s->paused)
		stream_pause(s->stream);
	else
		stream_resume(s->stream);
}

static void mute(struct play_stage *s, int part)
{
	if (part < 0 || part >= SONG_PARTS_MAX)
		return;
	s->values.muted ^= 1ull << part;
	stream_mute(s->stream, s->values.muted);
}

static void act(struct play_stage *s, enum action action, int part)
{
	switch (action) {
	case ACTION_NEW_THEME:
	case ACTION_BACK:
	case ACTION_REWRITE:
		if (s->cast.arranger)
			arranger_act(s->cast.arranger, action, part);
		else
			notice(s, "%s is for music that is made while it plays (--live)", action_name(action));
		break;
	case ACTION_FREEZE:
		set_control(s, CONTROL_LOCK, s->values.values[CONTROL_LOCK] > 0 ? 0 : 1);
		break;
	case ACTION_PANIC:
		stream_panic(s->stream);
		break;
	case ACTION_KEEP:
		keep(s);
		break;
	case ACTION_PAUSE:
		pause_or_resume(s);
		break;
	case ACTION_QUIT:
		stream_stop(s->stream);
		break;
	case ACTION_MUTE:
		mute(s, part);
		break;
	case ACTIONS:
		break;
	}
}

static void meet(struct play_stage *s, const struct request *r)
{
	if (r->acts)
		act(s, r->action, r->part);
	else
		set_control(s, r->control, r->value);
}

/* ---- a keyboard and its knobs ----------------------------------------------------- */

/* What we have just sent may come back: of the bars that sound now, notes of this pitch. */
static void tell_sent(struct play_stage *s, const struct stream_heard *h)
{
	struct score_bar bars[2];
	size_t n;

	if ((h->message[0] & 0xf0) != MIDI_NOTE_ON || h->message[2] == 0)
		return;
	n = score_copy(s->cast.score, h->moment > QUARTER ? h->moment - QUARTER : 0, bars, 2);
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < bars[i].n; k++) {
			const struct score_note *note = &bars[i].notes[k];
			const uint64_t apart = note->on > h->moment ? note->on - h->moment : h->moment - note->on;
			const double us = (double)apart / (double)QUARTER * bars[i].us_per_quarter;

			if (note->pitch == h->message[1] && us * 1e3 < (double)LISTEN_ECHO)
				listen_sent(s->listen, note->pitch, h->clock);
		}
}

static void take_message(struct play_stage *s, const struct stream_heard *h)
{
	if (controllers_message(&s->controllers, h->message, h->size, h->clock) || !s->listen)
		return;
	if (s->cast.score)
		tell_sent(s, h);
	listen_message(s->listen, h->message, h->size, h->clock, h->moment);
}

/* Bars to place a phrase in, while somebody else beats them. */
static void tell_music(struct play_stage *s, const struct stream_status *status)
{
	struct listen_music music = {.runs = s->cast.clock_port && status->follower == FOLLOWER_RUNNING,
	                             .us_per_quarter = status->us_per_quarter,
	                             .numerator = 4,
	                             .denominator_log2 = 2};
	struct score_bar bar;

	if (score_copy(s->cast.score, status->moment, &bar, 1) == 1) {
		music.bar_at = bar.at;
		music.numerator = bar.numerator;
		music.denominator_log2 = bar.denominator_log2;
	} else {
		music.runs = false;
	}
	listen_music(s->listen, &music);
}

static void answer(struct play_stage *s, uint64_t now)
{
	const struct reading reading = vocab_reading(s->cast.model->vocab);
	struct heard heard;
	struct piece *phrase = listen_take(s->listen, &heard, &reading, now);

	if (!phrase) {
		notice(s, "this phrase cannot be answered: %s", error_message());
		return;
	}
	notice(s, "answering %d %s", heard.notes, heard.notes == 1 ? "note" : "notes");
	arranger_answer(s->cast.arranger, phrase, &heard);
}

static void follow_chord(struct play_stage *s, uint64_t now)
{
	struct held *held = listen_held(s->listen);

	if (!held_changed(held, now))
		return;
	chord_name(s->chord, sizeof s->chord, held->classes, held->bass);
	notice(s, "following %s", s->chord);
	arranger_follow(s->cast.arranger, held->classes);
}

static void hear(struct play_stage *s, const struct stream_status *status)
{
	const uint64_t now = clock_now();
	struct stream_heard h;
	struct request r;

	while (stream_hear(s->stream, &h))
		take_message(s, &h);
	while (controllers_next(&s->controllers, now, &r))
		meet(s, &r);
	if (!s->listen)
		return;
	tell_music(s, status);
	if (s->cast.answers && listen_done(s->listen, now))
		answer(s, now);
	if (s->cast.follows_chords)
		follow_chord(s, now);
}

/* ---- what is to be said ------------------------------------------------------------- */

static void tell_changes(struct play_stage *s, const struct stream_status *status)
{
	if (status->gone != s->gone)
		notice(s, status->gone ? "the MIDI device is gone: the music goes on, it is looked for"
		                       : "the MIDI device is there again");
	s->gone = status->gone;
	if (s->cast.clock_port && (status->follower == FOLLOWER_LOST) != s->astray) {
		s->astray = !s->astray;
		notice(s, s->astray ? "the clock is lost: on in its last tempo" : "the clock is there again");
	}
	if (s->cast.arranger && arranger_unanswered(s->cast.arranger) != s->unanswered) {
		s->unanswered = arranger_unanswered(s->cast.arranger);
		notice(s, "that phrase cannot be answered by this model");
	}
	if (s->varied != status->varied && s->screen)
		notice(s, "composing fell behind: bars played again: %d", status->varied);
	s->varied = status->varied;
	if (s->notice[0] && clock_now() > s->notice_until)
		s->notice[0] = '\0';
}

static void tell_clock(struct play_stage *s, const struct stream_status *status)
{
	static const char *const states[] = {[FOLLOWER_WAITING] = "waiting",
	                                     [FOLLOWER_RUNNING] = "locked",
	                                     [FOLLOWER_STOPPED] = "stopped",
	                                     [FOLLOWER_LOST] = "lost"};

	if (s->cast.clock_port)
		snprintf(s->clock, sizeof s->clock, "following %.100s, %s", s->cast.clock_port,
		         states[status->follower]);
	else
		snprintf(s->clock, sizeof s->clock, "%s", s->cast.master ? "own, sent" : "own");
}

/* Parts are called as in a file of so many. */
static void name_parts(struct play_stage *s, int n)
{
	if (n == s->named)
		return;
	s->named = n;
	for (int k = 0; k < SONG_PARTS_MAX; k++) {
		music_part_name(s->names[k], sizeof s->names[k], k, n);
		s->parts[k] = k < n ? s->names[k] : NULL;
	}
}

static void show(struct play_stage *s, const struct stream_status *status)
{
	const struct model *m = s->cast.model;
	const struct screen_view view = {
		.score = s->cast.score,
		.now = status->moment,
		.us_per_quarter = status->us_per_quarter,
		.status = status,
		.values = &s->values,
		.styles = m ? (const char *const *)m->vocab->styles : NULL,
		.n_styles = m ? m->vocab->n_styles : 0,
		.parts = s->parts,
		.n_parts = m ? m->vocab->parts : status->parts,
		.what = s->cast.what,
		.port = s->cast.port,
		.clock = s->clock,
		.notice = s->notice[0] ? s->notice : NULL,
		.queue = status->ahead,
	};

	tell_clock(s, status);
	name_parts(s, status->parts > 0 ? status->parts : view.n_parts);
	if (s->screen)
		screen_draw(s->screen, &view);
	else
		play_lines_show(&s->lines, status);
	keys_told(&s->keyboard.keys, &s->values, status->us_per_quarter, view.n_styles, view.n_parts, clock_now());
}

/* ---- the thread ---------------------------------------------------------------------- */

static void take_keys(struct play_stage *s)
{
	struct request r;

	while (s->screen ? screen_key(s->screen, &r) : keyboard_key(&s->keyboard, &r))
		meet(s, &r);
}

static void halt(struct play_stage *s)
{
	stream_pause(s->stream);
	if (s->screen)
		screen_suspend(s->screen);
	else
		keyboard_suspend(&s->keyboard);
	if (!s->screen && s->lines.terminal) {
		printf("\n");
		fflush(stdout);
	}
	kill(getpid(), SIGSTOP);
	if (!s->paused)
		stream_resume(s->stream);
}

static void drain_record(struct play_stage *s)
{
	if (play_record_drain(s->cast.record) < 0)
		notice(s, "%s", error_message());
}

static int wait_time(const struct play_stage *s)
{
	return s->cast.input ? QUICK : s->screen ? SCREEN_FRAME : REFRESH;
}

void stage_run(struct play_stage *s, struct stream *stream)
{
	struct stream_status status;
	uint64_t shown = 0;

	s->stream = stream;
	if (s->cast.screen && screen_possible()) {
		s->screen = screen_open(s->cast.terminal);
		if (!s->screen)
			log_warning("no screen: %s", error_message());
	}
	if (!s->screen)
		keyboard_open(&s->keyboard, s->cast.terminal);
	for (;;) {
		const uint64_t now = clock_now();

		stream_status(stream, &status);
		if (status.state == STREAM_ENDED || signals_stopped())
			break;
		hear(s, &status);
		take_keys(s);
		tell_changes(s, &status);
		drain_record(s);
		if (now - shown >= SCREEN_FRAME * UINT64_C(1000000)) {
			show(s, &status);
			shown = now;
		}
		if (signals_wait_input(wait_time(s),
		                       s->screen ? screen_input(s->screen) : keyboard_input(&s->keyboard)) == SIGTSTP)
			halt(s);
	}
	if (s->screen)
		screen_close(s->screen);
	else
		keyboard_close(&s->keyboard);
	s->screen = NULL;
	play_lines_end(&s->lines, &status);
}

int stage_start(struct play_stage *s, const struct stage_cast *cast)
{
	*s = (struct play_stage){.cast = *cast};
	live_values_start(&s->values);
	if (cast->arranger)
		arranger_values(cast->arranger, s->values.values);
	play_lines_start(&s->lines);
	if (controllers_init(&s->controllers, cast->config, cast->model ? cast->model->vocab->n_styles : 0) < 0)
		return -1;
	if (cast->answers || cast->follows_chords)
		s->listen = listen_new();
	return s->listen || !(cast->answers || cast->follows_chords) ? 0 : -1;
}

void stage_done(struct play_stage *s)
{
	listen_free(s->listen);
	s->listen = NULL;
}
