/*
 * Any request at a hook: "TYPE NUL QUERY NUL BODY", TYPE "MAIL" for a mail. It is an object or
 * refused with a reason; what maps has a text, a platform, a first name and a contact, and every
 * signature scheme answers.
 */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/template.h"
#include "hook_map.h"
#include "hook_sign.h"

#define MAX_TEXT (16 * KIB)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config_source source = { .max_text = MAX_TEXT };

static void make_source(void)
{
	static const char *const texts[MAP_FIELD_MAX] = {
		[MAP_TEXT] = "${/text /Body}",
		[MAP_PLATFORM] = "${/platform \"sms\"}",
		[MAP_FIRST_NAME] = "${/name /from/first_name}",
		[MAP_EMAIL] = "${/email /from/email | trim}",
		[MAP_PHONE] = "${/phone /From | digits}",
		[MAP_CONVERSATION_KEY] = "${/conversation_key /key}",
		[MAP_DEDUPE] = "${/id}",
	};
	static char *pointers[] = { (char *)"/text", (char *)"/a~1b/c", (char *)"#/x%20y", NULL };
	static char *secrets[] = { (char *)"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
				   (char *)"user:password", NULL };
	char *why = NULL;

	for (size_t i = 0; i < MAP_FIELD_MAX; i++)
		if (texts[i] && template_parse(texts[i], &source.map[i], &why) < 0)
			abort();
	source.map_metadata = (struct words){ .word = pointers, .count = 3 };
	source.signature_secrets = (struct words){ .word = secrets, .count = 2 };
	source.signature_header = (char *)"x-signature";
}

static void check_fields(struct json_object *object)
{
	CLEANUP(hook_mapped_done) struct hook_mapped mapped = { 0 };
	CLEANUP(freep) char *why = NULL;
	int r = hook_map(&source, object, &mapped, &why);

	if ((r < 0) != (why != NULL))
		abort();
	for (size_t i = 0; i < MAP_FIELD_MAX; i++)
		if (mapped.field[i] && (!mapped.field[i][0] ||
					!json_is_utf8(mapped.field[i], strlen(mapped.field[i]))))
			abort();
	if (r == 0 && (!mapped.field[MAP_TEXT] || !mapped.field[MAP_FIRST_NAME] ||
		       strlen(mapped.field[MAP_TEXT]) > MAX_TEXT || !mapped.contacts[0]))
		abort();
}

/* The text of the request stands for every header. */
static const char *get_header(const char *name, const void *ctx)
{
	(void)name;
	return ctx;
}

static void check_signatures(const struct inbound *row)
{
	const struct config config = { .maaxd = { .public_url = (char *)"https://x.example" } };
	const struct hook_request request = {
		.path = "/in/x/y",
		.query = row->query,
		.content_type = row->content_type,
		.body = row->body,
		.body_len = row->body_size,
		.header = get_header,
		.ctx = row->query,
	};

	for (unsigned scheme = SIGNATURE_NONE; scheme <= SIGNATURE_BASIC; scheme++) {
		const char *why = NULL;

		source.signature = scheme;
		if ((hook_verify(&config, &source, &request, 1, &why) < 0) != (why != NULL))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = xcalloc(size + 2, 1);
	CLEANUP(json_putp) struct json_object *object = NULL;
	struct inbound row = { .method = (char *)"POST", .content_type = text };
	const char *automatic = NULL, *why = NULL;
	size_t used;

	if (!source.map[MAP_TEXT])
		make_source();
	if (size > 0)
		memcpy(text, data, size);
	used = strlen(text) + 1;
	row.query = text + used - (used > size);
	used += strlen(row.query) + 1;
	row.body = text + (used < size ? used : size);
	row.body_size = used < size ? size - used : 0;
	if (streq(row.content_type, "MAIL"))
		row.method = (char *)INBOUND_METHOD_MAIL;
	source.kind = streq(row.content_type, "MAIL") ? SOURCE_MAIL : SOURCE_HOOK;
	check_signatures(&row);
	if (hook_object(&row, &object, &automatic, &why) < 0) {
		if (!why || object)
			abort();
		return 0;
	}
	if (!json_object_is_type(object, json_type_object))
		abort();
	check_fields(object);
	return 0;
}
