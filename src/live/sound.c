/* Sound files, see sound.h. */
#include "live/sound.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "live/ogg.h"
#ifdef HAVE_SNDFILE
#include <sndfile.h>
#endif

void sound_done(struct sound *s)
{
	free(s->frames);
	*s = (struct sound){0};
}

float sound_peak(const float *frames, size_t n)
{
	float peak = 0;

	for (size_t i = 0; i < 2 * n; i++)
		peak = fmaxf(peak, fabsf(frames[i]));
	return peak;
}

enum sound_kind sound_kind(const char *path)
{
	static const char *const endings[] = {[SOUND_WAV] = ".wav", [SOUND_FLAC] = ".flac", [SOUND_OGG] = ".ogg"};
	const char *dot = strrchr(path, '.');

	for (int kind = SOUND_WAV; dot && kind <= SOUND_OGG; kind++)
		if (strcasecmp(dot, endings[kind]) == 0)
			return (enum sound_kind)kind;
	return SOUND_NONE;
}

#ifdef HAVE_SNDFILE

#define OGG_QUALITY 0.6
#define OGG_MAX     ((size_t)1 << 31)
#define AT_A_TIME   65536 /* frames */

const char *sound_library(void)
{
	return sf_version_string();
}

static int format_of(enum sound_kind kind)
{
	switch (kind) {
	case SOUND_WAV:
		return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
	case SOUND_FLAC:
		return SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
	case SOUND_OGG:
		return SF_FORMAT_OGG | SF_FORMAT_VORBIS;
	case SOUND_NONE:
		break;
	}
	BUG("a sound file of no kind");
}

/* The chunk "smpl", by which samplers and game engines know a loop. */
static int say_loop(SNDFILE *file, const struct sound *s)
{
	SF_INSTRUMENT whole = {.gain = 1,
	                       .basenote = 60,
	                       .velocity_hi = 127,
	                       .key_hi = 127,
	                       .loop_count = 1,
	                       .loops = {{.mode = SF_LOOP_FORWARD, .start = 0, .end = (uint32_t)s->n}}};

	return sf_command(file, SFC_SET_INSTRUMENT, &whole, sizeof whole) == SF_TRUE ? 0 : -1;
}

/* Everything but closing; -1 with the library's reason as the message. */
static int write_all(SNDFILE *file, const struct sound *s, enum sound_kind kind, const char *comment)
{
	double quality = OGG_QUALITY;

	if (kind == SOUND_OGG)
		sf_command(file, SFC_SET_VBR_ENCODING_QUALITY, &quality, sizeof quality);
	sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	if ((comment && sf_set_string(file, SF_STR_COMMENT, comment) != 0) ||
	    (s->loop && kind == SOUND_WAV && say_loop(file, s) < 0))
		return error("%s", sf_strerror(file));
	for (size_t at = 0; at < s->n;) {
		const size_t n = s->n - at < AT_A_TIME ? s->n - at : AT_A_TIME;

		if (sf_writef_float(file, s->frames + 2 * at, (sf_count_t)n) != (sf_count_t)n)
			return error("%s", sf_strerror(file));
		at += n;
	}
	return 0;
}

/* What was written as Ogg once more, with a serial number that does not depend on the time of day. */
static int settle_ogg(struct file_beside *beside)
{
	unsigned char *data;
	size_t size;
	int status = -1;

	if (file_read(beside->temporary, OGG_MAX, &data, &size) < 0)
		return -1;
	if (ogg_set_serial(data, size, 1) == 0)
		status = fseek(beside->stream, 0, SEEK_SET) == 0 && fwrite(data, 1, size, beside->stream) == size
		                 ? 0
		                 : error("%s", strerror(errno));
	free(data);
	return status;
}

int sound_write(const char *path, const struct sound *s, const char *comment)
{
	const enum sound_kind kind = sound_kind(path);
	SF_INFO info = {.samplerate = s->rate, .channels = 2, .format = format_of(kind)};
	struct file_beside beside;
	SNDFILE *file;
	int status;

	if (file_beside_begin(&beside, path) < 0)
		return -1;
	file = sf_open_fd(fileno(beside.stream), SFM_WRITE, &info, SF_FALSE);
	if (file) {
		status = write_all(file, s, kind, comment);
		if (sf_close(file) != 0 && status == 0)
			status = error("the file cannot be finished");
		if (status == 0 && kind == SOUND_OGG)
			status = settle_ogg(&beside);
	} else {
		status = error("%s", sf_strerror(NULL));
	}
	if (status == 0)
		return file_beside_commit(&beside);
	error_prefix("%s: cannot write", path);
	file_beside_abort(&beside);
	return -1;
}

static SNDFILE *open_to_read(const char *path, SF_INFO *info)
{
	SNDFILE *file = sf_open(path, SFM_READ, info);

	if (file && info->frames >= 0 && info->frames < (sf_count_t)1 << 40)
		return file;
	error("%s: no sound file that can be read: %s", path, file ? "its length is not known" : sf_strerror(NULL));
	if (file)
		sf_close(file);
	return NULL;
}

int sound_about(struct sound_about *about, const char *path)
{
	SF_INFO info = {0};
	SNDFILE *file = open_to_read(path, &info);
	SF_FORMAT_INFO kind = {.format = info.format & SF_FORMAT_TYPEMASK};
	SF_FORMAT_INFO coding = {.format = info.format & SF_FORMAT_SUBMASK};
	SF_INSTRUMENT instrument = {0};
	const char *comment;

	if (!file)
		return -1;
	sf_command(NULL, SFC_GET_FORMAT_INFO, &kind, sizeof kind);
	sf_command(NULL, SFC_GET_FORMAT_INFO, &coding, sizeof coding);
	*about = (struct sound_about){.n = (size_t)info.frames, .rate = info.samplerate, .channels = info.channels};
	snprintf(about->kind, sizeof about->kind, "%s, %s", kind.name ? kind.name : "?",
	         coding.name ? coding.name : "?");
	about->loop = sf_command(file, SFC_GET_INSTRUMENT, &instrument, sizeof instrument) == SF_TRUE &&
	              instrument.loop_count > 0;
	comment = sf_get_string(file, SF_STR_COMMENT);
	if (comment)
		about->comment = mem_string(comment);
	sf_close(file);
	return comment && !about->comment ? -1 : 0;
}

int sound_read(struct sound *s, const char *path)
{
	SF_INFO info = {0};
	SNDFILE *file = open_to_read(path, &info);
	int status = -1;

	*s = (struct sound){0};
	if (!file)
		return -1;
	s->rate = info.samplerate;
	s->n = (size_t)info.frames;
	if (info.channels != 2)
		error("%s: not of two channels", path);
	else if ((s->frames = mem_new(s->n, 2 * sizeof *s->frames)))
		status = sf_readf_float(file, s->frames, info.frames) == info.frames
		                 ? 0
		                 : error("%s: it ends before its end", path);
	sf_close(file);
	if (status < 0)
		sound_done(s);
	return status;
}

#else

const char *sound_library(void)
{
	return NULL;
}

int sound_write(const char *path, const struct sound *s, const char *comment)
{
	(void)path;
	(void)s;
	(void)comment;
	return error(SOUND_WITHOUT);
}

int sound_about(struct sound_about *about, const char *path)
{
	(void)path;
	*about = (struct sound_about){0};
	return error(SOUND_WITHOUT);
}

int sound_read(struct sound *s, const char *path)
{
	(void)path;
	*s = (struct sound){0};
	return error(SOUND_WITHOUT);
}

#endif

void sound_about_done(struct sound_about *about)
{
	free(about->comment);
	*about = (struct sound_about){0};
}
