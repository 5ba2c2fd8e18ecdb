/* Pages of HTML. See page.h. */
#include "cli/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#define PAGE_MAX (64u << 20)

const char page_style[] =
	"body { margin: 2em auto; max-width: 76em; padding: 0 1em; color: #222; background: #fff;"
	" font: 15px/1.45 system-ui, sans-serif; }\n"
	"h1 { font-size: 1.5em; margin: 0 0 .5em; overflow-wrap: anywhere; }\n"
	"table { border-collapse: collapse; }\n"
	"th, td { text-align: left; vertical-align: top; padding: .15em 1.5em .15em 0; font-weight: normal;"
	" overflow-wrap: anywhere; }\n"
	"th { color: #666; }\n"
	"td.n { text-align: right; }\n";

/* The two characters that XML forbids among those of clean text become '?'. */
void page_put_part(FILE *out, const char *text, size_t size)
{
	for (const char *end = text + size; text < end; text++) {
		if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else if (*text == '\'')
			fputs("&#39;", out);
		else if (strncmp(text, "\xef\xbf\xbe", 3) == 0 || strncmp(text, "\xef\xbf\xbf", 3) == 0)
			fputc('?', out), text += 2;
		else
			fputc(*text, out);
	}
}

void page_put_clean(FILE *out, const char *text)
{
	page_put_part(out, text, strlen(text));
}

int page_put_text(FILE *out, const char *text)
{
	char *clean = text_clean(text, strlen(text));

	if (!clean)
		return -1;
	page_put_clean(out, clean);
	free(clean);
	return 0;
}

int page_put_names(FILE *out, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fputs(i > 0 ? ", " : "", out);
		if (page_put_text(out, names[i]) < 0)
			return -1;
	}
	return 0;
}

int page_check(const char *path, const char *mark, bool force)
{
	const size_t n = strlen(mark);
	struct file_beside f;
	unsigned char *data;
	bool ours;
	size_t size;

	if (*path && file_exists(path) && !file_is_folder(path) && !force) {
		if (file_read(path, PAGE_MAX, &data, &size) < 0)
			return -1;
		ours = size >= n && memcmp(data, mark, n) == 0;
		free(data);
		if (!ours)
			return error("%s: is there already, and musegen did not write it (-f replaces it)", path);
	}
	if (file_beside_begin(&f, path) < 0)
		return -1;
	file_beside_abort(&f);
	return 0;
}
