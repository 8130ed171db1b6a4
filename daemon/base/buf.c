/* A growing byte buffer with a ceiling. It fails softly: what a peer sizes must not end us. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define FIRST_SIZE 64

void buf_done(struct buf *buf)
{
	free(buf->data);
	*buf = BUF_INIT(buf->max);
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

/* Makes room for `len` more bytes and the NUL. */
static int reserve(struct buf *buf, size_t len)
{
	/* No object is larger than PTRDIFF_MAX, so the sums below cannot wrap. */
	size_t max = buf->max < PTRDIFF_MAX ? buf->max : PTRDIFF_MAX - 1;
	size_t need, size;
	char *data;

	if (buf->len > max || len > max - buf->len)
		return -E2BIG;
	need = buf->len + len + 1;
	if (need <= buf->size)
		return 0;

	/* Doubling keeps the cost of n small appends linear; the ceiling bounds the waste. */
	size = buf->size > FIRST_SIZE / 2 ? buf->size * 2 : FIRST_SIZE;
	if (size < need)
		size = need;
	if (size > max + 1)
		size = max + 1;
	data = realloc(buf->data, size);
	if (!data)
		return -ENOMEM;
	buf->data = data;
	buf->size = size;
	return 0;
}

int buf_add(struct buf *buf, const void *data, size_t len)
{
	int r;

	if (len == 0)
		return 0;
	r = reserve(buf, len);
	if (r < 0)
		return r;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return 0;
}

int buf_add_text(struct buf *buf, const char *text)
{
	return buf_add(buf, text, strlen(text));
}

int buf_add_format(struct buf *buf, const char *format, ...)
{
	char *text;
	va_list args;
	int len, r;

	/* Measured first, so that a text that is too long leaves the buffer as it was. */
	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return errno == ENOMEM ? -ENOMEM : -E2BIG;
	if (len == 0)
		return 0;
	r = reserve(buf, (size_t)len);
	if (r < 0)
		return r;

	text = buf->data + buf->len;
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
	return 0;
}

void buf_drop(struct buf *buf, size_t len)
{
	if (len >= buf->len) {
		buf_clear(buf);
		return;
	}
	if (len == 0)
		return;
	buf->len -= len;
	memmove(buf->data, buf->data + len, buf->len + 1);
}

char *buf_take(struct buf *buf)
{
	char *data = buf->data ? TAKE(buf->data) : xstrdup("");

	*buf = BUF_INIT(buf->max);
	return data;
}

const char *buf_text(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}
