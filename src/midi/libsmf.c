/*
 * The one place that makes and frees libsmf's songs. libsmf has no state of
 * its own, so songs can be read in several threads at once; glib's log
 * handler is the process's, and is set the first time any is made.
 */
#include "midi/libsmf.h"
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/log.h"

static void on_message(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer context)
{
	(void)context;
	if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING))
		log_warning("%s: %s", domain, message);
}

static void set_handler(void)
{
	g_log_set_handler("libsmf", G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION, on_message, NULL);
}

static void listen_once(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_handler);
}

smf_t *libsmf_load(const unsigned char *data, size_t size)
{
	smf_t *smf;

	listen_once();
	if (size > INT_MAX)
		BUG("%zu bytes for libsmf", size);
	smf = smf_load_from_memory(data, (int)size);
	if (!smf)
		error("libsmf does not read what was made for it");
	return smf;
}

smf_t *libsmf_new(int ppq)
{
	smf_t *smf;

	listen_once();
	smf = smf_new();
	if (!smf || smf_set_ppqn(smf, ppq)) {
		if (smf)
			smf_delete(smf);
		error("libsmf makes no song of %d ticks a quarter", ppq);
		return NULL;
	}
	return smf;
}

/* Its arrays hold events from malloc(), each with a buffer from malloc(): freed here, all else by smf_delete(). */
void libsmf_free(smf_t *smf)
{
	if (!smf)
		return;
	for (int i = 1; i <= smf->number_of_tracks; i++) {
		smf_track_t *track = smf_get_track_by_number(smf, i);

		for (guint j = 0; j < track->events_array->len; j++) {
			smf_event_t *event = g_ptr_array_index(track->events_array, j);

			free(event->midi_buffer);
			free(event);
		}
		g_ptr_array_set_size(track->events_array, 0);
		track->number_of_events = 0;
	}
	smf_delete(smf);
}
