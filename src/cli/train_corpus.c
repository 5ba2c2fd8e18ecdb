/* Reading a corpus to learn from. See train_corpus.h. */
#include "cli/train_corpus.h"

#include <stdlib.h>

#include "base/file.h"
#include "corpus/corpus.h"

static void on_reading(void *context, size_t done, size_t total)
{
	train_screen_reading(context, done, total);
}

struct corpus *train_corpus_load(const char *const *paths, size_t n, const struct settings *settings,
                                 const struct reading *reading, struct train_screen *screen, struct pool *pool)
{
	char *cache = settings->corpus.cache ? file_user_folder("XDG_CACHE_HOME", ".cache") : NULL;
	const struct corpus_options options = {
		.reading = *reading,
		.parts_max = settings->corpus.parts,
		.keep_duplicates = settings->corpus.duplicates,
		.packed = true,
		.cache = cache,
		.progress = on_reading,
		.progress_context = screen,
	};
	struct corpus *corpus = corpus_load(paths, n, &options, pool);

	train_screen_clear(screen, false);
	free(cache);
	return corpus;
}
