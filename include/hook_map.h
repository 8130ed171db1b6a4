/*
 * What a request at an inbound hook, or a mail, says: first as a JSON object, then as the fields of
 * a message, by the map_ keys of its source. Pure: no database, no clock, no network.
 *
 * A request as an object:
 *   JSON     an object as it is; an array of one object is that object, any other is /items
 *   form, multipart   a flat object of texts (files are left out)
 *   XML      by the rule of base/xml.h
 *   text     and a JSON string or number: /text
 * JSON and XML are known by what they are, whatever the content type says. The query's parameters
 * are added last; names that are there already stay.
 *
 * A mail as an object:
 *   /text (without history and signature) /full_text /subject /from/email /from/name
 *   /from/first_name /from/last_name /reply_to/… /to/… /message_id /references (an array)
 *   /attachments (an array of /name /type) /platform ("email") /conversation_key (the first message
 *   id of its thread)
 * Its metadata has `mail`, for whoever answers it: {"message_id","references","subject","from",
 * "to"}, ids as a header has them (<a@b>, parted by blanks; of a long thread the first and the
 * newest), and `attachments` if there are any.
 */
#ifndef MAAXD_HOOK_MAP_H
#define MAAXD_HOOK_MAP_H

#include "options.h"
#include "store/inbound.h"

struct json_object;

#define HOOK_MAX_CONTACTS 5
#define HOOK_MAX_KEY 256
#define HOOK_MAX_DEDUPE 500

/* 0 with the object, the caller's, and in *ret_automatic NULL, or static text: why no person wrote
 * the mail. -EBADMSG with *ret_why (static text): it cannot be read. */
MUST_CHECK int hook_object(const struct inbound *inbound, struct json_object **ret_object,
			   const char **ret_automatic, const char **ret_why);

/* The fields of a message; heap strings. */
struct hook_mapped {
	char *field[MAP_FIELD_MAX];		     /* NULL: not found, or blank */
	char *prospect_info;			     /* JSON object */
	const char *contacts[HOOK_MAX_CONTACTS + 1]; /* lower case, NULL-terminated; in contact */
	char *contact[HOOK_MAX_CONTACTS];
	char *metadata; /* JSON object; NULL: none */
};

void hook_mapped_done(struct hook_mapped *mapped);

/*
 * 0 with the fields; -EBADMSG with *ret_why (a heap text that names the key, never a value):
 * something is missing or out of bounds; what was found is there all the same. Whether accept_if is
 * met is the caller's to ask: condition_test().
 */
MUST_CHECK int hook_map(const struct config_source *source, struct json_object *object,
			struct hook_mapped *ret_mapped, char **ret_why);

#endif
