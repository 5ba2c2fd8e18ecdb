/* Descriptions of models that are not so. cmocka.h comes before this. */
#ifndef TESTS_UNIT_MODEL_LIES_H
#define TESTS_UNIT_MODEL_LIES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/model.h"

/* With `to` in place of the first `from` the description is no model's, for this reason. */
static inline void refused(const char *json, const char *from, const char *to, const char *reason)
{
	const char *at = strstr(json, from);
	char *lie = malloc(strlen(json) + strlen(to) + 1);
	struct model *m;

	assert_non_null(at);
	assert_non_null(lie);
	sprintf(lie, "%.*s%s%s", (int)(at - json), json, to, at + strlen(from));
	m = model_described(lie);
	if (m)
		fail_msg("taken: %s", to);
	if (!strstr(error_message(), reason))
		fail_msg("\"%s\" is not in \"%s\"", reason, error_message());
	free(lie);
}

#endif
