/*
 * Networks beside the generator: they come back from the file as they were,
 * to the byte, a model without them is written as before, and what does not
 * fit together is refused with a reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model_saved.h"

static struct companion some_companion(const char *name, const char *about, int rows, uint64_t seed)
{
	struct companion c = {.about = mem_string(about)};

	snprintf(c.name, sizeof c.name, "%s", name);
	params_add(&c.params, "dense.weight", rows, 3, INIT_UNIFORM, 0.5, true);
	params_add(&c.params, "dense.bias", 1, rows, INIT_UNIFORM, 0.5, false);
	c.w = params_plane(&c.params);
	assert_true(c.about && c.w && !c.params.failed);
	params_init(&c.params, c.w, seed);
	return c;
}

static void set(struct model *m, const char *name, const char *about, int rows, uint64_t seed)
{
	struct companion c = some_companion(name, about, rows, seed);

	assert_int_equal(model_set_companion(m, &c), 0);
	assert_null(c.about);
}

static void there_and_back(void **state)
{
	struct model *m = some_model(MUSIC_MELODY, false), *other;
	const struct companion *a, *b;
	struct bytes first, again;

	(void)state;
	assert_int_equal(model_format(m), 1);
	set(m, "judge", "{\"x\":1}", 4, 1);
	set(m, "critic", "{}", 2, 2);
	assert_int_equal(model_format(m), 3);
	assert_int_equal(model_save(m, path), 0);
	first = read_back();
	other = model_load(path);
	assert_non_null(other);
	assert_int_equal(other->n_companions, 2);
	a = model_companion(m, "judge");
	b = model_companion(other, "judge");
	assert_string_equal(b->about, "{\"x\":1}");
	assert_int_equal(b->params.n, 2);
	for (size_t i = 0; i < a->params.n; i++) {
		const struct tensor *s = &a->params.tensors[i], *t = params_find(&b->params, s->name);

		assert_true(t && t->rows == s->rows && t->cols == s->cols);
		assert_memory_equal(a->w + s->offset, b->w + t->offset,
		                    (size_t)s->rows * (size_t)s->cols * sizeof(real));
	}
	assert_int_equal(model_save(other, path), 0);
	again = read_back();
	assert_int_equal(first.size, again.size);
	assert_memory_equal(first.data, again.data, first.size);
	free(first.data);
	free(again.data);
	model_free(m);
	model_free(other);
}

static void replaced_and_dropped(void **state)
{
	struct model *m = some_model(MUSIC_MELODY, false);

	(void)state;
	set(m, "judge", "{}", 4, 1);
	set(m, "critic", "{}", 2, 2);
	set(m, "judge", "{\"y\":2}", 5, 3);
	assert_int_equal(m->n_companions, 2);
	assert_string_equal(model_companion(m, "judge")->about, "{\"y\":2}");
	model_drop_companion(m, "judge");
	model_drop_companion(m, "nobody");
	assert_null(model_companion(m, "judge"));
	assert_non_null(model_companion(m, "critic"));
	model_drop_companion(m, "critic");
	assert_int_equal(model_format(m), 1);
	model_free(m);
}

static void filled(void **state)
{
	struct model *m = some_model(MUSIC_MELODY, false);
	const struct companion *c;
	struct params p = {0};
	real *w;

	(void)state;
	set(m, "judge", "{}", 4, 1);
	c = model_companion(m, "judge");
	/* in another order */
	params_add(&p, "dense.bias", 1, 4, INIT_ZERO, 0, false);
	params_add(&p, "dense.weight", 4, 3, INIT_ZERO, 0, true);
	w = params_plane(&p);
	assert_int_equal(companion_fill(w, &p, c), 0);
	assert_memory_equal(w, c->w + c->params.tensors[1].offset, 4 * sizeof *w);
	p.tensors[0].cols = 3;
	assert_int_equal(companion_fill(w, &p, c), -1);
	assert_non_null(strstr(error_message(), "another shape"));
	strcpy(p.tensors[0].name, "other");
	assert_int_equal(companion_fill(w, &p, c), -1);
	assert_non_null(strstr(error_message(), "lacks the tensor other"));
	p.n = 1;
	assert_int_equal(companion_fill(w, &p, c), -1);
	assert_non_null(strstr(error_message(), "has 2 tensors"));
	free(w);
	params_done(&p);
	model_free(m);
}

static void too_large_or_too_many(void **state)
{
	struct model *m = some_model(MUSIC_MELODY, false);
	struct companion c = some_companion("judge", "{}", 2, 1);

	(void)state;
	c.w[3] = (real)1e6;
	assert_int_equal(model_set_companion(m, &c), -1);
	assert_non_null(strstr(error_message(), "too large"));
	for (int i = 0; i < COMPANIONS_MAX; i++) {
		const char name[] = {(char)('a' + i), '\0'};

		set(m, name, "{}", 1, 1);
	}
	c = some_companion("judge", "{}", 2, 1);
	assert_int_equal(model_set_companion(m, &c), -1);
	assert_non_null(strstr(error_message(), "at most"));
	model_free(m);
}

/* A saved model with every `from` in its bytes made `to`, of the same length. */
static void check_refused(const char *from, const char *to, const char *why)
{
	struct model *m = some_model(MUSIC_MELODY, false);
	const size_t n = strlen(from);
	struct bytes b;
	int changed = 0;

	set(m, "judge", "{\"x\":1}", 4, 1);
	assert_int_equal(model_save(m, path), 0);
	model_free(m);
	b = read_back();
	assert_int_equal(n, strlen(to));
	for (size_t i = 0; i + n <= b.size; i++)
		if (memcmp(b.data + i, from, n) == 0) {
			memcpy(b.data + i, to, n);
			changed++;
		}
	assert_true(changed > 0);
	assert_null(model_parse("hostile", b.data, b.size));
	if (!strstr(error_message(), why))
		fail_msg("%s for %s: %s", to, from, error_message());
	free(b.data);
}

static void hostile(void **state)
{
	(void)state;
	check_refused("judge/dense.bias", "other/dense.bias", "tensors");
	check_refused("musegen.judge", "musegen.JUDGE", "proper name");
	check_refused("musegen.judge", "musegen.other", "tensors");
	check_refused("{\\\"x\\\":1}", "[\\\"x\\\",1]", "no JSON object");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back), cmocka_unit_test(replaced_and_dropped),
		cmocka_unit_test(filled),         cmocka_unit_test(too_large_or_too_many),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, saved_setup, saved_teardown);
}
