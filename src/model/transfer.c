/*
 * Weights from model to model. All tensors of equal settings have equal
 * shapes but for rows that stand for entries of the vocabulary, and for the
 * columns that read the slots: these are the maps below.
 */
#include "model/transfer.h"

#include <string.h>
#include "base/error.h"

/* What the rows of a tensor stand for. */
enum rows {
	ROWS_SAME,
	ROWS_SHIFTS,
	ROWS_DURATIONS,
	ROWS_METRES,
	ROWS_KINDS,
	ROWS_COUNTS,
	ROWS_STYLES,
	ROWS_REFERENCES
};

enum { ROW_NONE = -1, ROW_MEAN = -2 };

static enum rows rows_of(const char *name)
{
	static const struct {
		const char *name;
		enum rows rows;
	} list[] = {
		{"query.shift", ROWS_SHIFTS},
		{"next.shift", ROWS_SHIFTS},
		{"shift.weight", ROWS_SHIFTS},
		{"shift.bias", ROWS_SHIFTS},
		{"given.back1_shift", ROWS_SHIFTS},
		{"given.back2_shift", ROWS_SHIFTS},
		{"given.back4_shift", ROWS_SHIFTS},
		{"given.back8_shift", ROWS_SHIFTS},
		{"query.before_duration", ROWS_DURATIONS},
		{"query.last_duration", ROWS_DURATIONS},
		{"given.last_duration", ROWS_DURATIONS},
		{"given.back1_duration", ROWS_DURATIONS},
		{"given.back2_duration", ROWS_DURATIONS},
		{"given.back4_duration", ROWS_DURATIONS},
		{"given.back8_duration", ROWS_DURATIONS},
		{"chosen.duration", ROWS_DURATIONS},
		{"duration.weight", ROWS_DURATIONS},
		{"duration.bias", ROWS_DURATIONS},
		{"query.metre", ROWS_METRES},
		{"given.metre", ROWS_METRES},
		{"metre.weight", ROWS_METRES},
		{"metre.bias", ROWS_METRES},
		{"query.part", ROWS_KINDS},
		{"query.before_kind", ROWS_KINDS},
		{"chosen.kind", ROWS_KINDS},
		{"given.back1_part", ROWS_KINDS},
		{"given.back2_part", ROWS_KINDS},
		{"given.back4_part", ROWS_KINDS},
		{"given.back8_part", ROWS_KINDS},
		{"part.weight", ROWS_KINDS},
		{"part.bias", ROWS_KINDS},
		{"query.parts", ROWS_COUNTS},
		{"query.style", ROWS_STYLES},
		{"pitch.relative.weight", ROWS_REFERENCES},
		{"pitch.relative.bias", ROWS_REFERENCES},
	};

	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (strcmp(name, list[i].name) == 0)
			return list[i].rows;
	return ROWS_SAME;
}

/* The escape stands for what has no symbol, in either. */
static int symbol_row(const struct symbols *to, const struct symbols *from, int row)
{
	return row < to->n ? symbols_find(from, to->values[row]) : from->n;
}

/* The base's row for a row of ours. */
static int base_row(enum rows rows, int row, const struct vocab *to, const struct vocab *from, int base_rows)
{
	switch (rows) {
	case ROWS_SHIFTS:
		return symbol_row(&to->shifts, &from->shifts, row);
	case ROWS_DURATIONS:
		return symbol_row(&to->durations, &from->durations, row);
	case ROWS_METRES:
		return row < to->n_metres ? vocab_metre(from, to->metres[row][0], to->metres[row][1]) : from->n_metres;
	case ROWS_KINDS: /* the parts, then two that are none */
		if (row >= to->parts)
			return from->parts + row - to->parts;
		return row < from->parts ? row : from->parts - 1;
	case ROWS_COUNTS:
		return row < base_rows ? row : base_rows - 1;
	case ROWS_STYLES:
		row = row < to->n_styles ? vocab_style(from, to->styles[row]) : ROW_NONE;
		return row < 0 ? ROW_MEAN : row;
	case ROWS_REFERENCES: /* those of slots are the last */
		return row < base_rows ? row : ROW_NONE;
	default:
		return row;
	}
}

/* A bias is one row, but its elements stand for what the rows of its weights do. (A table may have one row too.) */
static bool is_bias(const struct tensor *t)
{
	const char *dot = strrchr(t->name, '.');

	return dot && strcmp(dot, ".bias") == 0;
}

static int rows_in(const struct tensor *t)
{
	return is_bias(t) ? t->cols : t->rows;
}

static int cols_in(const struct tensor *t)
{
	return is_bias(t) ? 1 : t->cols;
}

static void copy_mean(real *to, const real *from, int rows, int cols)
{
	for (int c = 0; c < cols; c++) {
		double sum = 0;

		for (int r = 0; r < rows; r++)
			sum += (double)from[(size_t)r * (size_t)cols + (size_t)c];
		to[c] = (real)(sum / rows);
	}
}

/*
 * Layers that read slots have them at the end of a first part of their
 * columns; then come `tail` columns of other things. -1: no such layer.
 * The trunk reads [ query | stream ], the heads [ features and given | chosen ].
 */
static int columns_after_slots(const struct generator *g, const struct tensor *t)
{
	if (t->offset == g->trunk[0].wx)
		return g->config.stream;
	if (t->offset == g->duration_hidden.w || (g->vocab->dynamics && t->offset == g->velocity_hidden.w))
		return 0;
	return t->offset == g->next_hidden.w ? g->chosen.width : -1;
}

/* Slots that only one of the two has are left as they are. */
static void copy_around_slots(real *to, const real *from, const struct tensor *t, const struct tensor *b, int tail)
{
	const size_t in = (size_t)(t->cols - tail), out = (size_t)(b->cols - tail), shared = in < out ? in : out;

	for (int r = 0; r < t->rows; r++) {
		real *row = to + (size_t)r * (size_t)t->cols;
		const real *old = from + (size_t)r * (size_t)b->cols;

		memcpy(row, old, shared * sizeof *row);
		memcpy(row + in, old + out, (size_t)tail * sizeof *row);
	}
}

static int copy_tensor(real *w, const struct tensor *t, const struct generator *g, const struct model *base)
{
	const struct tensor *b = params_find(&base->generator.params, t->name);
	const int cols = cols_in(t);
	const enum rows rows = rows_of(t->name);
	const int tail = columns_after_slots(g, t);

	if (!b)
		return 0;
	if (tail >= 0 && b->rows == t->rows && b->cols >= tail) {
		copy_around_slots(w + t->offset, base->w + b->offset, t, b, tail);
		return 0;
	}
	if (cols_in(b) != cols)
		return error("tensor %s is of %d columns there, of %d here", t->name, cols_in(b), cols);
	if (rows == ROWS_SAME && rows_in(b) != rows_in(t))
		BUG("rows of tensor %s stand for nothing known: %d there, %d here", t->name, rows_in(b), rows_in(t));
	for (int r = 0; r < rows_in(t); r++) {
		const int from = base_row(rows, r, g->vocab, base->vocab, rows_in(b));
		real *row = w + t->offset + (size_t)r * (size_t)cols;
		const real *old = base->w + b->offset;

		if (from == ROW_MEAN)
			copy_mean(row, old, rows_in(b), cols);
		else if (from >= 0)
			memcpy(row, old + (size_t)from * (size_t)cols, (size_t)cols * sizeof *row);
	}
	return 0;
}

bool transfer_fits(const struct generator_config *a, const struct generator_config *b)
{
	for (size_t i = 0; i < n_generator_items; i++) {
		const size_t at = generator_items[i].offset;

		/* neither has a weight whose shape it decides, but for the slots, which are mapped */
		if (at == offsetof(struct generator_config, window) || at == offsetof(struct generator_config, slots))
			continue;
		if (memcmp((const char *)a + at, (const char *)b + at, sizeof(int)) != 0)
			return false;
	}
	return true;
}

int transfer_weights(real *w, const struct generator *g, const struct model *base)
{
	if (g->vocab->grid != base->vocab->grid)
		return error("its grid is of %d ticks a quarter, not %d", base->vocab->grid, g->vocab->grid);
	if (g->config.kind != KIND_EVENTS)
		return error("a %s begins with nothing: no other model's weights fit it", generator_kind_name(g));
	if (!transfer_fits(&g->config, &base->generator.config))
		return error("its network has another shape");
	for (size_t i = 0; i < g->params.n; i++)
		if (copy_tensor(w, &g->params.tensors[i], g, base) < 0)
			return -1;
	return 0;
}
