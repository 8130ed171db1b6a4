/*
 * Loads the configuration: sections and keys go through the option table into struct config; then
 * references, secrets and the rules between keys follow. All problems are told at once.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/template.h"
#include "options_table.h"

#define MAX_LABEL 64
#define MAX_PROBLEM 1000
#define MAX_KEYS 64

DEFINE_CLEANUP(struct config *, config_free)
DEFINE_CLEANUP(struct conf *, conf_free)

static const char *const event_names[EVENT_TYPE_MAX] = {
	[EVENT_ANSWER] = "answer.received",	  [EVENT_FOLLOWUP] = "followup.received",
	[EVENT_EMERGENCY] = "emergency.received", [EVENT_OVERDUE] = "answer.overdue",
	[EVENT_FAILED] = "message.failed",
};

const char *event_type_name(enum event_type type)
{
	return event_names[type];
}

int event_type_parse(const char *name)
{
	for (int i = 0; i < EVENT_TYPE_MAX; i++)
		if (streq(event_names[i], name))
			return i;
	return -EINVAL;
}

/* The line of a site: of the key, else of its section, else 0. */
static unsigned site_line(const struct load *load, struct option_site site)
{
	const char *kind = section_types[site.section].name;

	for (size_t i = 0; i < load->conf->count; i++) {
		const struct conf_section *section = &load->conf->sections[i];

		if (!streq(section->kind, kind) || !section->label != !site.name ||
		    (site.name && !streq(section->label, site.name)))
			continue;
		for (size_t k = 0; site.key && k < section->count; k++)
			if (streq(section->keys[k].name, site.key))
				return section->keys[k].line;
		return section->line;
	}
	return 0;
}

/* Adds `[kind "name"] key: text` to a list of problems. */
static void add_problem(const struct load *load, struct conf_errors *list, struct option_site site,
			const char *text)
{
	const char *kind = section_types[site.section].name;
	CLEANUP(freep)
	char *heading =
		site.name ? xasprintf("[%s \"%s\"]", kind, site.name) : xasprintf("[%s]", kind);

	conf_error(list, load->conf->path, site_line(load, site), "%s%s%s: %s", heading,
		   site.key ? " " : "", site.key ? site.key : "", text);
}

void load_error(const struct load *load, struct option_site site, const char *format, ...)
{
	char text[MAX_PROBLEM];
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(text, sizeof(text), format, args)); /* a cut text is good enough */
	va_end(args);
	add_problem(load, load->errors, site, text);
}

void load_warning(const struct load *load, struct option_site site, const char *format, ...)
{
	char text[MAX_PROBLEM];
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(text, sizeof(text), format, args));
	va_end(args);
	add_problem(load, load->warnings, site, text);
}

static bool is_label(const char *label)
{
	size_t len = strlen(label);

	return len >= 1 && len <= MAX_LABEL &&
	       strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static void unknown_section(const struct load *load, const struct conf_section *section)
{
	const char *names[SECTION_MAX];
	const char *closest;
	int found;

	for (int i = 0; i < SECTION_MAX; i++)
		names[i] = section_types[i].name;
	closest = words_closest(section->kind, names, SECTION_MAX);
	found = closest ? section_find(closest) : -ENOENT;
	if (found >= 0)
		conf_error(load->errors, load->conf->path, section->line,
			   "unknown section [%.100s]: did you mean [%s%s]?", section->kind, closest,
			   section_types[found].has_label ? " \"NAME\"" : "");
	else
		conf_error(load->errors, load->conf->path, section->line,
			   "unknown section [%.100s]: there are maaxd, listener, maax, ai, source, "
			   "destination and retention",
			   section->kind);
}

/* The kind of a section, or -EINVAL when it or its label will not do. */
static int section_kind(const struct load *load, const struct conf_section *section)
{
	int kind = section_find(section->kind);

	if (kind < 0) {
		unknown_section(load, section);
		return -EINVAL;
	}
	if (section_types[kind].has_label == (section->label != NULL) &&
	    (!section->label || is_label(section->label)))
		return kind;
	if (!section_types[kind].has_label)
		conf_error(load->errors, load->conf->path, section->line,
			   "[%s] takes no name: write [%s]", section->kind, section->kind);
	else if (!section->label)
		conf_error(load->errors, load->conf->path, section->line,
			   "[%s] needs a name: write [%s \"NAME\"]", section->kind, section->kind);
	else
		conf_error(load->errors, load->conf->path, section->line,
			   "[%s \"%.100s\"]: a name has 1 to %d characters of a-z 0-9 _ -",
			   section->kind, section->label, MAX_LABEL);
	return -EINVAL;
}

/* Says what an unknown key may have been meant to be. */
static void unknown_key(const struct load *load, struct option_site site)
{
	const char *names[MAX_KEYS] = { NULL };
	const struct option *elsewhere = NULL;
	size_t count = 0;
	const char *closest;

	for (size_t i = 0; i < option_count; i++) {
		if (options[i].section == site.section && count < MAX_KEYS)
			names[count++] = options[i].key;
		else if (streq(options[i].key, site.key))
			elsewhere = &options[i];
	}
	closest = words_closest(site.key, names, count);
	if (closest)
		load_error(load, site, "unknown key: did you mean \"%s\"?", closest);
	else if (elsewhere)
		load_error(load, site, "unknown key here: it belongs in [%s]",
			   section_types[elsewhere->section].name);
	else
		load_error(load, site, "unknown key: remove it, or see config.example.ini");
}

static const struct conf_key *find_key(const struct conf_section *section, const char *name)
{
	for (size_t i = 0; section && i < section->count; i++)
		if (streq(section->keys[i].name, name))
			return &section->keys[i];
	return NULL;
}

/* Fills one field from its key (NULL: not in the file) or the default. */
static void parse_option(const struct load *load, const struct option *option,
			 const struct conf_key *key, struct option_site site, void *place)
{
	CLEANUP(freep) char *why = NULL;

	if (key || option->fallback) {
		const char *text = key ? key->value : option->fallback;

		if (option_parse(option, text, place, &why) < 0)
			load_error(load, site, "%s", why);
	} else if (option->flags & OPT_REQUIRED) {
		load_error(load, site, "missing: add it, for example %s = %s", option->key,
			   option->sample);
	}
}

/* The kinds whose keys the section may have; all of them when its kind is missing or wrong. */
static unsigned find_kinds(enum section kind, const struct conf_section *section, void *place)
{
	const struct option *option = option_find(kind, "kind");
	const struct conf_key *key = find_key(section, "kind");
	CLEANUP(freep) char *why = NULL;

	if (!option || !key || option_parse(option, key->value, place, &why) < 0)
		return OPT_KINDS;
	return section_kinds(kind, place);
}

/* Fills one struct from its section (NULL: not in the file) and the defaults. */
static void parse_section(const struct load *load, enum section kind,
			  const struct conf_section *section, void *place)
{
	const char *label = section ? section->label : NULL;
	unsigned kinds = find_kinds(kind, section, place);

	for (size_t i = 0; section && i < section->count; i++)
		if (!option_find(kind, section->keys[i].name))
			unknown_key(load,
				    (struct option_site){ kind, label, section->keys[i].name });

	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];
		const struct conf_key *key = find_key(section, option->key);
		struct option_site site = { kind, label, option->key };

		if (option->section != kind)
			continue;
		if (option_is_for(option, kinds))
			parse_option(load, option, key, site, place);
		else if (key)
			load_error(load, site, "this kind of [%s] has no such key: remove it",
				   section_types[kind].name);
	}
}

/* Adds an empty struct to the array of a labelled kind, which begins with name and line. */
static void *append_section(struct config *config, enum section kind, const char *name,
			    unsigned line)
{
	const struct section_type *type = &section_types[kind];
	size_t count = section_count(config, kind);
	char *place = (char *)config + type->place;
	char *array;
	struct section_head head = { xstrdup(name), line };

	memcpy(&array, place, sizeof(array));
	array = xrealloc(array, count + 1, type->size);
	memcpy(place, &array, sizeof(array));
	array += count * type->size;
	memset(array, 0, type->size);
	memcpy(array, &head, sizeof(head));
	*(size_t *)((char *)config + type->count_place) = count + 1;
	return array;
}

static void parse_sections(const struct load *load)
{
	const struct conf_section *single[SECTION_MAX] = { NULL };

	for (size_t i = 0; i < load->conf->count; i++) {
		const struct conf_section *section = &load->conf->sections[i];
		int kind = section_kind(load, section);

		if (kind < 0)
			continue;
		if (section_types[kind].has_label)
			parse_section(load, (enum section)kind, section,
				      append_section(load->config, (enum section)kind,
						     section->label, section->line));
		else
			single[kind] = section;
	}
	for (int kind = 0; kind < SECTION_MAX; kind++)
		if (!section_types[kind].has_label)
			parse_section(load, (enum section)kind, single[kind],
				      section_at(load->config, (enum section)kind, 0));
}

int config_load(const char *path, struct config **ret_config, struct conf_errors *errors,
		struct conf_errors *warnings)
{
	CLEANUP(conf_freep) struct conf *conf = NULL;
	CLEANUP(config_freep) struct config *config = xnew(struct config);
	struct load load = { .config = config, .errors = errors, .warnings = warnings };
	unsigned before = errors->count;
	int r = conf_read(path, &conf, errors);

	if (r < 0)
		return r;
	load.conf = conf;
	config->path = xstrdup(path);
	config->loaded_at = clock_now();
	parse_sections(&load);
	/* The arrays have their final place from here on, so that pointers into them are good. */
	options_resolve(&load);
	options_load_secrets(&load);
	options_make_relays(&load);
	options_make_calls(&load);
	options_check_mails(&load);
	options_check(&load);
	if (errors->count > before)
		return -EINVAL;
	*ret_config = TAKE(config);
	return 0;
}

static void free_secret(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void free_call(struct config_destination *destination)
{
	for (size_t i = 0; destination->headers && i < destination->header_lines.count; i++) {
		free(destination->headers[i].name);
		template_free(destination->headers[i].value);
	}
	free(destination->headers);
	template_free(destination->url_template);
	free_secret(destination->secret_url);
	free_secret(destination->auth_header);
	free_secret(destination->password);
}

static void free_signing(struct sign_secret *secrets, size_t count)
{
	if (secrets)
		explicit_bzero(secrets, count * sizeof(*secrets));
	free(secrets);
}

static void free_words(struct words *secrets)
{
	for (size_t i = 0; i < secrets->count; i++)
		explicit_bzero(secrets->word[i], strlen(secrets->word[i]));
	words_done(secrets);
}

/* What is loaded or resolved, and so not in the option table. */
static void free_loaded(struct config *config)
{
	free(config->maaxd.alert_destinations);
	free_secret(config->maax.api_key);
	for (size_t i = 0; i < config->listener_count; i++)
		free_secret(config->listeners[i].admin_token);
	for (size_t i = 0; i < config->ai_count; i++)
		free_secret(config->ais[i].api_key);
	for (size_t i = 0; i < config->source_count; i++) {
		struct config_source *source = &config->sources[i];

		free(source->keys);
		free(source->destinations);
		free_signing(source->secrets, source->secret_count);
		free(source->guard);
		free(source->url_secrets);
		free_words(&source->signature_secrets);
	}
	for (size_t i = 0; i < config->destination_count; i++) {
		struct config_destination *destination = &config->destinations[i];

		free_signing(destination->secrets, destination->secret_count);
		free_call(destination);
	}
}

static void free_section(struct config *config, enum section kind)
{
	for (size_t i = 0; i < section_count(config, kind); i++) {
		void *section = section_at(config, kind, i);

		for (size_t k = 0; k < option_count; k++)
			if (options[k].section == kind)
				option_done(&options[k], section);
		free(section_name(config, kind, i));
	}
	if (section_types[kind].has_label)
		free(section_at(config, kind, 0));
}

struct config *config_free(struct config *config)
{
	if (!config)
		return NULL;
	free_loaded(config);
	for (int kind = 0; kind < SECTION_MAX; kind++)
		free_section(config, (enum section)kind);
	free(config->path);
	free(config);
	return NULL;
}
