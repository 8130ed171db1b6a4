/*
 * The option table: every section and key of the configuration, with type, place, default, range
 * and help. Shared by the options_*.c files only; the rest of the program sees options.h.
 */
#ifndef MAAXD_OPTIONS_TABLE_H
#define MAAXD_OPTIONS_TABLE_H

#include "options.h"

enum section {
	SECTION_MAAXD,
	SECTION_LISTENER,
	SECTION_MAAX,
	SECTION_AI,
	SECTION_SOURCE,
	SECTION_DESTINATION,
	SECTION_RETENTION,
	SECTION_MAX
};

/* One kind of section. Labelled ones are arrays in struct config, the others embedded in it. */
struct section_type {
	const char *name;
	bool has_label;	     /* [kind "name"]; the struct then begins with name and line */
	size_t place;	     /* in struct config: of the array pointer, or of the struct itself */
	size_t count_place;  /* of the array's count */
	size_t size;	     /* of one struct */
	const char *example; /* the label in the example */
	const char *help;
};

extern const struct section_type section_types[SECTION_MAX];

enum option_type {
	OPT_TEXT,      /* char *: printable, without blanks */
	OPT_NAME,      /* char *: one of the choices; "none" is kept as "" */
	OPT_PATH,      /* char *: absolute */
	OPT_FILE,      /* char *: of a secret: absolute path, or the name of a credential */
	OPT_URL,       /* char * */
	OPT_BASE_URL,  /* char *: a URL that paths are added to; without a trailing slash */
	OPT_LISTEN,    /* char *: address:port or unix:/path */
	OPT_MODE,      /* char *: octal permissions */
	OPT_NUMBER,    /* uint64_t */
	OPT_SIZE,      /* uint64_t, bytes */
	OPT_DURATION,  /* usec_t */
	OPT_RATE,      /* struct rate_limit */
	OPT_SCHEDULE,  /* struct retry_schedule */
	OPT_CHOICE,    /* enum or int: value of one of the choices */
	OPT_FLAGS,     /* unsigned: values of the chosen ones, or-ed */
	OPT_WORDS,     /* struct words */
	OPT_POINTERS,  /* struct words: JSON Pointers */
	OPT_COMMAND,   /* struct words: an argument vector, its first an absolute path */
	OPT_STRING,    /* char *: one line of UTF-8, blanks and all */
	OPT_TEMPLATE,  /* struct template * (base/template.h) */
	OPT_CONDITION, /* struct condition * (base/condition.h) */
	OPT_TYPE_MAX
};

enum option_flags {
	OPT_RELOAD = 1 << 0,   /* takes effect at a reload */
	OPT_RESTART = 1 << 1,  /* a reload that changes it is refused */
	OPT_REQUIRED = 1 << 2, /* has no default and must be there */
	OPT_SHOWN = 1 << 3,    /* set in the example though it need not be */
	OPT_EMPTY = 1 << 4,    /* may be an empty list */
};

/* Beside the flags: the kinds (kind = …) of a section that know the key. Without any, all do. */
#define OPT_KIND(kind) (1U << (8 + (kind)))
#define OPT_KINDS 0xffffff00U

struct option_choice {
	const char *name;
	unsigned value;
	bool is_planned; /* named in the documents, but not built yet */
};

struct option {
	enum section section;
	const char *key;
	size_t place; /* in the section's struct */
	enum option_type type;
	unsigned flags;
	uint64_t min, max;    /* of numbers, sizes, durations, each step of a schedule, a count */
	const char *fallback; /* the default as one would write it; NULL: none */
	const char *sample;   /* for the example, when there is no default or a better value */
	const struct option_choice *choices; /* ends with a NULL name */
	const char *help;		     /* one to three lines */
};

extern const struct option options[];
extern const size_t option_count;

const struct option *option_find(enum section section, const char *key); /* NULL: no such key */
int section_find(const char *name);					 /* -ENOENT */

/* The sections of one kind in a configuration: their number, and each one's struct. */
size_t section_count(const struct config *config, enum section section);
void *section_at(const struct config *config, enum section section, size_t index);

/* What the struct of every labelled section begins with. */
struct section_head {
	char *name;
	unsigned line;
};

/* The kind bit, OPT_KIND(), that a section's struct has; OPT_KINDS when it has no `kind` key. */
unsigned section_kinds(enum section section, const void *place);
/* Whether a key is for any of these kinds. */
bool option_is_for(const struct option *option, unsigned kinds);

/* Its name; NULL of one without a label. */
char *section_name(const struct config *config, enum section section, size_t index);

/*
 * Values by type. option_parse() gives 0, or -EINVAL with *ret_why (heap: what is wrong and what to
 * do, without the value of anything that could be a secret). option_format() writes a value as one
 * would write it in the file.
 */
MUST_CHECK int option_parse(const struct option *option, const char *text, void *section,
			    char **ret_why);
MUST_CHECK int option_format(const struct option *option, const void *section, struct buf *out);
bool option_is_set(const struct option *option, const void *section);
void option_done(const struct option *option, void *section);

/* options_texts.c: whether a text will do for one of the types that are kept as text. */
MUST_CHECK int option_check_text(const struct option *option, const char *text, char **ret_why);
bool option_is_unix(const char *listen);
/* Sets *ret_why to a heap text and gives -EINVAL. */
int option_refuse(char **ret_why, const char *format, ...) PRINTF_LIKE(2, 3);
/* "did you mean …?" or a list of what there is, as a heap text. */
char *option_suggest(const struct option_choice *choices, const char *word);

/* The host of a checked URL, without brackets; a heap string. */
char *option_url_host(const char *url);
bool option_is_loopback(const char *host);

/* What a load has in hand. Problems are told with the line of the key they are about. */
struct load {
	const struct conf *conf;
	struct config *config;
	struct conf_errors *errors;
	struct conf_errors *warnings;
};

/* Where a problem is: a key of a section, or the section when the key is not written. */
struct option_site {
	enum section section;
	const char *name; /* NULL in sections without a label */
	const char *key;
};

/* A key of a destination. */
static inline struct option_site option_site_of(const struct config_destination *destination,
						const char *key)
{
	return (struct option_site){ SECTION_DESTINATION, destination->name, key };
}

void load_error(const struct load *load, struct option_site site, const char *format, ...)
	PRINTF_LIKE(3, 4);
void load_warning(const struct load *load, struct option_site site, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* options_resolve.c, options_secrets.c, options_relay.c, options_calls.c, options_mails.c,
 * options_check.c: the steps after parsing. */
void options_resolve(struct load *load);
void options_load_secrets(struct load *load);
void options_make_relays(struct load *load);
void options_make_calls(struct load *load);
void options_check_mails(struct load *load);
void options_check(struct load *load);

#endif
