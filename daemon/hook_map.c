/* The fields of a message out of a JSON object. See hook_map.h. */
#include "hook_map.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/content.h"
#include "base/json.h"
#include "base/template.h"

#define MAX_CONTACT 320 /* the longest e-mail address there is (RFC 5321) */
#define MAX_METADATA (8 * KIB)

/* Key in the configuration, key in prospect_info (NULL: none), longest value. */
static const struct map_row {
	const char *key;
	const char *prospect;
	size_t max; /* 0: the source's max_text */
} rows[MAP_FIELD_MAX] = {
	[MAP_TEXT] = { "map_text", NULL, 0 },
	[MAP_PLATFORM] = { "platform", NULL, 32 },
	[MAP_FIRST_NAME] = { "map_first_name", "first_name", MAX_CONTACT },
	[MAP_LAST_NAME] = { "map_last_name", "last_name", MAX_CONTACT },
	[MAP_EMAIL] = { "map_email", "email", MAX_CONTACT },
	[MAP_PHONE] = { "map_phone", "phone", MAX_CONTACT },
	[MAP_FACEBOOK] = { "map_facebook", "facebook", MAX_CONTACT },
	[MAP_INSTAGRAM] = { "map_instagram", "instagram", MAX_CONTACT },
	[MAP_INTERCOM] = { "map_intercom", "intercom", MAX_CONTACT },
	[MAP_CONVERSATION_KEY] = { "map_conversation_key", NULL, HOOK_MAX_KEY },
	[MAP_DEDUPE] = { "map_dedupe", NULL, HOOK_MAX_DEDUPE },
};

void hook_mapped_done(struct hook_mapped *mapped)
{
	for (size_t i = 0; i < MAP_FIELD_MAX; i++)
		free(mapped->field[i]);
	for (size_t i = 0; i < HOOK_MAX_CONTACTS; i++)
		free(mapped->contact[i]);
	free(mapped->prospect_info);
	free(mapped->metadata);
	*mapped = (struct hook_mapped){ 0 };
}

/* The first thing that is wrong is what is told. */
static void set_why(char **ret_why, char *text)
{
	if (*ret_why)
		free(text);
	else
		*ret_why = text;
}

/* Without blanks at both ends, in place. */
static void trim(char *text)
{
	size_t start = strspn(text, " \t\r\n");
	size_t len = strlen(text + start);

	while (len > 0 && strchr(" \t\r\n", text[start + len - 1]))
		len--;
	memmove(text, text + start, len);
	text[len] = '\0';
}

/* Fills one field; a value that is nowhere or blank leaves it NULL. `missing` says why that is. */
static void map_field(const struct config_source *source, struct json_object *object,
		      enum map_field field, struct hook_mapped *mapped, char **ret_why,
		      char **ret_missing)
{
	const struct map_row *row = &rows[field];
	size_t max = row->max ? row->max : source->max_text;
	CLEANUP(freep) char *why = NULL;
	char *text = NULL;
	int r = -ENOENT;

	if (source->map[field])
		r = template_render(source->map[field], object, max, &text, &why);
	if (r == 0) {
		trim(text);
		if (text[0])
			mapped->field[field] = text;
		else
			free(text);
		why = xstrdup("it is blank");
	} else if (r != -ENOENT) {
		set_why(ret_why, xasprintf("%s: longer than %zu bytes", row->key, max));
	}
	if (!mapped->field[field] && ret_missing)
		*ret_missing = xasprintf("%s: %s", row->key, why ? why : "it is not set");
}

static void check_platform(const char *platform, char **ret_why)
{
	static const char *const names[] = { "website", "email", "sms" };

	for (size_t i = 0; platform && i < ARRAY_SIZE(names); i++)
		if (streq(platform, names[i]))
			return;
	if (platform)
		set_why(ret_why, xstrdup("platform: it is not website, email or sms"));
}

static char *lower_copy(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	return copy;
}

static bool is_contact(enum map_field field)
{
	return field >= MAP_EMAIL && field <= MAP_INTERCOM;
}

static void make_prospect(struct hook_mapped *mapped, char **ret_why)
{
	CLEANUP(json_putp) struct json_object *prospect = json_object_new_object();
	size_t count = 0;

	for (size_t i = 0; i < MAP_FIELD_MAX; i++) {
		if (!mapped->field[i] || !rows[i].prospect)
			continue;
		json_put_string(prospect, rows[i].prospect, mapped->field[i]);
		if (!is_contact((enum map_field)i))
			continue;
		mapped->contact[count] = lower_copy(mapped->field[i]);
		mapped->contacts[count] = mapped->contact[count];
		count++;
	}
	mapped->prospect_info = json_format(prospect, NULL);
	if (count == 0)
		set_why(ret_why, xstrdup("no contact: none of map_email, map_phone, map_facebook, "
					 "map_instagram and map_intercom leads to one"));
}

/* The last name of a pointer, /order/line%201 or #/order/line%201. A heap string. */
static char *last_name(const char *pointer)
{
	const char *slash = strrchr(pointer, '/');
	const char *raw = slash ? slash + 1 : pointer;
	char *name = pointer[0] == '#' ? json_form_text(raw, strlen(raw)) : xstrdup(raw);
	char *out = name;

	for (const char *in = name; *in; in++) {
		if (in[0] == '~' && (in[1] == '0' || in[1] == '1'))
			*out++ = *++in == '0' ? '~' : '/';
		else
			*out++ = *in;
	}
	*out = '\0';
	return name;
}

/* A mail's metadata was made with its object. */
static void make_metadata(const struct config_source *source, struct json_object *object,
			  struct hook_mapped *mapped, char **ret_why)
{
	CLEANUP(json_putp) struct json_object *metadata = json_object_new_object();
	struct json_object *mail = json_at(object, "/metadata");
	size_t len = 0;

	if (source->kind == SOURCE_MAIL && json_object_is_type(mail, json_type_object)) {
		json_object_object_foreach(mail, key, value)
		{
			json_put(metadata, key, json_object_get(value));
		}
	}
	for (size_t i = 0; i < source->map_metadata.count; i++) {
		const char *pointer = source->map_metadata.word[i];
		CLEANUP(freep) char *name = last_name(pointer);
		struct json_object *value = json_at(object, pointer);

		if (value)
			json_put(metadata, name, json_object_get(value));
	}
	if (json_object_object_length(metadata) == 0)
		return;
	mapped->metadata = json_format(metadata, &len);
	if (len > MAX_METADATA)
		set_why(ret_why, xstrdup("map_metadata: longer than 8 KiB"));
}

int hook_map(const struct config_source *source, struct json_object *object,
	     struct hook_mapped *ret_mapped, char **ret_why)
{
	static const enum map_field required[] = { MAP_TEXT, MAP_PLATFORM, MAP_FIRST_NAME };
	char *why = NULL;

	*ret_mapped = (struct hook_mapped){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
		char *missing = NULL;

		map_field(source, object, required[i], ret_mapped, &why, &missing);
		if (missing)
			set_why(&why, missing);
	}
	for (size_t i = MAP_LAST_NAME; i < MAP_FIELD_MAX; i++)
		map_field(source, object, (enum map_field)i, ret_mapped, &why, NULL);
	check_platform(ret_mapped->field[MAP_PLATFORM], &why);
	make_prospect(ret_mapped, &why);
	make_metadata(source, object, ret_mapped, &why);
	if (!why)
		return 0;
	*ret_why = why;
	return -EBADMSG;
}
