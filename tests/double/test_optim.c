/* The optimisers' steps in double precision. */
#include "../unit/test_num_optim.c"
