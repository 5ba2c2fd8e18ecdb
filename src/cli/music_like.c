/* --like, --from, --to, --latent-seed. See music_like.h. */
#include "cli/music_like.h"

#include "base/error.h"

int music_like_check(const struct music_options *o)
{
	if (!o->from != !o->to)
		return error("--from and --to go together");
	if (o->like && o->from)
		return error("--like and --from both say what the music is like: give one of them");
	if ((o->like || o->from) && o->primer)
		return error("--%s and --primer both say how the music begins: give one of them",
		             o->like ? "like" : "from");
	if (o->amount >= 0 && !o->like)
		return error("--amount says how much to vary: it goes with --like");
	if ((o->steps > 0 || o->step > 0) && !o->from)
		return error("--steps and --step are of the way --from one file --to another");
	if (o->step > (o->steps > 0 ? o->steps : WAY_STEPS))
		return error("--step %d is past the last of %d", o->step, o->steps > 0 ? o->steps : WAY_STEPS);
	if (o->from && (o->bars > 0 || o->seconds > 0))
		return error("the way --from one file --to another has its own lengths");
	return 0;
}

static int encode(struct like *like, const struct music *m, const char *path, const char *option)
{
	struct piece *piece = music_read_piece(m, path, option);
	const int status = piece ? like_encode(like, m->model, piece) : -1;

	if (piece && status < 0)
		error_prefix("%s: %s", option, path);
	piece_free(piece);
	return status;
}

int music_like_open(struct music *m, const struct music_options *o)
{
	m->amount = o->amount >= 0 ? o->amount : LIKE_AMOUNT;
	m->steps = o->from ? o->steps > 0 ? o->steps : WAY_STEPS : 0;
	m->step = o->step;
	m->latent_seed = o->latent_seed;
	/* a way is of what the two have, so it takes the likeliest choices, unless told otherwise */
	m->greedy = o->from && o->temperature <= 0;
	if (!o->like && !o->from && !o->latent_seed.given)
		return 0;
	m->plans = true;
	/* one of every step can be drawn, but is like nothing */
	if (m->model->step_latent && !o->like && !o->from)
		return 0;
	if (latent_check(m->model) < 0)
		return -1;
	if (o->like)
		return encode(&m->like, m, o->like, "--like");
	if (o->from)
		return encode(&m->like, m, o->from, "--from") < 0 ? -1 : encode(&m->to, m, o->to, "--to");
	return 0;
}

void music_like_close(struct music *m)
{
	latent_plan_done(&m->plan);
	like_done(&m->like);
	like_done(&m->to);
}

int music_like_pieces(const struct music *m)
{
	return m->steps > 0 && m->step > 0 ? 1 : m->steps;
}

int music_like_step(const struct music *m, int i)
{
	return m->step > 0 ? m->step : i + 1;
}

int music_like_plan(struct music *m, int i)
{
	const uint64_t seed = m->latent_seed.given ? m->latent_seed.value : m->compose.seed;
	int status = 0;

	m->compose.plan = NULL;
	if (!m->plans)
		return 0;
	latent_plan_done(&m->plan);
	if (m->steps > 0)
		status = like_travel(&m->plan, &m->like, &m->to,
		                     m->steps > 1 ? (music_like_step(m, i) - 1) / (double)(m->steps - 1) : 0);
	else if (m->like.n > 0)
		status = like_vary(&m->plan, &m->like, m->amount, seed);
	else
		m->plan = (struct latent_plan){.width = m->model->generator.config.latent};
	m->plan.seed = seed;
	m->compose.plan = &m->plan;
	return status;
}
