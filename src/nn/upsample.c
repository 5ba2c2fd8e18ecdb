/* Upsampling by repetition. See upsample.h. */
#include "nn/upsample.h"

#include <string.h>
#include "num/vec.h"

void upsample_forward(real *y, const real *x, int batch, int height, int width, int channels, int high, int wide)
{
	const size_t c = (size_t)channels, row = (size_t)width * (size_t)wide * c;

	for (int r = 0; r < batch * height; r++) {
		real *first = y;

		for (int i = 0; i < width; i++, x += c)
			for (int k = 0; k < wide; k++, y += c)
				memcpy(y, x, c * sizeof *y);
		for (int k = 1; k < high; k++, y += row)
			memcpy(y, first, row * sizeof *y);
	}
}

void upsample_backward(real *dx, const real *dy, int batch, int height, int width, int channels, int high, int wide)
{
	const size_t c = (size_t)channels, row = (size_t)width * c;

	memset(dx, 0, (size_t)batch * (size_t)height * row * sizeof *dx);
	for (int r = 0; r < batch * height; r++, dx += row)
		for (int k = 0; k < high; k++)
			for (int i = 0; i < width * wide; i++, dy += c)
				vec_add(dx + (size_t)(i / wide) * c, dy, c);
}
