/* References between sections: names become pointers, and are looked up by name or by key. */
#include <string.h>
#include <strings.h>

#include "base/sign.h"
#include "options_table.h"

enum config_body config_body_kind(const char *content_type)
{
	size_t len = strcspn(content_type, "; \t");

	if (len == 16 && strncasecmp(content_type, "application/json", len) == 0)
		return CONFIG_BODY_JSON;
	if (len > 5 && strncasecmp(content_type + len - 5, "+json", 5) == 0)
		return CONFIG_BODY_JSON;
	if (len == 33 && strncasecmp(content_type, "application/x-www-form-urlencoded", len) == 0)
		return CONFIG_BODY_FORM;
	return CONFIG_BODY_OTHER;
}

const struct config_ai *config_ai(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->ai_count; i++)
		if (streq(config->ais[i].name, name))
			return &config->ais[i];
	return NULL;
}

const struct config_source *config_source(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->source_count; i++)
		if (streq(config->sources[i].name, name))
			return &config->sources[i];
	return NULL;
}

bool config_is_caller(const char *destination)
{
	return strncmp(destination, CONFIG_CALLER_PREFIX, strlen(CONFIG_CALLER_PREFIX)) == 0;
}

static const struct config_destination *caller_destination(const struct config *config,
							   const char *name)
{
	const char *label = name + strlen(CONFIG_CALLER_PREFIX);
	CLEANUP(freep) char *source_name = xstrndup(label, strcspn(label, ":"));
	const struct config_source *source = config_source(config, source_name);

	return source && source->kind == SOURCE_API ? &source->relay : NULL;
}

const struct config_destination *config_destination(const struct config *config, const char *name)
{
	if (config_is_caller(name))
		return caller_destination(config, name);
	for (size_t i = 0; i < config->destination_count; i++)
		if (streq(config->destinations[i].name, name))
			return &config->destinations[i];
	return NULL;
}

/* Goes through all keys whatever it finds, so that the time tells nothing about them. */
const struct config_source *config_source_by_key(const struct config *config, const char *key)
{
	const struct config_source *found = NULL;
	uint8_t digest[SIGN_SHA256_SIZE];

	sign_sha256(key, strlen(key), digest);
	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_source *source = &config->sources[i];

		for (size_t k = 0; k < source->key_count; k++)
			if (sign_equal(source->keys[k], digest, sizeof(digest)))
				found = source;
	}
	return found;
}

static bool is_hook_named(const struct config_source *source, const struct config_secret *given)
{
	return source->kind == SOURCE_HOOK && strlen(source->name) == given->name_len &&
	       memcmp(source->name, given->name, given->name_len) == 0;
}

/* The same for the secrets of hooks: neither which name nor which secret is wrong can be told. */
const struct config_source *config_source_by_secret(const struct config *config,
						    const struct config_secret *given)
{
	const struct config_source *found = NULL;
	uint8_t digest[SIGN_SHA256_SIZE];

	sign_sha256(given->secret, given->secret_len, digest);
	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_source *source = &config->sources[i];

		for (size_t k = 0; k < source->url_secret_count; k++)
			if (sign_equal(source->url_secrets[k], digest, sizeof(digest)) &&
			    is_hook_named(source, given))
				found = source;
	}
	return found;
}

/* Tells of a name that no section of that kind has, with the nearest one that there is. */
static void unknown_reference(struct load *load, struct option_site site, enum section kind,
			      const char *name)
{
	size_t count = section_count(load->config, kind);
	CLEANUP(freep) const char **names = xcalloc(count, sizeof(*names));
	const char *closest;

	for (size_t i = 0; i < count; i++)
		names[i] = section_name(load->config, kind, i);
	closest = words_closest(name, names, count);
	if (closest)
		load_error(load, site, "there is no [%s \"%.100s\"]: did you mean \"%s\"?",
			   section_types[kind].name, name, closest);
	else
		load_error(load, site, "there is no [%s \"%.100s\"]: add that section",
			   section_types[kind].name, name);
}

/* Pointers in the order of the names; a heap array. */
static const struct config_destination **
resolve_destinations(struct load *load, const struct option_site site, const struct words *names)
{
	const struct config_destination **found = xcalloc(names->count, sizeof(*found));

	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->word[i];

		found[i] = config_destination(load->config, name);
		if (!found[i])
			unknown_reference(load, site, SECTION_DESTINATION, name);
		for (size_t k = 0; k < i; k++)
			if (streq(names->word[k], name))
				load_error(load, site, "\"%.100s\" is named twice: keep one", name);
	}
	return found;
}

void options_resolve(struct load *load)
{
	struct config_maaxd *maaxd = &load->config->maaxd;

	for (size_t i = 0; i < load->config->source_count; i++) {
		struct config_source *source = &load->config->sources[i];

		if (source->ai_name) {
			source->ai = config_ai(load->config, source->ai_name);
			if (!source->ai)
				unknown_reference(
					load,
					(struct option_site){ SECTION_SOURCE, source->name, "ai" },
					SECTION_AI, source->ai_name);
		}
		source->destinations = resolve_destinations(
			load, (struct option_site){ SECTION_SOURCE, source->name, "destinations" },
			&source->destination_names);
	}
	maaxd->alert_destinations = resolve_destinations(
		load, (struct option_site){ SECTION_MAAXD, NULL, "alert_destinations" },
		&maaxd->alert_names);
}
