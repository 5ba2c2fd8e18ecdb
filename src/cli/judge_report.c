/* What is said of a judge that was trained. See judge_report.h. */
#include "cli/judge_report.h"

#include <math.h>
#include <stdio.h>

static void put_kinds(const struct judge_figures *f)
{
	puts("held out          windows  told right  pieces  looks real, on the mean");
	for (int k = 0; k < JUDGE_KINDS; k++) {
		const struct estimate *e = &f->kinds[k].piece;

		if (f->kinds[k].windows == 0)
			continue;
		printf("%-16s %8ld  %8.1f %%  %6ld  %.3f", judge_kind_names[k], f->kinds[k].windows,
		       100 * f->kinds[k].accuracy, f->kinds[k].pieces, e->value);
		if (isfinite(e->low))
			printf(" (%.3f to %.3f)", e->low, e->high);
		putchar('\n');
	}
}

static void put_reliability(const struct judge_figures *f)
{
	puts("says          windows   mean  are real");
	for (int b = 0; b < JUDGE_BINS; b++) {
		printf("%.1f to %.1f %10ld", (double)b / JUDGE_BINS, (double)(b + 1) / JUDGE_BINS, f->bins[b].windows);
		if (f->bins[b].windows > 0)
			printf("  %.3f     %.3f", f->bins[b].said, f->bins[b].real);
		putchar('\n');
	}
	printf("expected calibration error %.3f (%.3f before calibration)\n", f->calibration_error,
	       f->uncalibrated_error);
}

void judge_report(const struct judge_figures *f)
{
	put_kinds(f);
	putchar('\n');
	put_reliability(f);
}
