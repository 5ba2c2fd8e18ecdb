/* A program with musegen in it: prints a piece, a line a note. cc example.c $(pkg-config --cflags --libs musegen) */
#include <stdio.h>
#include <stdlib.h>
#include <musegen.h>

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, musegen_error());
	return 1;
}

int main(int argc, char **argv)
{
	struct musegen_options options;
	struct musegen_model *model;
	struct musegen_composer *composer;
	struct musegen_note n;
	int got;

	if (argc < 2) {
		fprintf(stderr, "usage: %s MODEL.safetensors [SEED [BARS [KEY]]]\n", argv[0]);
		return 2;
	}
	model = musegen_open(argv[1]);
	if (!model)
		return fail("open");
	musegen_defaults(&options);
	options.seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	options.bars = argc > 3 ? atoi(argv[3]) : 0;
	options.key = argc > 4 ? argv[4] : NULL;
	composer = musegen_composer_new(model, &options);
	if (!composer) {
		musegen_close(model);
		return fail("compose");
	}
	while ((got = musegen_next(composer, &n)) == 1)
		printf("bar %d tick %lld: part %d, pitch %d for %lld\n", n.bar, (long long)n.onset, n.part + 1, n.pitch,
		       (long long)n.duration);
	printf("%lld ticks of %d a quarter\n", (long long)musegen_position(composer), musegen_grid(model));
	musegen_composer_free(composer);
	musegen_close(model);
	return got < 0 ? fail("next") : 0;
}
