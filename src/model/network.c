/* The generator's forward and backward pass. See network.h and generator.h. */
#include "model/network.h"

#include <math.h>
#include <string.h>
#include "base/error.h"
#include "model/net_tokens.h"
#include "nn/dropout.h"
#include "nn/loss.h"
#include "nn/activation.h"
#include "num/vec.h"

/* What random numbers are for: one stream each. */
enum { FOR_FIELDS, FOR_MEMORY, FOR_STREAM, FOR_GIVEN, FOR_TRUNK };

static struct random stream_of(struct random r, uint64_t purpose)
{
	return random_stream(r.key, purpose, 0, 0);
}

/* Columns [to, to + width) of z (or of anything) from a packed matrix, and back. */
static void copy_columns(real *to, int ldt, const real *from, int ldf, int width, int rows)
{
	for (int r = 0; r < rows; r++)
		memcpy(to + (size_t)r * (size_t)ldt, from + (size_t)r * (size_t)ldf, (size_t)width * sizeof(real));
}

static void add_columns(real *to, int ldt, const real *from, int ldf, int width, int rows)
{
	for (int r = 0; r < rows; r++)
		vec_add(to + (size_t)r * (size_t)ldt, from + (size_t)r * (size_t)ldf, (size_t)width);
}

/*
 * Fields the network cannot do without are never dropped: when, who, and the
 * beat; nor those by which a piece is steered, its key and its end.
 */
static bool may_drop_query(const struct generator *g, int field)
{
	return field != QUERY_SHIFT && field != QUERY_PART && field != QUERY_TICK && field != QUERY_QUARTER &&
	       field != QUERY_BARS_LEFT && field != QUERY_PICKUP &&
	       (field < g->query_harmony || field >= g->query_back) && (!g->config.form || field != g->query_left);
}

static bool may_drop_given(const struct generator *g, int field)
{
	if (g->config.form && field == g->given_left)
		return false;
	return field != GIVEN_PITCH && field != GIVEN_INTERVAL && field != GIVEN_TICK && field != GIVEN_QUARTER;
}

/* Leave out whole fields of rows, each with probability `rate`; what stays is in `kept`. */
static void drop_fields(struct batch_bag *kept, const struct generator *g, const struct batch_bag *bag, int rows,
                        bool (*may_drop)(const struct generator *g, int field), double rate, struct random random)
{
	uint32_t limit = (uint32_t)(rate * 4294967296.0), n = 0;

	kept->first[0] = 0;
	for (int r = 0; r < rows; r++) {
		uint32_t bits[BAG_FIELDS_MAX];

		random_fill(&random, bits, BAG_FIELDS_MAX);
		for (uint32_t i = bag->first[r]; i < bag->first[r + 1]; i++) {
			struct bag_item item = bag->items[i];

			if (bits[item.field] >= limit || !may_drop(g, item.field))
				kept->items[n++] = item;
		}
		kept->first[r + 1] = n;
	}
}

static struct bag_input bag_of(const struct batch_bag *b)
{
	return (struct bag_input){b->first, b->items};
}

/* What is given besides the pitch is dropped by fields too. */
static struct bag_input given_of(const struct generator *g, const struct frame *f, const struct batch *b,
                                 const struct dropout_rates *rates)
{
	return bag_of(rates->fields > 0 && g->config.nearby ? &f->kept_given : &b->given);
}

/* Each part's own events through the stream LSTM; every row gets the state its part's previous event left. */
static void streams_forward(const struct generator *g, const real *w, struct frame *f, const struct batch *b,
                            struct carry *carry)
{
	size_t width = (size_t)g->config.stream, chosen = (size_t)g->chosen.width;
	int ldx = g->query.width + g->config.stream;

	for (int i = 0; i < b->packed; i++)
		memcpy(f->packed_in + (size_t)i * chosen, f->chosen + (size_t)b->packed_row[i] * chosen,
		       chosen * sizeof(real));
	for (int s = 0; s < b->sequences; s++) {
		real *h = f->start_h + (size_t)s * width, *c = f->start_c + (size_t)s * width;

		if (b->sequence_start[s] < 0) {
			memset(h, 0, width * sizeof(real));
			memset(c, 0, width * sizeof(real));
		} else {
			memcpy(h, carry->stream_h + (size_t)b->sequence_start[s] * width, width * sizeof(real));
			memcpy(c, carry->stream_c + (size_t)b->sequence_start[s] * width, width * sizeof(real));
		}
	}
	if (b->packed > 0)
		lstm_forward(&g->stream, w, &f->stream, f->packed_in, g->chosen.width, &b->packing, f->start_h,
		             f->start_c, NULL);
	for (int r = 0; r < b->rows; r++) {
		real *s = f->x + (size_t)r * (size_t)ldx + g->query.width;

		if (b->before[r] >= 0)
			memcpy(s, f->stream.h + (size_t)b->before[r] * width, width * sizeof(real));
		else if (b->before[r] <= -2)
			memcpy(s, carry->stream_h + (size_t)(-2 - b->before[r]) * width, width * sizeof(real));
		else
			memset(s, 0, width * sizeof(real));
	}
}

/* One mask for the trunk's input and the heads; through a packed copy, which start_h has room for. */
static void streams_drop(const struct generator *g, struct frame *f, const struct batch *b, double rate,
                         struct random random)
{
	int stream = g->config.stream, ldx = g->query.width + stream;
	real *s = f->x + g->query.width;

	copy_columns(f->start_h, stream, s, ldx, stream, b->rows);
	dropout_forward(f->start_h, f->stream_mask, f->random, (size_t)b->rows * (size_t)stream, rate, random);
	copy_columns(s, ldx, f->start_h, stream, stream, b->rows);
}

/* A piece that began in this chunk wipes what its lane carried; then each part's last state is carried on. */
static void streams_carry(const struct generator *g, const struct frame *f, const struct batch *b, struct carry *carry)
{
	size_t width = (size_t)g->config.stream, lane_width = width * (size_t)g->vocab->parts;

	for (int r = 0; r < b->rows; r++) {
		if (!b->reset[r])
			continue;
		memset(carry->stream_h + (size_t)(r % b->lanes) * lane_width, 0, lane_width * sizeof(real));
		memset(carry->stream_c + (size_t)(r % b->lanes) * lane_width, 0, lane_width * sizeof(real));
	}
	for (int s = 0; s < b->sequences; s++) {
		size_t last = (size_t)b->sequence_last[s] * width;

		if (b->sequence_keep[s] < 0)
			continue;
		memcpy(carry->stream_h + (size_t)b->sequence_keep[s] * width, f->stream.h + last, width * sizeof(real));
		memcpy(carry->stream_c + (size_t)b->sequence_keep[s] * width, f->stream.c + last, width * sizeof(real));
	}
}

/* Every row gets the z of its phrase; false: none has any. */
static bool latent_rows(const struct generator *g, const real *w, struct frame *f, const struct batch *b)
{
	const size_t n = (size_t)g->config.latent;
	const struct bag_input place = bag_of(&b->place);

	if (n == 0 || !f->phrase_z)
		return false;
	for (int r = 0; r < b->rows; r++) {
		if (b->phrase[r] >= 0)
			memcpy(f->latent.z + (size_t)r * n, f->phrase_z + (size_t)b->phrase[r] * n, n * sizeof(real));
		else
			memset(f->latent.z + (size_t)r * n, 0, n * sizeof(real));
	}
	latent_bind(&g->latent, w, &f->latent, &place, b->rows);
	return true;
}

static bool turns_knobs(const struct generator *g, const struct batch *b)
{
	return g->config.knobs > 0 && b->told;
}

static void trunk_forward(const struct generator *g, const real *w, struct frame *f, const struct batch *b,
                          struct carry *carry, double rate, struct random random)
{
	size_t n = (size_t)b->rows * (size_t)g->config.trunk;
	size_t last = (size_t)(b->rows - b->lanes) * (size_t)g->config.trunk;
	size_t state = (size_t)b->lanes * (size_t)g->config.trunk;
	struct packing pack = {b->steps, f->equal};

	for (int t = 0; t < b->steps; t++)
		f->equal[t] = b->lanes;
	for (int l = 0; l < g->config.layers; l++) {
		const real *x = l == 0 ? f->x : f->h[l - 1];
		int ldx = l == 0 ? g->query.width + g->config.stream : g->config.trunk;

		lstm_forward(&g->trunk[l], w, &f->trunk[l], x, ldx, &pack, carry->h[l], carry->c[l], b->reset);
		memcpy(carry->h[l], f->trunk[l].h + last, state * sizeof(real));
		memcpy(carry->c[l], f->trunk[l].c + last, state * sizeof(real));
		memcpy(f->h[l], f->trunk[l].h, n * sizeof(real));
		dropout_forward(f->h[l], f->trunk_mask[l], f->random, n, rate,
		                stream_of(random, (uint64_t)(FOR_TRUNK + l)));
	}
}

/* z = [ h | m | s | given | chosen ]. */
static void gather_features(const struct generator *g, const real *w, struct frame *f, const struct batch *b,
                            const struct dropout_rates *rates, struct random random)
{
	int trunk = g->config.trunk, memory = g->config.memory, stream = g->config.stream;
	int ldx = g->query.width + stream, rows = b->rows;
	struct bag_input given = given_of(g, f, b, rates);
	real *s = f->z + trunk + memory;

	copy_columns(f->z, f->width, f->h[g->config.layers - 1], trunk, trunk, rows);
	if (memory > 0) {
		dropout_forward(f->memory.m, f->memory_mask, f->random, (size_t)rows * (size_t)memory, rates->memory,
		                stream_of(random, FOR_MEMORY));
		copy_columns(f->z + trunk, f->width, f->memory.m, memory, memory, rows);
	}
	copy_columns(s, f->width, f->x + g->query.width, ldx, stream, rows);
	if (rates->fields > 0 && g->config.nearby)
		drop_fields(&f->kept_given, g, &b->given, rows, may_drop_given, rates->fields,
		            stream_of(random, FOR_GIVEN));
	bag_forward(&g->given, w, f->z + g->features, f->width, &given, rows);
	copy_columns(f->z + g->features + g->given.width, f->width, f->chosen, g->chosen.width, g->chosen.width, rows);
}

static void mask_pitch(real *logits, const struct batch *b)
{
	for (int r = 0; r < b->rows; r++)
		for (int p = b->highest[r] + 1; p < RELATIVE_PITCHES; p++)
			logits[(size_t)r * RELATIVE_PITCHES + (size_t)p] = -INFINITY;
}

static void mask_classes(real *logits, const struct batch *b, int classes)
{
	for (size_t i = 0; i < (size_t)b->rows * (size_t)classes; i++)
		if (!b->classes[i])
			logits[i] = -INFINITY;
}

static void head_logits(const struct generator *g, const real *w, struct frame *f, const struct batch *b)
{
	int rows = b->rows, ldz = f->width, hidden = g->config.hidden, half = hidden / 2;
	int ldr = g->kinds * RELATIVE_WIDTH, ldn = hidden + g->next.width;
	struct bag_input next = bag_of(&b->next);

	linear_forward(&g->pitch, w, f->logits[HEAD_PITCH], RELATIVE_PITCHES, f->z, ldz, rows);
	linear_forward(&g->relative, w, f->relative, ldr, f->z, ldz, rows);
	relative_forward(f->logits[HEAD_PITCH], RELATIVE_PITCHES, f->relative, ldr, &b->references, rows);
	mask_pitch(f->logits[HEAD_PITCH], b);

	linear_forward(&g->duration_hidden, w, f->duration_hidden, hidden, f->z, ldz, rows);
	relu_forward(f->duration_hidden, (size_t)rows * (size_t)hidden);
	linear_forward(&g->duration, w, f->logits[HEAD_DURATION], g->duration.out, f->duration_hidden, hidden, rows);
	if (g->vocab->dynamics) {
		linear_forward(&g->velocity_hidden, w, f->velocity_hidden, half, f->z, ldz, rows);
		relu_forward(f->velocity_hidden, (size_t)rows * (size_t)half);
		linear_forward(&g->velocity, w, f->logits[HEAD_VELOCITY], VELOCITY_BINS, f->velocity_hidden, half,
		               rows);
	}
	linear_forward(&g->metre, w, f->logits[HEAD_METRE], g->metre.out, f->z, ldz, rows);

	/* The shift reads the first columns of next_hidden, the part all: [ hidden | next shift ]. */
	linear_forward(&g->next_hidden, w, f->next_hidden, ldn, f->z, ldz, rows);
	for (int r = 0; r < rows; r++)
		relu_forward(f->next_hidden + (size_t)r * (size_t)ldn, (size_t)hidden);
	bag_forward(&g->next, w, f->next_hidden + hidden, ldn, &next, rows);
	linear_forward(&g->shift, w, f->logits[HEAD_SHIFT], g->shift.out, f->next_hidden, ldn, rows);
	linear_forward(&g->part_hidden, w, f->part_hidden, half, f->next_hidden, ldn, rows);
	relu_forward(f->part_hidden, (size_t)rows * (size_t)half);
	linear_forward(&g->part, w, f->logits[HEAD_PART], g->part.out, f->part_hidden, half, rows);
	mask_classes(f->logits[HEAD_PART], b, g->part.out);
}

static void head_losses(const struct generator *g, struct frame *f, const struct batch *b, double scale)
{
	for (int h = 0; h < HEADS; h++) {
		const real *weight = head_weights(g, b, (enum head)h);
		int n = head_classes(g, (enum head)h);

		if (n == 0) {
			memset(f->loss[h], 0, (size_t)b->rows * sizeof *f->loss[h]);
			continue;
		}
		softmax_loss(f->logits[h], n, f->loss[h], b->targets[h].symbol, weight, b->rows, n);
		for (int r = 0; r < b->rows; r++)
			f->loss[h][r] += b->targets[h].escape[r];
		if (f->backward)
			vec_scale(f->logits[h], (real)scale, (size_t)b->rows * (size_t)n);
	}
}

static void events_forward(const struct generator *g, const real *w, struct frame *f, const struct batch *b,
                           struct carry *carry, const struct dropout_rates *rates, struct random random)
{
	struct bag_input chosen = bag_of(&b->chosen), query = bag_of(&b->query);
	int trunk = g->config.trunk, ldk = trunk + g->chosen.width;
	const real *h;

	bag_forward(&g->chosen, w, f->chosen, g->chosen.width, &chosen, b->rows);
	streams_forward(g, w, f, b, carry);
	streams_drop(g, f, b, rates->stream, stream_of(random, FOR_STREAM));
	if (rates->fields > 0) {
		drop_fields(&f->kept, g, &b->query, b->rows, may_drop_query, rates->fields,
		            stream_of(random, FOR_FIELDS));
		query = bag_of(&f->kept);
	}
	bag_forward(&g->query, w, f->x, g->query.width + g->config.stream, &query, b->rows);
	if (latent_rows(g, w, f, b))
		latent_to_input(&g->latent, w, f->x, g->query.width + g->config.stream, &f->latent, b->rows);
	if (turns_knobs(g, b)) {
		knob_forward(&g->knobs, w, &f->knobs, b->knobs, b->rows);
		knob_to_input(&g->knobs, w, f->x, g->query.width + g->config.stream, &f->knobs, b->rows);
	}
	trunk_forward(g, w, f, b, carry, rates->trunk, random);
	h = f->h[g->config.layers - 1];
	if (g->config.memory > 0) {
		copy_columns(f->key, ldk, h, trunk, trunk, b->rows);
		copy_columns(f->key + trunk, ldk, f->chosen, g->chosen.width, g->chosen.width, b->rows);
		memory_forward(&g->memory, w, &f->memory, &carry->memory, h, trunk, f->key, ldk, b->time, b->part,
		               b->reset, b->steps);
	}
	streams_carry(g, f, b, carry);
	gather_features(g, w, f, b, rates, random);
	if (g->config.latent > 0 && f->phrase_z)
		latent_to_features(&g->latent, w, f->z, f->width, &f->latent, b->rows);
	if (turns_knobs(g, b))
		knob_to_features(&g->knobs, w, f->z, f->width, &f->knobs, b->rows);
	head_logits(g, w, f, b);
}

void network_logits(const struct generator *g, const real *w, struct frame *f, const struct batch *b,
                    struct carry *carry, const struct dropout_rates *rates, struct random random)
{
	static const struct dropout_rates none;

	if (b->steps > f->steps || b->lanes != f->lanes)
		BUG("batch %dx%d in a frame %dx%d", b->steps, b->lanes, f->steps, f->lanes);
	if (generator_reads_tokens(g))
		net_tokens_forward(g, w, f, b, carry, rates, random);
	else
		events_forward(g, w, f, b, carry, rates ? rates : &none, random);
}

void network_forward(const struct generator *g, const real *w, struct frame *f, const struct batch *b,
                     struct carry *carry, const struct dropout_rates *rates, struct random random, double scale)
{
	network_logits(g, w, f, b, carry, rates, random);
	head_losses(g, f, b, scale);
}

/* ---- Backward: the same steps the other way round ---------------------------- */

static void heads_backward(const struct generator *g, const real *w, real *dw, struct frame *f, const struct batch *b,
                           const struct dropout_rates *rates)
{
	int rows = b->rows, ldz = f->width, hidden = g->config.hidden, half = hidden / 2;
	int ldr = g->kinds * RELATIVE_WIDTH, ldn = hidden + g->next.width;
	size_t n = (size_t)rows;
	struct bag_input next = bag_of(&b->next), given = given_of(g, f, b, rates);

	memset(f->dz, 0, n * (size_t)ldz * sizeof(real));
	memset(f->dpart_hidden, 0, n * (size_t)half * sizeof(real));
	memset(f->dnext_hidden, 0, n * (size_t)ldn * sizeof(real));
	linear_backward(&g->part, w, dw, f->dpart_hidden, half, f->logits[HEAD_PART], g->part.out, f->part_hidden, half,
	                rows);
	relu_backward(f->dpart_hidden, f->part_hidden, n * (size_t)half);
	linear_backward(&g->part_hidden, w, dw, f->dnext_hidden, ldn, f->dpart_hidden, half, f->next_hidden, ldn, rows);
	linear_backward(&g->shift, w, dw, f->dnext_hidden, ldn, f->logits[HEAD_SHIFT], g->shift.out, f->next_hidden,
	                ldn, rows);
	bag_backward(&g->next, dw, f->dnext_hidden + hidden, ldn, &next, rows);
	for (int r = 0; r < rows; r++)
		relu_backward(f->dnext_hidden + (size_t)r * (size_t)ldn, f->next_hidden + (size_t)r * (size_t)ldn,
		              (size_t)hidden);
	linear_backward(&g->next_hidden, w, dw, f->dz, ldz, f->dnext_hidden, ldn, f->z, ldz, rows);

	linear_backward(&g->metre, w, dw, f->dz, ldz, f->logits[HEAD_METRE], g->metre.out, f->z, ldz, rows);
	if (g->vocab->dynamics) {
		memset(f->dvelocity_hidden, 0, n * (size_t)half * sizeof(real));
		linear_backward(&g->velocity, w, dw, f->dvelocity_hidden, half, f->logits[HEAD_VELOCITY], VELOCITY_BINS,
		                f->velocity_hidden, half, rows);
		relu_backward(f->dvelocity_hidden, f->velocity_hidden, n * (size_t)half);
		linear_backward(&g->velocity_hidden, w, dw, f->dz, ldz, f->dvelocity_hidden, half, f->z, ldz, rows);
	}
	memset(f->dduration_hidden, 0, n * (size_t)hidden * sizeof(real));
	linear_backward(&g->duration, w, dw, f->dduration_hidden, hidden, f->logits[HEAD_DURATION], g->duration.out,
	                f->duration_hidden, hidden, rows);
	relu_backward(f->dduration_hidden, f->duration_hidden, n * (size_t)hidden);
	linear_backward(&g->duration_hidden, w, dw, f->dz, ldz, f->dduration_hidden, hidden, f->z, ldz, rows);

	memset(f->drelative, 0, n * (size_t)ldr * sizeof(real));
	relative_backward(f->drelative, ldr, f->logits[HEAD_PITCH], RELATIVE_PITCHES, &b->references, rows);
	linear_backward(&g->relative, w, dw, f->dz, ldz, f->drelative, ldr, f->z, ldz, rows);
	linear_backward(&g->pitch, w, dw, f->dz, ldz, f->logits[HEAD_PITCH], RELATIVE_PITCHES, f->z, ldz, rows);
	bag_backward(&g->given, dw, f->dz + g->features, ldz, &given, rows);
}

/* From dz into dh (of the last trunk layer, after its dropout) and dchosen, through the memory. */
static void memory_part_backward(const struct generator *g, const real *w, real *dw, struct frame *f,
                                 const struct batch *b, const struct carry *carry, const struct dropout_rates *rates)
{
	int trunk = g->config.trunk, memory = g->config.memory, ldk = trunk + g->chosen.width, rows = b->rows;
	const real *h = f->h[g->config.layers - 1];

	copy_columns(f->dh, trunk, f->dz, f->width, trunk, rows);
	copy_columns(f->dchosen, g->chosen.width, f->dz + g->features + g->given.width, f->width, g->chosen.width,
	             rows);
	if (memory == 0)
		return;
	copy_columns(f->dm, memory, f->dz + trunk, f->width, memory, rows);
	dropout_backward(f->dm, f->memory_mask, (size_t)rows * (size_t)memory, rates->memory);
	memset(f->dkey, 0, (size_t)rows * (size_t)ldk * sizeof(real));
	memory_backward(&g->memory, w, dw, &f->memory, &carry->memory, f->dh, trunk, f->dkey, ldk, f->dm, h, trunk,
	                f->key, ldk, b->time, b->part, b->reset, b->steps);
	add_columns(f->dh, trunk, f->dkey, ldk, trunk, rows);
	add_columns(f->dchosen, g->chosen.width, f->dkey + trunk, ldk, g->chosen.width, rows);
}

static void trunk_backward(const struct generator *g, const real *w, real *dw, struct frame *f, const struct batch *b,
                           const struct dropout_rates *rates)
{
	size_t n = (size_t)b->rows * (size_t)g->config.trunk;
	int ldx = g->query.width + g->config.stream;
	struct packing pack = {b->steps, f->equal};
	real *dh = f->dh, *below = f->dh + n;

	memset(f->dx, 0, (size_t)b->rows * (size_t)ldx * sizeof(real));
	for (int l = g->config.layers - 1; l >= 0; l--) {
		real *swap = dh;

		dropout_backward(dh, f->trunk_mask[l], n, rates->trunk);
		if (l > 0)
			memset(below, 0, n * sizeof(real));
		lstm_backward(&g->trunk[l], w, dw, &f->trunk[l], l > 0 ? below : f->dx, l > 0 ? g->config.trunk : ldx,
		              dh, l > 0 ? f->h[l - 1] : f->x, l > 0 ? g->config.trunk : ldx, &pack, b->reset);
		dh = below;
		below = swap;
	}
}

static void streams_backward(const struct generator *g, const real *w, real *dw, struct frame *f, const struct batch *b,
                             const struct dropout_rates *rates)
{
	int stream = g->config.stream, ldx = g->query.width + stream, rows = b->rows;
	size_t width = (size_t)stream, chosen = (size_t)g->chosen.width;

	/* s reached the heads and the trunk. */
	copy_columns(f->ds, stream, f->dz + g->config.trunk + g->config.memory, f->width, stream, rows);
	add_columns(f->ds, stream, f->dx + g->query.width, ldx, stream, rows);
	dropout_backward(f->ds, f->stream_mask, (size_t)rows * width, rates->stream);
	if (b->packed == 0)
		return;
	memset(f->dpacked, 0, (size_t)b->packed * width * sizeof(real));
	for (int r = 0; r < rows; r++)
		if (b->before[r] >= 0)
			vec_add(f->dpacked + (size_t)b->before[r] * width, f->ds + (size_t)r * width, width);
	memset(f->dpacked_in, 0, (size_t)b->packed * chosen * sizeof(real));
	lstm_backward(&g->stream, w, dw, &f->stream, f->dpacked_in, g->chosen.width, f->dpacked, f->packed_in,
	              g->chosen.width, &b->packing, NULL);
	for (int i = 0; i < b->packed; i++)
		vec_add(f->dchosen + (size_t)b->packed_row[i] * chosen, f->dpacked_in + (size_t)i * chosen, chosen);
}

/* From dz and dx to the z of phrases. */
static void phrases_backward(const struct generator *g, const real *w, real *dw, struct frame *f, const struct batch *b)
{
	const size_t n = (size_t)g->config.latent;
	const struct bag_input place = bag_of(&b->place);

	if (n == 0 || !f->phrase_z)
		return;
	latent_backward(&g->latent, w, dw, &f->latent, f->dx, g->query.width + g->config.stream, f->dz, f->width,
	                &place, b->rows);
	for (int r = 0; r < b->rows; r++)
		if (b->phrase[r] >= 0)
			vec_add(f->dphrase_z + (size_t)b->phrase[r] * n, f->latent.dz + (size_t)r * n, n);
}

void network_backward(const struct generator *g, const real *w, real *dw, struct frame *f, const struct batch *b,
                      const struct carry *carry, const struct dropout_rates *rates)
{
	static const struct dropout_rates none;
	struct bag_input chosen = bag_of(&b->chosen), query = bag_of(&b->query);

	if (generator_reads_tokens(g)) {
		net_tokens_backward(g, w, dw, f, b, rates);
		return;
	}
	if (!rates)
		rates = &none;
	if (rates->fields > 0)
		query = bag_of(&f->kept);
	heads_backward(g, w, dw, f, b, rates);
	if (turns_knobs(g, b))
		knob_features_backward(&g->knobs, w, dw, &f->knobs, f->dz, f->width, b->rows);
	memory_part_backward(g, w, dw, f, b, carry, rates);
	trunk_backward(g, w, dw, f, b, rates);
	streams_backward(g, w, dw, f, b, rates);
	phrases_backward(g, w, dw, f, b);
	if (turns_knobs(g, b))
		knob_input_backward(&g->knobs, w, dw, &f->knobs, f->dx, g->query.width + g->config.stream, b->rows);
	bag_backward(&g->query, dw, f->dx, g->query.width + g->config.stream, &query, b->rows);
	bag_backward(&g->chosen, dw, f->dchosen, g->chosen.width, &chosen, b->rows);
}
