/* The settings of adversarial training: names, ranges, presets, help. */
#include "model/gan_settings.h"

#include "nn/activation.h"
#include "nn/stack.h"

#define G(field) offsetof(struct gan_config, field)

const struct conf_item gan_items[] = {
	{"loss", CONF_CHOICE, G(loss), 0, 0, GAN_LOSS_NAMES, "bce",
         "what discriminator and generator are trained for; bce: in the form that does not saturate"},
	{"critic_steps", CONF_INT, G(critic_steps), 0, 100, NULL, "0",
         "steps of the discriminator to one of the generator; 0: 5 for wgan and wgan-gp, else 1"},
	{"clip", CONF_REAL, G(clip), 1e-4, 10, NULL, "0.01",
         "wgan: the discriminator's weights stay within this much of 0"},
	{"penalty", CONF_REAL, G(penalty), 0, 1000, NULL, "10", "wgan-gp: weight of the gradient penalty"},
	{"smooth", CONF_BOOL, G(smooth), 0, 0, NULL, "no", "the gradient penalty with every loss"},
	{"likelihood", CONF_REAL, G(likelihood), 0, 1000, NULL, "1",
         "weight of the likelihood of real music beside the discriminator's verdict, for the note generator; 0: the "
         "verdict alone"},
	{"temperature", CONF_REAL, G(temperature), 0.05, 10, NULL, "1",
         "of the Gumbel-softmax, through which the verdict on a window of notes reaches the network"},
	{"learning_rate", CONF_REAL, G(learning_rate), 1e-8, 1, NULL, "0.0001", "of the generator"},
	{"critic_learning_rate", CONF_REAL, G(critic_learning_rate), 1e-8, 1, NULL, "0.001", "of the discriminator"},
	{"window", CONF_INT, G(window), 4, 512, NULL, "32", "events of a window that the discriminator judges"},
	{"batch", CONF_INT, G(batch), 2, 1024, NULL, "32", "windows of a step, of either kind"},
	{"critic_width", CONF_INT, G(critic_width), 4, 1024, NULL, "64",
         "width of the embeddings and LSTMs of the discriminator of notes"},
	{"critic_layers", CONF_INT, G(critic_layers), 1, STACK_MAX, NULL, "1", "its LSTMs, in each direction"},
	{"activation", CONF_CHOICE, G(activation), 0, 0, ACTIVATION_NAMES, "leaky", "its activation"},
	{"spectral", CONF_BOOL, G(spectral), 0, 0, NULL, "no",
         "its matrices are divided by their largest singular value"},
	{"classifier", CONF_REAL, G(classifier), 0, 1000, NULL, "0",
         "weight of telling styles apart beside real and made, for both sides; 0: not"},
	{"straight", CONF_REAL, G(straight), 0, 1000, NULL, "1",
         "weight of the verdict's gradient straight through the notes that were drawn"},
	{"reinforce", CONF_REAL, G(reinforce), 0, 1000, NULL, "0",
         "weight of the verdict as a reward of all choices of a window, less that of the others beside it"},
	{"entropy", CONF_REAL, G(entropy), 0, 1000, NULL, "0",
         "weight of the entropy of choices, against the collapse to a few"},
	{"anneal", CONF_REAL, G(anneal), 0, 1, NULL, "1",
         "share of entropy's weight that is left at the end, which it falls to evenly"},
	{"even", CONF_BOOL, G(even), 0, 0, NULL, "no",
         "the verdict counts in units of its running spread over windows, so that weights mean the same to every loss"},
	{"trial", CONF_INT, G(trial), 0, 100000, NULL, "0",
         "steps, of the stage's, that a fresh discriminator is trained before and again after it, to see whether "
         "it tells "
         "less; 0: a fifth each"},
	{"held_out", CONF_INT, G(held_out), 16, 100000, NULL, "1024",
         "held-out windows of either kind that a discriminator is tried on, at most"},
	{"keep", CONF_CHOICE, G(keep), 0, 0, "better|always", "better",
         "better: the stage's result stands only if a fresh discriminator tells less and held-out music holds; always: "
         "it stands, for comparison"},
	{"tolerance", CONF_REAL, G(tolerance), 0, 100, NULL, "0.01",
         "nats a note that held-out music may cost more after the stage"},
	{"collapse", CONF_INT, G(collapse), 0, 1000, NULL, "2",
         "evaluations in a row that find the generator collapsed before the stage stops; 0: it goes on"},
};
const size_t n_gan_items = sizeof gan_items / sizeof *gan_items;

int gan_critic_steps(const struct gan_config *config)
{
	if (config->critic_steps > 0)
		return config->critic_steps;
	return gan_loss_is_critic((enum gan_loss)config->loss) ? 5 : 1;
}
