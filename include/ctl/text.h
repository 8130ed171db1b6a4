/* What people read: times, lengths, sizes, colours, tables. What came from strangers is printed so
 * that it cannot move the cursor or forge a line. */
#ifndef MAAXD_CTL_TEXT_H
#define MAAXD_CTL_TEXT_H

#include "base/buf.h"
#include "ctl/ctl.h"

/* A text without control characters, invisible direction marks and line breaks, cut to `max`
 * columns (0: whole). A heap string. */
char *text_clean(const char *text, size_t max);
/* Columns on a terminal, counting a character as one. */
size_t text_width(const char *text);

#define TEXT_TIME_SIZE 64

/* An RFC 3339 time as a person reads it, "2026-11-25 11:04:05 CET"; "-" for NULL. */
const char *text_time(const struct ctl *ctl, const char *rfc3339, char out[static TEXT_TIME_SIZE]);
/* Only the time of day, with the day before it when it is not `now`'s. */
const char *text_clock(const struct ctl *ctl, const char *rfc3339, char out[static TEXT_TIME_SIZE]);

/* "0.4 s", "31 s", "5 min", "3 h 20 min", "3 d 4 h". */
const char *text_length(usec_t length, char out[static TEXT_TIME_SIZE]);
/* From one RFC 3339 time to another; 0 when either is missing. */
usec_t text_between(const char *from, const char *to);
/* "48 MB". */
const char *text_size(int64_t bytes, char out[static TEXT_TIME_SIZE]);

/*
 * "2h", "30m", "7d" ago; "today", "yesterday"; "2026-11-01", "2026-11-01 14:30"; or RFC 3339, as
 * RFC 3339. Days begin at local midnight (UTC with --utc). `now` is a wall clock time. 0 with a
 * heap string, or -EINVAL.
 */
MUST_CHECK int text_since(const struct ctl *ctl, const char *text, usec_t now, char **ret_rfc3339);

enum text_colour { TEXT_PLAIN, TEXT_GOOD, TEXT_WARN, TEXT_BAD, TEXT_DIM, TEXT_BOLD };

/* Prints in a colour, if there are colours. */
void text_put(const struct ctl *ctl, enum text_colour colour, const char *format, ...)
	PRINTF_LIKE(3, 4);
/* What colour a state's name has. */
enum text_colour text_state_colour(const char *state);

/* A table: cells are copied and cleaned; columns are as wide as their widest cell; the last one is
 * cut to what the terminal leaves. */
#define TABLE_MAX_COLUMNS 8
struct table {
	size_t columns;
	size_t count; /* cells */
	struct table_cell {
		char *text;
		enum text_colour colour;
	} * cells;
};
void table_add_heads(struct table *table, const char *const *heads, size_t count); /* first */
void table_add(struct table *table, enum text_colour colour, const char *text);
void table_print(const struct ctl *ctl, const struct table *table);
/* The same, or `none` when there is no row; nothing with --json, whose rows are out already. */
void table_print_rows(const struct ctl *ctl, const struct table *table, const char *none);
void table_done(struct table *table);

/* Columns of the terminal; 0: no terminal, cut nothing. */
size_t text_columns(void);

#endif
