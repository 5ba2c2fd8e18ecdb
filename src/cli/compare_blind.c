/*
 * A listening test: pairs of openings, one of a piece made and one of a real
 * one, as alike as can be in all but the notes: as many bars, neither to its
 * end; one tempo, one instrument, one loudness; no names, no comment. Which is
 * which, and what they are, stands in a key in base64, whose SHA-256 is said
 * at once. The same music makes the same test.
 */
#include "cli/compare_show.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/text.h"
#include "cli/output.h"
#include "corpus/bars.h"

#define BARS     16 /* at most */
#define VELOCITY 80
#define KEY      "key.base64"
#define READ_ME  "read-me.txt"
#define BYTES    57 /* of a line of base64 */

struct opening {
	const struct corpus_piece *piece;
	struct bars bars;
	size_t number; /* in its corpus */
};

static char *pair_path(const char *folder, int pair, char side)
{
	return text_format("%s/%02d-%c.mid", folder, pair + 1, side);
}

/* ---- where --------------------------------------------------------------- */

static int check_file(char *path, bool force)
{
	int result = -1;

	if (path)
		result = force || !file_exists(path) ? 0 : error("%s: is there already (-f replaces it)", path);
	free(path);
	return result;
}

int compare_blind_check(const char *folder, bool force)
{
	if (!*folder)
		return error("an empty folder name");
	if (file_exists(folder) && !file_is_folder(folder))
		return error("%s: is a file, not a folder", folder);
	for (int i = 0; i < BLIND_PAIRS; i++)
		if (check_file(pair_path(folder, i, 'a'), force) < 0 ||
		    check_file(pair_path(folder, i, 'b'), force) < 0)
			return -1;
	if (check_file(file_join(folder, KEY), force) < 0 || check_file(file_join(folder, READ_ME), force) < 0)
		return -1;
	return file_make_folders(folder);
}

/* ---- the music ----------------------------------------------------------- */

/* Openings by length, so that pairs are about as long. */
static int compare_openings(const void *a, const void *b)
{
	const struct opening *x = a, *y = b;
	const size_t n = bars_count(&x->bars), m = bars_count(&y->bars);

	if (n != m)
		return n < m ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Draw pieces: of the numbers in list, or (NULL) of all n. */
static int draw(struct opening out[BLIND_PAIRS], const struct corpus *corpus, const size_t *list, size_t n,
                struct random *random)
{
	uint32_t *order = mem_new(n, sizeof *order);
	int result = order ? 0 : -1;

	for (size_t i = 0; i < n && result == 0; i++)
		order[i] = (uint32_t)i;
	if (result == 0)
		random_shuffle(random, order, n);
	for (size_t i = 0; i < BLIND_PAIRS && result == 0; i++) {
		const size_t number = list ? list[order[i]] : order[i];

		out[i].number = number;
		out[i].piece = &corpus->pieces[number];
		result = bars_make(&out[i].bars, out[i].piece->piece);
	}
	if (result == 0)
		qsort(out, BLIND_PAIRS, sizeof *out, compare_openings);
	free(order);
	return result;
}

static int write_opening(char *path, const struct opening *o, size_t bars, int us_per_quarter)
{
	struct piece *piece = path ? bars_cut(o->piece->piece, &o->bars, bars) : NULL;
	struct song *song = NULL;
	int result = -1;

	if (piece) {
		piece->us_per_quarter = us_per_quarter;
		piece->key = (struct key){-1, MODE_UNKNOWN};
		for (int k = 0; k < SONG_PARTS_MAX; k++)
			piece->programs[k] = 0;
		for (size_t i = 0; i < piece->n; i++) {
			piece->events[i].fermata = false;
			piece->events[i].velocity = piece->events[i].kind == EVENT_NOTE ? VELOCITY : 0;
		}
		song = piece_to_song(piece);
	}
	if (song)
		result = output_write(path, song, false, NULL);
	song_free(song);
	piece_free(piece);
	free(path);
	return result;
}

/* ---- the key ------------------------------------------------------------- */

static void put_base64(FILE *out, const unsigned char *data, size_t size)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		const size_t n = size - i < 3 ? size - i : 3;
		unsigned bits = (unsigned)data[i] << 16;

		bits |= n > 1 ? (unsigned)data[i + 1] << 8 : 0;
		bits |= n > 2 ? data[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			fputc(k <= n ? letters[bits >> (18 - 6 * k) & 63] : '=', out);
		if (i + 3 >= size || (i + 3) % BYTES == 0)
			fputc('\n', out);
	}
}

/* Both files of words. `key`: the clear text. */
static int write_words(char seal[BLIND_SEAL_SIZE], const char *folder, const char *key, size_t size)
{
	char *key_path = file_join(folder, KEY), *read_me = file_join(folder, READ_ME), *sealed = NULL, *words = NULL;
	uint8_t digest[SHA256_SIZE];
	size_t sealed_size;
	FILE *out = open_memstream(&sealed, &sealed_size);
	int result = -1;

	if (out) {
		put_base64(out, (const unsigned char *)key, size);
		if (fclose(out) != 0)
			error("out of memory");
		else if (sealed && key_path && read_me)
			result = file_write(key_path, sealed, sealed_size);
	}
	if (result == 0) {
		sha256(digest, sealed, sealed_size);
		for (int i = 0; i < SHA256_SIZE; i++)
			snprintf(seal + 2 * i, 3, "%02x", digest[i]);
		words = text_format(
			"Listen to 01-a.mid and 01-b.mid, and so on to %02d: in each pair one is real music and one\n"
			"was made. Write down which is real before you open the key:\n\n"
			"    base64 -d %s\n\n"
			"Who guesses is right in half of them. SHA-256 of %s:\n%s\n",
			BLIND_PAIRS, KEY, KEY, seal);
		result = words ? file_write(read_me, words, strlen(words)) : -1;
	}
	free(words);
	free(sealed);
	free(key_path);
	free(read_me);
	return result;
}

/* ---- all of it ----------------------------------------------------------- */

static int put_line(FILE *key, int pair, bool made_first, const struct opening *made, const struct opening *real,
                    size_t bars)
{
	const struct corpus_piece *first = made_first ? made->piece : real->piece;
	const struct corpus_piece *second = made_first ? real->piece : made->piece;
	char *a = text_clean(first->path, strlen(first->path)), *b = text_clean(second->path, strlen(second->path));
	const int result = a && b ? 0 : -1;

	if (result == 0)
		fprintf(key, "%02d  a: %s, %s  b: %s, %s  (%zu bars)\n", pair + 1, made_first ? "made" : "real", a,
		        made_first ? "real" : "made", b, bars);
	free(a);
	free(b);
	return result;
}

static int write_pair(FILE *key, const char *folder, int pair, const struct opening *made, const struct opening *real,
                      bool made_first)
{
	const size_t n = bars_count(&made->bars), m = bars_count(&real->bars), shorter = n < m ? n : m;
	const size_t bars = shorter > BARS ? BARS : shorter > 1 ? shorter - 1 : 1;
	const int tempo = real->piece->piece->us_per_quarter;

	if (put_line(key, pair, made_first, made, real, bars) < 0)
		return -1;
	/* in the order of their names, so that the files' times do not tell */
	if (write_opening(pair_path(folder, pair, 'a'), made_first ? made : real, bars, tempo) < 0)
		return -1;
	return write_opening(pair_path(folder, pair, 'b'), made_first ? real : made, bars, tempo);
}

static int write_test(char seal[BLIND_SEAL_SIZE], const char *folder, const struct opening *made,
                      const struct opening *real, struct random *random)
{
	uint32_t order[BLIND_PAIRS];
	char *text = NULL;
	size_t size;
	FILE *key = open_memstream(&text, &size);
	int result = key ? 0 : error("out of memory");

	/* nor does the length of a pair tell its number */
	for (uint32_t i = 0; i < BLIND_PAIRS; i++)
		order[i] = i;
	random_shuffle(random, order, BLIND_PAIRS);
	for (int i = 0; i < BLIND_PAIRS && result == 0; i++)
		result = write_pair(key, folder, i, &made[order[i]], &real[order[i]], random_below(random, 2));
	if (key && fclose(key) != 0 && result == 0)
		result = error("out of memory");
	if (result == 0)
		result = write_words(seal, folder, text, size);
	free(text);
	return result;
}

int compare_blind(char seal[BLIND_SEAL_SIZE], const char *folder, const struct compare_result *r)
{
	const struct compare *c = r->compare;
	struct opening made[BLIND_PAIRS] = {{.number = 0}}, real[BLIND_PAIRS] = {{.number = 0}};
	struct random random = random_stream(COMPARE_SEED, r->made->fingerprint, r->real->fingerprint, 0);
	int result;

	if (r->made->n < BLIND_PAIRS || c->real < BLIND_PAIRS)
		return error("a listening test takes %d pieces of each kind; %zu were made and %zu are real",
		             BLIND_PAIRS, r->made->n, c->real);
	result = draw(made, r->made, NULL, r->made->n, &random);
	if (result == 0)
		result = draw(real, r->real, c->real_pieces, c->real, &random);
	if (result == 0)
		result = write_test(seal, folder, made, real, &random);
	for (int i = 0; i < BLIND_PAIRS; i++) {
		bars_done(&made[i].bars);
		bars_done(&real[i].bars);
	}
	return result;
}
