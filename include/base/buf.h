/*
 * A growing byte buffer with a ceiling. Whatever a peer can size lives in one of these.
 * The content is always followed by a NUL that does not count, so text needs no copy.
 */
#ifndef MAAXD_BASE_BUF_H
#define MAAXD_BASE_BUF_H

#include "base/base.h"

struct buf {
	char *data;  /* NULL until the first byte; owned */
	size_t len;  /* bytes in use, without the NUL */
	size_t size; /* bytes allocated */
	size_t max;  /* ceiling of len */
};

/* A buffer that may hold up to `max` bytes. Nothing is allocated yet. */
#define BUF_INIT(max_len) ((struct buf){ .max = (max_len) })

void buf_done(struct buf *buf);	 /* frees the content; the struct is as after BUF_INIT */
void buf_clear(struct buf *buf); /* forgets the content, keeps the memory */

/* Append. 0, or -E2BIG when the ceiling would be passed (the buffer is then unchanged), or -ENOMEM.
 */
MUST_CHECK int buf_add(struct buf *buf, const void *data, size_t len);
MUST_CHECK int buf_add_text(struct buf *buf, const char *text);
MUST_CHECK int buf_add_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Drops the first `len` bytes (at most all of them). */
void buf_drop(struct buf *buf, size_t len);

/* Hands the content over as a heap string and empties the buffer; "" when there was none. */
char *buf_take(struct buf *buf);

/* The content as text: never NULL. Borrowed until the next change. */
const char *buf_text(const struct buf *buf);

#endif
