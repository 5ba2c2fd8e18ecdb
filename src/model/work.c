/* Multiply-adds of the network's matrix products. See work.h, and network.c for the products. */
#include "model/work.h"

#include "model/net_tokens.h"

static double dense(const struct linear *l)
{
	return (double)l->in * l->out;
}

/* Of one row: the input's product and the recurrent one. */
static double recurrent(const struct lstm *l)
{
	return 4.0 * l->hidden * ((double)l->in + l->hidden);
}

static double heads(const struct generator *g)
{
	double n = dense(&g->pitch) + dense(&g->relative) + dense(&g->duration_hidden) + dense(&g->duration) +
	           dense(&g->metre) + dense(&g->next_hidden) + dense(&g->shift) + dense(&g->part_hidden) +
	           dense(&g->part);

	if (g->vocab->dynamics)
		n += dense(&g->velocity_hidden) + dense(&g->velocity);
	return n;
}

double work_forward(const struct generator *g, const struct work *w)
{
	const double width = g->config.memory;
	double row, n;

	if (generator_reads_tokens(g))
		return w->rows * net_tokens_work(g);
	row = heads(g);
	for (int l = 0; l < g->config.layers; l++)
		row += recurrent(&g->trunk[l]);
	if (width > 0)
		row += width * (g->memory.query_in + 2.0 * g->memory.key_in);
	n = w->rows * row + w->packed * recurrent(&g->stream);
	/* a query by every key, and every weight by its value */
	if (width > 0)
		n += 2 * w->pairs * width;
	return n;
}
