/*
 * The packed matrix is a row of panels, each PANEL columns wide, k by k, so
 * that the kernel reads it front to back. The kernel holds a tile of c, up to
 * TILE rows of one panel, in registers, and for every k adds the outer product
 * of a column of a and a row of the panel. Panels are walked in blocks of
 * BLOCK values of k, which stay in the first-level cache while the tiles of
 * all rows go over them.
 *
 * The vectors are GCC's (also clang's) vector extension, as wide as the
 * processor's registers.
 */
#include "num/packed.h"

#include <string.h>
#include "base/error.h"

/* ISO mode keeps a product and a sum apart; here they are one instruction. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast")
#endif

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#define TILE         12 /* 24 of 32 registers */
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#define TILE         6 /* 12 of 16 */
#else
#define VECTOR_BYTES 16
#define TILE         6
#endif
#define LANES (VECTOR_BYTES / (int)sizeof(real))
#define PANEL (2 * LANES)
#define BLOCK 256
/* So few rows go over two panels at a time: there must be sums enough that none waits for the one before it. */
#define WIDE (TILE / 2)

typedef real vector __attribute__((vector_size(VECTOR_BYTES)));
/* The same, wherever it lies. */
typedef real loose __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));

static size_t panels(int n)
{
	return ((size_t)n + PANEL - 1) / PANEL;
}

size_t packed_size(int n, int k)
{
	return panels(n) * PANEL * (size_t)k;
}

int packed_panel(void)
{
	return PANEL;
}

const real *packed_at(const real *packed, int depth, int q, int j)
{
	if (j % PANEL != 0)
		BUG("packed: column %d begins no panel", j);
	return packed + (size_t)j * (size_t)depth + (size_t)q * PANEL;
}

void packed_make(real *packed, bool tb, int n, int k, const real *b, int ldb)
{
	const size_t ld = (size_t)ldb;

	if (n < 0 || k < 0 || ldb < (tb ? k : n))
		BUG("packed: (%d,%d) with rows of %d", k, n, ldb);
	for (size_t p = 0; p < panels(n); p++) {
		const size_t first = p * PANEL, left = (size_t)n - first, width = left < PANEL ? left : PANEL;
		real *to = packed + first * (size_t)k;

		if (width < PANEL)
			memset(to, 0, (size_t)k * PANEL * sizeof *to);
		for (size_t q = 0; !tb && q < (size_t)k; q++)
			memcpy(to + q * PANEL, b + q * ld + first, width * sizeof *to);
		/* A few lines of the source at a time, so that what is written across stays in the cache. */
		for (size_t q = 0; tb && q < (size_t)k; q += LANES)
			for (size_t j = 0; j < width; j++)
				for (size_t e = q; e < q + LANES && e < (size_t)k; e++)
					to[e * PANEL + j] = b[(first + j) * ld + e];
	}
}

/*
 * `rows` and `wide` are constants in every call, so that all loops over them
 * unroll and sums are registers. wide: of two neighbouring panels, `apart`
 * reals from one to the next.
 */
static inline __attribute__((always_inline)) void tile(const int rows, const int wide, int k, const real *a, size_t lda,
                                                       const real *panel, size_t apart, bool add, real *c, size_t ldc)
{
	static const vector zeros[4];
	const int vectors = wide ? 4 : 2;
	const real *start = add ? c : (const real *)zeros;
	const size_t step = add ? ldc : 0;
	vector sum[TILE][4];

	for (int r = 0; r < rows; r++)
		for (int v = 0; v < vectors; v++)
			sum[r][v] = *(const loose *)(start + (size_t)r * step + v * LANES);
	for (int q = 0; q < k; q++) {
		const real *row = panel + (size_t)q * PANEL;
		vector b[4];

		for (int v = 0; v < vectors; v++)
			b[v] = *(const vector *)(row + (size_t)(v / 2) * apart + (size_t)(v % 2) * LANES);
		for (int r = 0; r < rows; r++) {
			const real x = a[(size_t)r * lda + (size_t)q];

			for (int v = 0; v < vectors; v++)
				sum[r][v] += x * b[v];
		}
	}
	for (int r = 0; r < rows; r++)
		for (int v = 0; v < vectors; v++)
			*(loose *)(c + (size_t)r * ldc + v * LANES) = sum[r][v];
}

/* wide != 0 with at most WIDE rows. */
static void tile_of(int rows, int wide, int k, const real *a, size_t lda, const real *panel, size_t apart, bool add,
                    real *c, size_t ldc)
{
	switch (wide ? -rows : rows) {
	case -1:
		tile(1, 1, k, a, lda, panel, apart, add, c, ldc);
		break;
	case -2:
		tile(2, 1, k, a, lda, panel, apart, add, c, ldc);
		break;
	case -3:
		tile(3, 1, k, a, lda, panel, apart, add, c, ldc);
		break;
#if TILE > 6
	case -4:
		tile(4, 1, k, a, lda, panel, apart, add, c, ldc);
		break;
	case -5:
		tile(5, 1, k, a, lda, panel, apart, add, c, ldc);
		break;
	case -6:
		tile(6, 1, k, a, lda, panel, apart, add, c, ldc);
		break;
#endif
	case 1:
		tile(1, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
	case 2:
		tile(2, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
	case 3:
		tile(3, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
	case 4:
		tile(4, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
	case 5:
		tile(5, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
	case 6:
		tile(6, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
#if TILE > 6
	case 7:
		tile(7, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
	case 8:
		tile(8, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
	case 9:
		tile(9, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
	case 10:
		tile(10, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
	case 11:
		tile(11, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
	case 12:
		tile(12, 0, k, a, lda, panel, apart, add, c, ldc);
		break;
#endif
	default:
		BUG("packed: a tile of %d rows", rows);
	}
}

/* The last panel's columns that c does not have go to room of our own. */
static void tile_narrow(int rows, int k, const real *a, size_t lda, const real *panel, bool add, real *c, size_t ldc,
                        size_t width)
{
	real room[TILE * PANEL] = {0};

	for (size_t r = 0; add && r < (size_t)rows; r++)
		memcpy(room + r * PANEL, c + r * ldc, width * sizeof *room);
	tile_of(rows, 0, k, a, lda, panel, 0, add, room, PANEL);
	for (size_t r = 0; r < (size_t)rows; r++)
		memcpy(c + r * ldc, room + r * PANEL, width * sizeof *room);
}

void packed_multiply(int m, int n, int k, const real *a, int lda, const real *packed, int depth, bool add, real *c,
                     int ldc)
{
	const int tiles = (m + TILE - 1) / TILE;

	if (m < 0 || n < 0 || k < 0 || k > depth || lda < k || ldc < n)
		BUG("packed: %d x %d x %d of %d with rows of %d, %d", m, n, k, depth, lda, ldc);
	for (int r = 0; k == 0 && !add && r < m; r++)
		memset(c + (size_t)r * (size_t)ldc, 0, (size_t)n * sizeof *c);
	for (size_t first = 0, next; first < (size_t)n; first = next) {
		const size_t width = (size_t)n - first;
		const int wide = m <= WIDE && width >= 2 * PANEL;
		/* With one tile of rows a panel is not used again. */
		const int most = tiles == 1 ? k : BLOCK;

		next = first + (wide ? 2 * PANEL : PANEL);
		for (int q = 0; q < k; q += most) {
			const int block = k - q < most ? k - q : most;
			const real *panel = packed + first * (size_t)depth + (size_t)q * PANEL;

			/* Tiles of nearly the same number of rows: 16 are 8 and 8, not 12 and 4. */
			for (int t = 0, r = 0; t < tiles; t++) {
				const int rows = (m - r) / (tiles - t);
				const real *from = a + (size_t)r * (size_t)lda + (size_t)q;
				real *to = c + (size_t)r * (size_t)ldc + first;

				if (width < PANEL)
					tile_narrow(rows, block, from, (size_t)lda, panel, add || q > 0, to,
					            (size_t)ldc, width);
				else
					tile_of(rows, wide, block, from, (size_t)lda, panel, (size_t)depth * PANEL,
					        add || q > 0, to, (size_t)ldc);
				r += rows;
			}
		}
	}
}
