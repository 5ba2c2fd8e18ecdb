/* Networks of the sizes that models have, whole, in chunks and event by event, in double, to 1e-12. */
#include "../unit/test_model_sizes.c"
