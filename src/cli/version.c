/* The program's version, the libraries it was built with and runs with, and OpenBLAS's choice of kernel. */
#include "cli/cli.h"

#include <cblas.h>
#include <cjson/cJSON.h>
#include <glib.h>
#include <smf.h>
#include <stdlib.h>
#include <string.h>

#include "live/sound.h"
#include "live/synth.h"
#include "num/blas.h"

void print_version(FILE *out)
{
	fprintf(out, "musegen " MUSEGEN_VERSION "\n");
	fprintf(out, "libsmf %s, GLib %u.%u.%u, cJSON %s, PortMidi, inih\n", smf_get_version(), glib_major_version,
	        glib_minor_version, glib_micro_version, cJSON_Version());
	fprintf(out, "sound: %s, %s\n", synth_library() ? synth_library() : "built without FluidSynth",
	        sound_library() ? sound_library() : "built without libsndfile");
	fprintf(out, "%s\n", openblas_get_config());
	fprintf(out, "BLAS core %s\n", blas_core());
}

/* How wide a kernel's vectors are: 2 AVX-512, 1 AVX2, 0 less. */
static int rank_core(const char *core)
{
	static const char *const avx512[] = {"SkylakeX", "Cooperlake", "Sapphirerapids"};
	static const char *const avx2[] = {"Haswell", "Zen"};

	for (size_t i = 0; i < sizeof avx512 / sizeof *avx512; i++)
		if (strcasecmp(core, avx512[i]) == 0)
			return 2;
	for (size_t i = 0; i < sizeof avx2 / sizeof *avx2; i++)
		if (strcasecmp(core, avx2[i]) == 0)
			return 1;
	return 0;
}

void warn_blas_core(void)
{
#if defined(__x86_64__)
	const char *named = getenv("OPENBLAS_CORETYPE");
	int has;

	__builtin_cpu_init();
	has = __builtin_cpu_supports("avx512f") ? 2 : __builtin_cpu_supports("avx2") ? 1 : 0;
	if (named && *named && rank_core(blas_core()) < has) {
		fputs("musegen: warning: OPENBLAS_CORETYPE=", stderr);
		put_clean(stderr, named);
		fprintf(stderr, " makes OpenBLAS use its %s kernel, which is slower than what this processor can do\n",
		        blas_core());
	}
#endif
}
