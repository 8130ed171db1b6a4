/*
 * INI files. libini_config parses; this file adds what it leaves out: it stops at a character it
 * dislikes without saying where, drops keys before the first heading, says nothing of a duplicate
 * in the last section, and gives sections no line. So the lines are looked over first, and the
 * library fills in the values.
 */
#include <errno.h>
#include <fcntl.h>
#include <ini_configobj.h>
#include <ini_valueobj.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/json.h"

#define MAX_FILE MIB
#define MAX_ERROR_TEXT (64 * KIB)
#define MAX_ERROR_LINE 1000
#define UTF8_BOM "\xef\xbb\xbf"

/* A problem, kept until all are known: they are told in the order of their lines. */
struct problem {
	unsigned line;
	char *text;
};

struct reader {
	struct conf *conf;
	char **headings; /* the text between the brackets, one for each section of conf */
	size_t heading_count;
	bool is_in_section; /* a heading, good or bad, has been seen */
	struct problem *problems;
	size_t problem_count;
	struct ini_cfgobj *ini;
};

void conf_error(struct conf_errors *errors, const char *path, unsigned line, const char *format,
		...)
{
	char text[MAX_ERROR_LINE];
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(text, sizeof(text), format, args)); /* a cut text is good enough */
	va_end(args);

	errors->count++;
	if (errors->text.max == 0)
		errors->text.max = MAX_ERROR_TEXT;
	/* When the buffer is full, the first problems are there to be mended first. */
	if (line > 0)
		IGNORE(buf_add_format(&errors->text, "%s:%u: %s\n", path, line, text));
	else
		IGNORE(buf_add_format(&errors->text, "%s: %s\n", path, text));
}

void conf_errors_done(struct conf_errors *errors)
{
	buf_done(&errors->text);
	errors->count = 0;
}

struct conf *conf_free(struct conf *conf)
{
	if (!conf)
		return NULL;
	for (size_t i = 0; i < conf->count; i++) {
		struct conf_section *section = &conf->sections[i];

		for (size_t k = 0; k < section->count; k++) {
			free(section->keys[k].name);
			free(section->keys[k].value);
		}
		free(section->keys);
		free(section->kind);
		free(section->label);
	}
	free(conf->sections);
	free(conf->path);
	free(conf);
	return NULL;
}

PRINTF_LIKE(3, 4)
static void add_problem(struct reader *reader, unsigned line, const char *format, ...)
{
	char text[MAX_ERROR_LINE];
	size_t count = reader->problem_count;
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(text, sizeof(text), format, args));
	va_end(args);

	reader->problems = xrealloc(reader->problems, count + 1, sizeof(*reader->problems));
	reader->problems[count] = (struct problem){ line, xstrdup(text) };
	reader->problem_count++;
}

static int compare_problems(const void *a, const void *b)
{
	const struct problem *left = a, *right = b;

	return (left->line > right->line) - (left->line < right->line);
}

/* Reads a whole regular file, followed by a NUL. 0, or negative errno (-EFBIG: over MAX_FILE). */
static int read_file(const char *path, struct buf *out)
{
	CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat info;
	char chunk[8 * KIB];
	ssize_t got;

	if (fd < 0 || fstat(fd, &info) < 0)
		return -errno;
	if (!S_ISREG(info.st_mode))
		return S_ISDIR(info.st_mode) ? -EISDIR : -EINVAL;
	while ((got = read(fd, chunk, sizeof(chunk))) > 0) {
		int r = buf_add(out, chunk, (size_t)got);

		if (r < 0)
			return r == -E2BIG ? -EFBIG : r;
	}
	return got < 0 ? -errno : 0;
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r", text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* What the library takes in a name; anything else makes it give up without a line number. */
static bool is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || strchr("![]\"'", text[i]))
			return false;
	return len > 0;
}

/* Splits `kind "label"`. False when it is not of that form. */
static bool split_heading(const char *heading, char **ret_kind, char **ret_label)
{
	size_t kind_len = strcspn(heading, " \t\"");
	const char *label = heading + kind_len + strspn(heading + kind_len, " \t");
	size_t label_len;

	if (!is_name(heading, kind_len))
		return false;
	if (*label == '\0') {
		*ret_kind = xstrndup(heading, kind_len);
		*ret_label = NULL;
		return true;
	}
	label_len = strlen(label);
	if (label[0] != '"' || label_len < 3 || label[label_len - 1] != '"')
		return false;
	if (!is_name(label + 1, label_len - 2))
		return false;
	*ret_kind = xstrndup(heading, kind_len);
	*ret_label = xstrndup(label + 1, label_len - 2);
	return true;
}

/* The library takes names that differ only in case for the same one, and so do we. */
static const struct conf_section *find_twin(const struct conf *conf, const char *kind,
					    const char *label)
{
	for (size_t i = 0; i < conf->count; i++) {
		const struct conf_section *other = &conf->sections[i];

		if (strcasecmp(other->kind, kind) == 0 && !other->label == !label &&
		    (!label || strcasecmp(other->label, label) == 0))
			return other;
	}
	return NULL;
}

static void add_section(struct reader *reader, unsigned line, char *heading)
{
	CLEANUP(freep) char *kind = NULL;
	CLEANUP(freep) char *label = NULL;
	struct conf *conf = reader->conf;
	const struct conf_section *twin;

	if (!split_heading(heading, &kind, &label)) {
		add_problem(reader, line,
			    "heading [%.100s] is not understood: write [kind] or [kind \"name\"]",
			    heading);
		return;
	}
	twin = find_twin(conf, kind, label);
	if (twin) {
		add_problem(reader, line,
			    "section [%.100s] is there twice, first in line %u: join the two",
			    heading, twin->line);
		return;
	}
	conf->sections = xrealloc(conf->sections, conf->count + 1, sizeof(*conf->sections));
	reader->headings = xrealloc(reader->headings, conf->count + 1, sizeof(char *));
	reader->headings[reader->heading_count++] = xstrdup(heading);
	conf->sections[conf->count++] =
		(struct conf_section){ .kind = TAKE(kind), .label = TAKE(label), .line = line };
}

static bool has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool is_line_end = text[i] == '\r' && i + 1 == len;

		if ((((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f) &&
		    !is_line_end)
			return true;
	}
	return false;
}

/* One line, NUL-terminated in place of its newline: what the library would not tell of it. */
static void scan_line(struct reader *reader, unsigned number, char *line, size_t len)
{
	char *equals, *close;

	if (!json_is_utf8(line, len)) {
		add_problem(reader, number, "not UTF-8: save the file in that encoding");
		return;
	}
	if (has_control(line, len)) {
		add_problem(reader, number, "holds a NUL or another control character: remove it");
		return;
	}
	if (line[0] == '[') {
		reader->is_in_section = true;
		close = strrchr(line, ']');
		if (!close || *trim(close + 1) != '\0')
			return; /* the library tells */
		*close = '\0';
		add_section(reader, number, trim(line + 1));
		return;
	}
	equals = strchr(line, '=');
	if (!equals || strchr("#; \t", line[0]))
		return;
	*equals = '\0';
	line = trim(line);
	if (*line && !is_name(line, strlen(line)))
		add_problem(reader, number, "key \"%.100s\" has a character that no key has", line);
	else if (!reader->is_in_section)
		add_problem(reader, number,
			    "key \"%.100s\" stands before the first section: move it into one",
			    line);
}

static void scan_lines(struct reader *reader, const struct buf *text)
{
	CLEANUP(freep) char *copy = xcalloc(text->len + 1, 1);
	size_t start = 0;
	unsigned number = 0;

	if (text->len > 0)
		memcpy(copy, text->data, text->len);
	while (start < text->len) {
		char *newline = memchr(copy + start, '\n', text->len - start);
		size_t end = newline ? (size_t)(newline - copy) : text->len;

		copy[end] = '\0';
		scan_line(reader, ++number, copy + start, end - start);
		start = end + 1;
	}
}

static const char *error_text(unsigned number)
{
	static const char *const texts[ERR_MAXPARSE + 1] = {
		[ERR_LONGDATA] = "the line is too long: shorten it",
		[ERR_NOCLOSESEC] = "the heading does not end with its bracket: write [kind] or "
				   "[kind \"name\"], and a comment on a line of its own",
		[ERR_NOSECTION] = "the heading is empty: write [kind] or [kind \"name\"]",
		[ERR_SECTIONLONG] = "the heading is too long: shorten the name",
		[ERR_NOEQUAL] = "no '=' in this line: write key = value, and begin a comment "
				"with '#'",
		[ERR_NOKEY] = "nothing before '=': write key = value",
		[ERR_LONGKEY] = "the key is too long",
		[ERR_SPACE] = "the line begins with a blank: values do not continue on a second "
			      "line, and keys stand at the margin",
		[ERR_TAB] = "the line begins with a tab: values do not continue on a second "
			    "line, and keys stand at the margin",
	};

	if (number < ARRAY_SIZE(texts) && texts[number])
		return texts[number];
	return "the line cannot be parsed: write key = value";
}

/* The library gives its errors as text: "Error (5) on line 29: Equal sign is missing." */
static void collect_parser_errors(struct reader *reader)
{
	char **list;

	if (ini_config_error_count(reader->ini) == 0 ||
	    ini_config_get_errors(reader->ini, &list) != 0)
		return;
	for (char **text = list; *text; text++) {
		unsigned number, line;

		/* NOLINTNEXTLINE(cert-err34-c): the library's own text, whose numbers are small */
		if (sscanf(*text, "Error (%u) on line %u", &number, &line) == 2)
			add_problem(reader, line, "%s", error_text(number));
		else
			add_problem(reader, 0, "%s", *text);
	}
	ini_config_free_errors(list);
}

static int parse(struct reader *reader, struct buf *text)
{
	struct ini_cfgfile *file;
	int r;

	if (ini_config_create(&reader->ini) != 0)
		return -ENOMEM;
	r = ini_config_file_from_mem(text->data, (uint32_t)text->len, &file);
	if (r != 0)
		return -r;
	r = ini_config_parse(file, INI_STOP_ON_NONE, INI_MS_MERGE | INI_MV1S_ALLOW | INI_MV2S_ALLOW,
			     INI_PARSE_NOWRAP | INI_PARSE_NOSPACE | INI_PARSE_NOTAB |
				     INI_PARSE_NO_C_COMMENTS,
			     reader->ini);
	ini_config_file_destroy(file);
	collect_parser_errors(reader);
	return -r;
}

static void add_key(struct reader *reader, struct conf_section *section, struct value_obj *value,
		    const char *name)
{
	char *text = ini_get_string_config_value(value, NULL);
	uint32_t line = 0;

	if (!text || value_get_line(value, &line) != 0) {
		free(text);
		add_problem(reader, section->line, "key \"%s\" cannot be read", name);
		return;
	}
	section->keys = xrealloc(section->keys, section->count + 1, sizeof(*section->keys));
	section->keys[section->count++] = (struct conf_key){ xstrdup(name), text, line };
}

static bool has_key(const struct conf_section *section, const char *name)
{
	for (size_t i = 0; i < section->count; i++)
		if (strcasecmp(section->keys[i].name, name) == 0)
			return true;
	return false;
}

/* Says where the second use of a key is: the library's search goes from the first to the next. */
static void add_duplicate(struct reader *reader, const char *heading, const char *name)
{
	struct value_obj *value = NULL;
	uint32_t first = 0, second = 0;

	if (ini_get_config_valueobj(heading, name, reader->ini, INI_GET_FIRST_VALUE, &value) != 0 ||
	    !value || value_get_line(value, &first) != 0)
		return;
	if (ini_get_config_valueobj(heading, name, reader->ini, INI_GET_NEXT_VALUE, &value) == 0 &&
	    value)
		IGNORE(value_get_line(value, &second));
	add_problem(reader, second, "key \"%s\" is there twice, first in line %u: keep one", name,
		    first);
}

static void fill_section(struct reader *reader, struct conf_section *section, const char *heading)
{
	int count = 0, error = 0;
	char **names = ini_get_attribute_list(reader->ini, heading, &count, &error);

	for (int i = 0; names && i < count; i++) {
		struct value_obj *value = NULL;

		if (has_key(section, names[i])) {
			add_duplicate(reader, heading, names[i]);
		} else if (ini_get_config_valueobj(heading, names[i], reader->ini,
						   INI_GET_FIRST_VALUE, &value) == 0 &&
			   value) {
			add_key(reader, section, value, names[i]);
		}
	}
	ini_free_attribute_list(names);
}

static void read_sections(struct reader *reader, struct buf *text)
{
	int r;

	scan_lines(reader, text);
	if (text->len == 0)
		return;
	r = parse(reader, text);
	if (r < 0) {
		if (reader->problem_count == 0)
			add_problem(reader, 0, "cannot be parsed: %s", strerror(-r));
		return;
	}
	for (size_t i = 0; i < reader->conf->count; i++)
		fill_section(reader, &reader->conf->sections[i], reader->headings[i]);
}

static void tell_problems(struct reader *reader, struct conf_errors *errors)
{
	if (reader->problem_count > 1)
		qsort(reader->problems, reader->problem_count, sizeof(*reader->problems),
		      compare_problems);
	for (size_t i = 0; i < reader->problem_count; i++)
		conf_error(errors, reader->conf->path, reader->problems[i].line, "%s",
			   reader->problems[i].text);
}

static void reader_done(struct reader *reader)
{
	for (size_t i = 0; i < reader->heading_count; i++)
		free(reader->headings[i]);
	free(reader->headings);
	for (size_t i = 0; i < reader->problem_count; i++)
		free(reader->problems[i].text);
	free(reader->problems);
	if (reader->ini)
		ini_config_destroy(reader->ini);
	conf_free(reader->conf);
}

int conf_read(const char *path, struct conf **ret_conf, struct conf_errors *errors)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MAX_FILE);
	CLEANUP(reader_done) struct reader reader = { .conf = xnew(struct conf) };
	int r = read_file(path, &text);

	*ret_conf = NULL;
	if (r < 0) {
		conf_error(errors, path, 0, "cannot be read: %s",
			   r == -EFBIG ? "larger than 1 MiB" : strerror(-r));
		return -EINVAL;
	}
	if (text.len >= strlen(UTF8_BOM) && memcmp(text.data, UTF8_BOM, strlen(UTF8_BOM)) == 0)
		buf_drop(&text, strlen(UTF8_BOM));
	reader.conf->path = xstrdup(path);
	read_sections(&reader, &text);
	if (reader.problem_count > 0) {
		tell_problems(&reader, errors);
		return -EINVAL;
	}
	*ret_conf = TAKE(reader.conf);
	return 0;
}
