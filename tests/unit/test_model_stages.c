/* The stages of a training: their names, their order, their parts of the time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "base/error.h"
#include "model/stages.h"

static void check_refused(const char *text, const char *why)
{
	unsigned set;

	assert_int_equal(stages_parse(&set, text), -1);
	assert_non_null(strstr(error_message(), why));
}

static void names(void **state)
{
	unsigned set = 99;

	(void)state;
	assert_int_equal(stages_parse(&set, "likelihood"), 0);
	assert_int_equal(set, 1u << STAGE_LIKELIHOOD);
	assert_int_equal(stages_parse(&set, "likelihood,latent,critic,knobs,discriminator,adversarial"), 0);
	assert_int_equal(set, (1u << STAGES) - 1);
	assert_int_equal(stages_parse(&set, "critic,adversarial"), 0);
	assert_int_equal(set, 1u << STAGE_CRITIC | 1u << STAGE_ADVERSARIAL);
	check_refused("", "which stages");
	check_refused("latents", "\"latents\" is no stage");
	check_refused("latent,,critic", "\"\" is no stage");
	check_refused("critic,latent", "follow each other");
	check_refused("critic,critic", "each once");
}

static void shares(void **state)
{
	(void)state;
	for (unsigned set = 1; set < 1u << STAGES; set++) {
		double sum = 0;

		for (int s = 0; s < STAGES; s++) {
			const double share = stage_share(set, (enum stage)s);

			assert_true(set >> s & 1 ? share > 0 && share <= 1 : share == 0);
			sum += share;
		}
		assert_true(sum > 1 - 1e-12 && sum < 1 + 1e-12);
	}
}

/* With likelihood or without, a stage is as long as it is beside so many steps of it; and never nothing. */
static void steps(void **state)
{
	const unsigned both = 1u << STAGE_LIKELIHOOD | 1u << STAGE_LATENT, alone = 1u << STAGE_LATENT;

	(void)state;
	assert_int_equal(stage_steps(both, STAGE_LATENT, 3600), stage_steps(alone, STAGE_LATENT, 3600));
	assert_true(stage_steps(both, STAGE_LATENT, 3600) > stage_steps(both, STAGE_LATENT, 1800));
	assert_true(stage_steps(both, STAGE_LATENT, 1) > 3);
	assert_int_equal(stage_steps(both, STAGE_LIKELIHOOD, 1234), 1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(shares),
		cmocka_unit_test(steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
