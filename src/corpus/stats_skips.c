/*
 * What a corpus left out, summed up by reason. Reasons name bytes, tracks and
 * counts, so that hardly two are the same: those that differ in numbers alone
 * are one reason.
 */
#include "corpus/stats.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool is_digit(char c)
{
	return isdigit((unsigned char)c);
}

/* The end of a number, or of the N that stands for one. */
static const char *past_number(const char *s)
{
	if (!is_digit(*s))
		return s + 1;
	while (is_digit(*s))
		s++;
	return s;
}

/* Reasons in order; those that differ only in numbers are equal, and stand together. */
static int compare_reasons(const char *a, const char *b)
{
	for (;;) {
		bool number = is_digit(*a) && is_digit(*b);

		if (!number && *a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		if (!*a)
			return 0;
		a = number ? past_number(a) : a + 1;
		b = number ? past_number(b) : b + 1;
	}
}

/* In walking order among equals: the list is of one array. */
static int compare_skips(const void *a, const void *b)
{
	const struct corpus_skip *x = *(const struct corpus_skip *const *)a;
	const struct corpus_skip *y = *(const struct corpus_skip *const *)b;
	int order = compare_reasons(x->reason, y->reason);

	return order ? order : x < y ? -1 : x > y;
}

/*
 * Make `text`, a reason in which some numbers may be an N already, say no more
 * than holds of `reason` too, which differs from it in numbers alone.
 */
static void generalise(char *text, const char *reason)
{
	char *out = text;
	const char *in = text;

	while (*in) {
		const char *in_end = past_number(in), *reason_end = past_number(reason);
		size_t n = (size_t)(in_end - in);

		if (is_digit(*reason) && ((size_t)(reason_end - reason) != n || memcmp(in, reason, n) != 0)) {
			*out++ = 'N';
		} else {
			memmove(out, in, n);
			out += n;
		}
		in = in_end;
		reason = reason_end;
	}
	*out = '\0';
}

static int add_reason(struct corpus_stats *s, const struct corpus_skip *const *skips, size_t n)
{
	struct stats_reason *r = &s->reasons[s->n_reasons++];

	r->text = mem_string(skips[0]->reason);
	r->example = mem_string(skips[0]->path);
	r->count = n;
	if (!r->text || !r->example)
		return -1;
	for (size_t i = 1; i < n; i++)
		generalise(r->text, skips[i]->reason);
	return 0;
}

static int compare_counts(const void *a, const void *b)
{
	const struct stats_reason *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return strcmp(x->text, y->text);
}

int corpus_stats_skips(struct corpus_stats *s, const struct corpus *corpus)
{
	const struct corpus_skip **skips = mem_new(corpus->n_skips, sizeof *skips);
	size_t from = 0;
	int result = 0;

	s->reasons = mem_new(corpus->n_skips, sizeof *s->reasons);
	if (!skips || !s->reasons) {
		free(skips);
		return -1;
	}
	for (size_t i = 0; i < corpus->n_skips; i++)
		if (!corpus->skips[i].duplicate)
			skips[s->skipped++] = &corpus->skips[i];
	if (s->skipped > 0)
		qsort(skips, s->skipped, sizeof *skips, compare_skips);
	while (from < s->skipped && result == 0) {
		size_t to = from + 1;

		while (to < s->skipped && compare_reasons(skips[from]->reason, skips[to]->reason) == 0)
			to++;
		result = add_reason(s, skips + from, to - from);
		from = to;
	}
	if (result == 0 && s->n_reasons > 0)
		qsort(s->reasons, s->n_reasons, sizeof *s->reasons, compare_counts);
	free(skips);
	return result;
}
