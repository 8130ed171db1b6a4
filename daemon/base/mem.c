/*
 * Allocation of small things, which cannot fail: out of memory ends the process (see base/base.h).
 */
#include <stdarg.h>
#include <unistd.h>

#include "base/base.h"

/* Says so with what needs no memory; the core dump tells where. */
__attribute__((noreturn)) static void out_of_memory(void)
{
	static const char text[] = "<3>out of memory\n";

	IGNORE(write(STDERR_FILENO, text, sizeof(text) - 1) < 0); /* nowhere left to report it */
	abort();
}

void *xcalloc(size_t count, size_t size)
{
	void *pointer = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (!pointer)
		out_of_memory();
	return pointer;
}

void *xrealloc(void *pointer, size_t count, size_t size)
{
	void *grown = reallocarray(pointer, count > 0 ? count : 1, size > 0 ? size : 1);

	if (!grown)
		out_of_memory();
	return grown;
}

char *xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		out_of_memory();
	return copy;
}

char *xstrndup(const char *text, size_t len)
{
	char *copy = strndup(text, len);

	if (!copy)
		out_of_memory();
	return copy;
}

char *xasprintf(const char *format, ...)
{
	char *text;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		out_of_memory();
	return text;
}

char *xstrdup_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}
