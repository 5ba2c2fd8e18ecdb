/* What the program says to its user: one line an error, everything from outside made safe for a terminal, words quoted for a shell. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

/* Lines are kept apart, since a few of our messages list things; all else that is not text becomes '?'. */
void put_clean(FILE *out, const char *text)
{
	for (;;) {
		size_t length = strcspn(text, "\n");
		char *clean = text_clean(text, length);

		fputs(clean ? clean : "(out of memory)", out);
		free(clean);
		if (!text[length])
			return;
		fputc('\n', out);
		text += length + 1;
	}
}

int fail(void)
{
	const char *message = error_message();

	if (!*message)
		BUG("a failure without a message");
	fflush(stdout);
	fputs("musegen: ", stderr);
	put_clean(stderr, message);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

int fail_usage(const char *fmt, ...)
{
	char message[ERROR_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof message, fmt, args);
	va_end(args);
	fflush(stdout);
	fputs("musegen: ", stderr);
	put_clean(stderr, message);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

static void print_log(void *context, enum log_level level, const char *message)
{
	(void)context;
	flockfile(stderr);
	fputs(level == LOG_WARNING ? "musegen: warning: " : "musegen: ", stderr);
	put_clean(stderr, message);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void print_log_plainly(void)
{
	log_set_sink(print_log, NULL);
}

/* Words of these alone mean themselves to every shell. */
static bool is_plain(const char *word)
{
	return *word &&
	       strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%") == strlen(word);
}

char *command_line(size_t n, const char *const *words)
{
	size_t size = 1;
	char *line, *p;

	/* a quote inside quotes takes four bytes: '\'' */
	for (size_t i = 0; i < n; i++)
		size += 4 * strlen(words[i]) + 3;
	line = p = mem_new(size, 1);
	if (!line)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *word = words[i];

		if (i > 0)
			*p++ = ' ';
		if (is_plain(word)) {
			p = stpcpy(p, word);
			continue;
		}
		*p++ = '\'';
		for (; *word; word++) {
			if (*word == '\'')
				p = stpcpy(p, "'\\''");
			else
				*p++ = *word;
		}
		*p++ = '\'';
	}
	*p = '\0';
	return line;
}
