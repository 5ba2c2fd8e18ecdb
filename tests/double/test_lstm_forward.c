/* The forward tests of the LSTM in double, to 1e-12. */
#include "../unit/test_nn_lstm.c"
