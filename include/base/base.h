/* The few words every file uses: attributes, units, scope cleanup and allocation that cannot fail.
 */
#ifndef MAAXD_BASE_BASE_H
#define MAAXD_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_arg) \
	__attribute__((format(printf, format_index, first_arg)))
#define CLEANUP(function) __attribute__((cleanup(function)))

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Microseconds. A point in time has the suffix _at, a length none. */
typedef uint64_t usec_t;

#define USEC_NEVER UINT64_MAX
#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC ((usec_t)1000000)
#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MINUTE)
#define USEC_PER_DAY (24 * USEC_PER_HOUR)

/* Hands a pointer over: yields it and leaves NULL behind, so that scope cleanup finds nothing. */
#define TAKE(pointer) \
	({ \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL; \
		taken_; \
	})

/* Ignores a MUST_CHECK result on purpose; the reason stands beside the call. */
#define IGNORE(call) \
	do { \
		if (call) { \
		} \
	} while (0)

/* Defines name##p(), the cleanup function of a pointer variable, from its destructor. */
#define DEFINE_CLEANUP(type, destructor) \
	static inline void destructor##p(type *pointer) \
	{ \
		if (*pointer) \
			destructor(*pointer); \
	}

/*
 * Allocation of small things of a fixed or already bounded size. They abort the process when memory
 * is out: every durable fact is on disk, and the service manager starts us again. Whatever a peer
 * sizes goes through base/buf.h, which has a ceiling and fails softly.
 */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2), returns_nonnull));
void *xrealloc(void *pointer, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *text, size_t len) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((returns_nonnull));

#define xnew(type) ((type *)xcalloc(1, sizeof(type)))

/* xstrdup() that passes NULL through. */
char *xstrdup_null(const char *text);

/* Cleanup function for heap memory. */
static inline void freep(void *pointer)
{
	free(*(void **)pointer);
}

/* Cleanup function for a file descriptor; -1 is none. */
static inline void closep(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline bool streq(const char *a, const char *b)
{
	return __builtin_strcmp(a, b) == 0;
}

static inline usec_t usec_min(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

static inline usec_t usec_max(usec_t a, usec_t b)
{
	return a > b ? a : b;
}

#endif
