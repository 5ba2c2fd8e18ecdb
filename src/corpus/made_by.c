/*
 * The GNU build ID is a hash over everything that was linked, in a note that
 * is loaded with it: so a program that reads MIDI files differently has
 * another one, whatever version it says it is.
 */
#include "corpus/made_by.h"

#include <link.h>
#include <stdbool.h>
#include <string.h>

#include "corpus/words.h"

struct search {
	uintptr_t code; /* an address of ours */
	uint64_t hash;
};

static bool holds(const struct dl_phdr_info *object, uintptr_t address)
{
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];
		const uintptr_t start = object->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD && address >= start && address - start < p->p_memsz)
			return true;
	}
	return false;
}

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static void look_at_notes(struct search *s, const unsigned char *notes, size_t size)
{
	ElfW(Nhdr) head;

	while (size >= sizeof head) {
		size_t length;

		memcpy(&head, notes, sizeof head);
		length = sizeof head + padded(head.n_namesz) + padded(head.n_descsz);
		if (length > size)
			return;
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && memcmp(notes + sizeof head, "GNU", 4) == 0)
			s->hash = words_check(notes + sizeof head + 4, head.n_descsz);
		notes += length;
		size -= length;
	}
}

static int look_at_object(struct dl_phdr_info *object, size_t size, void *context)
{
	struct search *s = context;

	(void)size;
	if (!holds(object, s->code))
		return 0;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];

		if (p->p_type == PT_NOTE)
			look_at_notes(s, (const unsigned char *)object->dlpi_addr + p->p_vaddr, p->p_memsz);
	}
	return 1;
}

uint64_t made_by(void)
{
	static const char version[] = MUSEGEN_VERSION;
	struct search s = {(uintptr_t)version, words_check((const unsigned char *)version, sizeof version)};

	dl_iterate_phdr(look_at_object, &s);
	return s.hash;
}
