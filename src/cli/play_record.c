/* What play --record does with its file, see play_record.h. */
#include "cli/play_record.h"

#include <inttypes.h>

#include "base/clock.h"

int play_record_open(struct play_record *r)
{
	if (!r->file)
		return 0;
	/* not OUTPUT_MARK: export replaces what it can make again, and this nobody can */
	r->record = record_new(r->file, "recorded by musegen " MUSEGEN_VERSION " while it was played");
	return r->record ? 0 : -1;
}

int play_record_drain(struct play_record *r)
{
	return r->record ? record_drain(r->record, clock_now()) : 0;
}

int play_record_finish(struct play_record *r)
{
	uint64_t notes;

	if (!r->record)
		return 0;
	if (record_finish(r->record) < 0)
		return -1;
	notes = record_notes(r->record);
	if (notes == 0) {
		printf("no note was played: nothing is recorded\n");
		return 0;
	}
	printf("recorded to ");
	put_clean(stdout, r->file);
	printf(": %" PRIu64 " note%s\n", notes, notes == 1 ? "" : "s");
	return 0;
}

void play_record_close(struct play_record *r)
{
	record_free(r->record);
	r->record = NULL;
}
