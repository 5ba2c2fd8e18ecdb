/* Rectified linear units, in place. A NaN stays one, so that it is not hidden from who looks for it. */
#include "nn/relu.h"

#include "num/scalar.h"

void relu_forward(real *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = x[i] < 0 ? 0 : x[i];
}

void relu_backward(real *dx, const real *y, size_t n)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		dx[i] = y[i] == 0 ? 0 : dx[i];
}
