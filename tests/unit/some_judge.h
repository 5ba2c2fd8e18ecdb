/* A judge of random weights, beside a toy model. cmocka.h comes before this. */
#ifndef TESTS_UNIT_SOME_JUDGE_H
#define TESTS_UNIT_SOME_JUDGE_H

#include "model/companion.h"
#include "model/judge_about.h"
#include "reals.h"

/* It has tastes of its own. The caller frees. */
static inline struct judge *some_judge(struct model *m)
{
	const struct judge_about about = {
		.shape = {.hidden = 6, .dense = 5, .bars = 4}, .window = {.slope = 1}, .bar = {.slope = 1}};
	struct companion c = {.name = JUDGE_NAME, .about = judge_about_write(&about)};
	struct judge_net net;
	struct judge *judge;

	assert_int_equal(judge_net_init(&net, &about.shape, m->vocab), 0);
	c.params = net.params;
	c.w = reals_plane(&c.params, 1, 3);
	assert_int_equal(model_set_companion(m, &c), 0);
	judge = judge_of_model(m);
	assert_non_null(judge);
	return judge;
}

#endif
