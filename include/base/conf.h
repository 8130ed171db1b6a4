/*
 * Reads an INI file with libini_config into sections and keys that know their line. The only file
 * that knows that library. What is allowed in which section is options.c's business.
 */
#ifndef MAAXD_BASE_CONF_H
#define MAAXD_BASE_CONF_H

#include "base/base.h"
#include "base/buf.h"

struct conf_key {
	char *name;
	char *value; /* as written, without surrounding blanks */
	unsigned line;
};

struct conf_section {
	char *kind;  /* "listener" of [listener "public"] */
	char *label; /* "public"; NULL without one */
	unsigned line;
	struct conf_key *keys;
	size_t count;
};

struct conf {
	char *path;
	struct conf_section *sections;
	size_t count;
};

/* Problems, one a line: "FILE:LINE: what: what to do". */
struct conf_errors {
	struct buf text;
	unsigned count;
};

void conf_error(struct conf_errors *errors, const char *path, unsigned line, const char *format,
		...) PRINTF_LIKE(4, 5);

/*
 * Reads and splits a file. All problems of the file are collected in `errors` (duplicate sections
 * and keys, lines without '=', continuation lines, bad UTF-8, NUL). 0; -EINVAL when errors were
 * added
 * (*ret_conf is then NULL).
 */
MUST_CHECK int conf_read(const char *path, struct conf **ret_conf, struct conf_errors *errors);
struct conf *conf_free(struct conf *conf);
void conf_errors_done(struct conf_errors *errors);

#endif
