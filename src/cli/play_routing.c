/* Where play's notes go and are recorded, see play_routing.h. */
#include "cli/play_routing.h"

#include <inttypes.h>

#include "base/clock.h"
#include "cli/output.h"

int play_routing_open(struct play_routing *r, const struct settings *settings)
{
	if (live_config_routing(&r->rules, &settings->live, r->split) < 0)
		return -1;
	if (!r->file)
		return 0;
	r->record = record_new(r->file, OUTPUT_MARK MUSEGEN_VERSION "; played live");
	return r->record ? 0 : -1;
}

int play_routing_drain(struct play_routing *r)
{
	return r->record ? record_drain(r->record, clock_now()) : 0;
}

int play_routing_finish(struct play_routing *r)
{
	return r->record ? record_finish(r->record) : 0;
}

void play_routing_report(const struct play_routing *r)
{
	uint64_t notes = r->record ? record_notes(r->record) : 0;

	if (!r->record)
		return;
	if (notes == 0) {
		printf("no note was played: nothing is recorded\n");
		return;
	}
	printf("recorded to ");
	put_clean(stdout, r->file);
	printf(": %" PRIu64 " note%s\n", notes, notes == 1 ? "" : "s");
}

void play_routing_close(struct play_routing *r)
{
	record_free(r->record);
	r->record = NULL;
}
