/*
 * What fuzz targets share. Each is one function over bytes; it must end, stay within memory, and
 * keep the promises that it checks with MUST(). Included once a program.
 */
#ifndef MAAXD_TESTS_FUZZ_H
#define MAAXD_TESTS_FUZZ_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(promise) \
	do { \
		if (!(promise)) { \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise); \
			abort(); \
		} \
	} while (0)

/* Bytes of the input that are left. */
struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/* Takes the next line, without its end, as a heap string that ends at the first NUL. */
__attribute__((unused)) static char *fuzz_line(struct fuzz_input *input)
{
	const uint8_t *end = input->size > 0 ? memchr(input->data, '\n', input->size) : NULL;
	size_t len = end ? (size_t)(end - input->data) : input->size;
	char *line = xstrndup((const char *)input->data, len);

	len += end ? 1 : 0;
	input->data += len;
	input->size -= len;
	return line;
}

/* What is left, in memory of exactly its size; at least one byte is allocated. */
__attribute__((unused)) static char *fuzz_rest(const struct fuzz_input *input)
{
	char *rest = xcalloc(input->size > 0 ? input->size : 1, 1);

	if (input->size > 0)
		memcpy(rest, input->data, input->size);
	return rest;
}

#define FUZZ_PATH_SIZE 32

/* A file in memory with these bytes, which no others may read; its path is written to `path`. The
 * fd. */
__attribute__((unused)) static int fuzz_file(const uint8_t *data, size_t size,
					     char path[static FUZZ_PATH_SIZE])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	MUST(fd >= 0 && fchmod(fd, 0600) == 0);
	MUST(write(fd, data, size) == (ssize_t)size);
	snprintf(path, FUZZ_PATH_SIZE, "/proc/self/fd/%d", fd);
	return fd;
}

/* Words of a literal for a configuration. */
__attribute__((unused)) static void fuzz_words(const char *text, struct words *ret_words)
{
	const char *why = NULL;

	MUST(words_split(text, ret_words, &why) == 0);
}

#endif
