/* The forward tests of memory in double, to 1e-12. */
#include "../unit/test_nn_memory.c"
