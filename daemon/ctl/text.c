/* Cleaned text, lengths, sizes, colours and tables. Times: times.c. See text.h. */
#include "ctl/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MAX_CLEAN (4 * MIB)

/* ---- what strangers wrote ---- */

/* Bytes of the character at `text`, 1 for what is no UTF-8. */
static size_t character_len(const char *text)
{
	unsigned char first = (unsigned char)text[0];
	size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;

	for (size_t i = 1; i < len; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 1;
	return len;
}

/* Control characters, those of C1 (U+0080 to U+009F), and marks that turn the direction of writing.
 */
static bool is_unsafe(const char *text, size_t len)
{
	unsigned char a = (unsigned char)text[0];
	unsigned char b = len > 1 ? (unsigned char)text[1] : 0;
	unsigned char c = len > 2 ? (unsigned char)text[2] : 0;

	if (len == 1)
		return a < 0x20 || a >= 0x7f;
	if (len == 2)
		return a == 0xc2 && b < 0xa0;
	return len == 3 && a == 0xe2 &&
	       ((b == 0x80 && (c == 0x8e || c == 0x8f || (c >= 0xa8 && c <= 0xae))) ||
		(b == 0x81 && c >= 0xa6 && c <= 0xa9));
}

char *text_clean(const char *text, size_t max)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(MAX_CLEAN);
	bool is_cut = max > 0 && text_width(text) > max;
	size_t left = is_cut ? max - 1 : SIZE_MAX;
	int r = 0;

	while (*text && left > 0 && r == 0) {
		size_t len = character_len(text);
		bool is_blank = *text == '\n' || *text == '\t' || *text == '\r';

		if (is_blank)
			r = buf_add(&out, " ", 1);
		else if (is_unsafe(text, len))
			r = buf_add(&out, "?", 1);
		else
			r = buf_add(&out, text, len);
		text += len;
		left--;
	}
	if (is_cut && r == 0)
		IGNORE(buf_add_text(&out, "…")); /* a mark for people */
	return buf_take(&out);
}

size_t text_width(const char *text)
{
	size_t width = 0;

	while (*text) {
		text += character_len(text);
		width++;
	}
	return width;
}

/* ---- lengths and sizes ---- */

const char *text_length(usec_t length, char out[static TEXT_TIME_SIZE])
{
	unsigned long long seconds = length / USEC_PER_SEC;

	if (length < 10 * USEC_PER_SEC && length % USEC_PER_SEC != 0)
		snprintf(out, TEXT_TIME_SIZE, "%.1f s", (double)length / USEC_PER_SEC);
	else if (seconds < 120)
		snprintf(out, TEXT_TIME_SIZE, "%llu s", seconds);
	else if (seconds < 3600)
		snprintf(out, TEXT_TIME_SIZE, "%llu min", seconds / 60);
	else if (seconds < 86400)
		snprintf(out, TEXT_TIME_SIZE, "%llu h %llu min", seconds / 3600, seconds / 60 % 60);
	else
		snprintf(out, TEXT_TIME_SIZE, "%llu d %llu h", seconds / 86400,
			 seconds / 3600 % 24);
	return out;
}

const char *text_size(int64_t bytes, char out[static TEXT_TIME_SIZE])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1000 && unit + 1 < ARRAY_SIZE(units)) {
		value /= 1000;
		unit++;
	}
	snprintf(out, TEXT_TIME_SIZE, value < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", value,
		 units[unit]);
	return out;
}

/* ---- colours ---- */

void text_put(const struct ctl *ctl, enum text_colour colour, const char *format, ...)
{
	static const char *const codes[] = {
		[TEXT_PLAIN] = "",	 [TEXT_GOOD] = "\033[32m", [TEXT_WARN] = "\033[33m",
		[TEXT_BAD] = "\033[31m", [TEXT_DIM] = "\033[2m",   [TEXT_BOLD] = "\033[1m",
	};
	bool is_coloured = ctl->has_colour && colour != TEXT_PLAIN;
	va_list args;

	if (is_coloured)
		fputs(codes[colour], stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	if (is_coloured)
		fputs("\033[0m", stdout);
}

enum text_colour text_state_colour(const char *state)
{
	static const struct {
		const char *state;
		enum text_colour colour;
	} colours[] = {
		{ "answered", TEXT_GOOD }, { "delivered", TEXT_GOOD }, { "matched", TEXT_GOOD },
		{ "healthy", TEXT_GOOD },  { "OK", TEXT_GOOD },	       { "overdue", TEXT_WARN },
		{ "held", TEXT_WARN },	   { "unmatched", TEXT_WARN }, { "unmapped", TEXT_WARN },
		{ "degraded", TEXT_WARN }, { "TEMPFAIL", TEXT_WARN },  { "UNCERTAIN", TEXT_WARN },
		{ "failed", TEXT_BAD },	   { "dead", TEXT_BAD },       { "PERMFAIL", TEXT_BAD },
		{ "down", TEXT_BAD },	   { "cancelled", TEXT_DIM },  { "duplicate", TEXT_DIM },
		{ "dropped", TEXT_DIM },
	};

	for (size_t i = 0; state && i < ARRAY_SIZE(colours); i++)
		if (streq(colours[i].state, state))
			return colours[i].colour;
	return TEXT_PLAIN;
}

/* ---- tables ---- */

size_t text_columns(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0)
		return size.ws_col;
	return 0;
}

void table_add(struct table *table, enum text_colour colour, const char *text)
{
	table->cells = xrealloc(table->cells, table->count + 1, sizeof(*table->cells));
	table->cells[table->count++] =
		(struct table_cell){ .text = text_clean(text ? text : "-", 0), .colour = colour };
}

void table_add_heads(struct table *table, const char *const *heads, size_t count)
{
	table->columns = count;
	for (size_t i = 0; i < count; i++)
		table_add(table, TEXT_BOLD, heads[i]);
}

void table_print(const struct ctl *ctl, const struct table *table)
{
	size_t widths[TABLE_MAX_COLUMNS] = { 0 };
	size_t columns = text_columns();
	size_t used = 0;

	for (size_t i = 0; i < table->count; i++) {
		size_t width = text_width(table->cells[i].text);

		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t i = 0; i + 1 < table->columns; i++)
		used += widths[i] + 2;
	for (size_t i = 0; i < table->count; i++) {
		const struct table_cell *cell = &table->cells[i];
		size_t column = i % table->columns;
		bool is_last = column + 1 == table->columns;
		size_t room = columns > used + 20 ? columns - used : columns > 0 ? 20 : 0;
		CLEANUP(freep) char *text = text_clean(cell->text, is_last ? room : 0);

		text_put(ctl, cell->colour, "%s", text);
		if (is_last)
			putchar('\n');
		else
			printf("%*s", (int)(widths[column] + 2 - text_width(text)), "");
	}
}

void table_print_rows(const struct ctl *ctl, const struct table *table, const char *none)
{
	if (ctl->is_json)
		return;
	if (table->count > table->columns)
		table_print(ctl, table);
	else
		printf("%s\n", none);
}

void table_done(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i].text);
	free(table->cells);
	*table = (struct table){ 0 };
}
