/* What was measured of a judge that was trained (model/judge_about.h). */
#ifndef CLI_JUDGE_REPORT_H
#define CLI_JUDGE_REPORT_H

#include "model/judge_about.h"

/* On stdout: how it does by kinds of music, and how reliable it is: two tables. */
void judge_report(const struct judge_figures *f);

#endif
