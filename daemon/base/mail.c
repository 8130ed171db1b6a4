/* Reads a mail with GMime. See mail.h. */
#include <errno.h>
#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mail.h"

#define MAX_DEPTH 20 /* multiparts in one another that are looked into */

static void unref_objectp(void *pointer)
{
	GObject *object = *(GObject **)pointer;

	if (object)
		g_object_unref(object);
}

static void g_freep(void *pointer)
{
	g_free(*(void **)pointer);
}

static void address_done(struct mail_address *address)
{
	free(address->name);
	free(address->email);
}

void mail_done(struct mail *mail)
{
	free(mail->message_id);
	for (size_t i = 0; i < mail->reference_count; i++)
		free(mail->references[i]);
	free(mail->references);
	address_done(&mail->from);
	address_done(&mail->reply_to);
	address_done(&mail->to);
	free(mail->subject);
	free(mail->text);
	free(mail->html);
	for (size_t i = 0; i < mail->attachment_count; i++) {
		free(mail->attachments[i].name);
		free(mail->attachments[i].type);
	}
	free(mail->attachments);
	*mail = (struct mail){ 0 };
}

/* Made once, and kept: what no charset explains is read as one of these. */
static GMimeParserOptions *parser_options(void)
{
	static const char *fallbacks[] = { "utf-8", "windows-1252", NULL };
	static GMimeParserOptions *options;

	if (options)
		return options;
	g_mime_init();
	options = g_mime_parser_options_new();
	g_mime_parser_options_set_fallback_charsets(options, fallbacks);
	return options;
}

/* A text of GMime's as ours, without blanks around it; NULL when nothing is left. */
static char *clean(const char *text)
{
	size_t len;

	if (!text)
		return NULL;
	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	return len > 0 ? json_clean_text(text, len) : NULL;
}

/* ---- header ---- */

static const char *header(GMimeMessage *message, const char *name)
{
	return g_mime_object_get_header(GMIME_OBJECT(message), name);
}

/* The first mailbox of a list; of a group, its first member. */
static void read_address(InternetAddressList *list, struct mail_address *ret_address)
{
	InternetAddress *address;

	if (!list || internet_address_list_length(list) == 0)
		return;
	address = internet_address_list_get_address(list, 0);
	if (INTERNET_ADDRESS_IS_GROUP(address)) {
		list = internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address));
		if (!list || internet_address_list_length(list) == 0)
			return;
		address = internet_address_list_get_address(list, 0);
	}
	if (!INTERNET_ADDRESS_IS_MAILBOX(address))
		return;
	ret_address->name = clean(internet_address_get_name(address));
	ret_address->email =
		clean(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)));
}

static void add_reference(struct mail *mail, const char *id)
{
	if (!id || id[0] == '\0' || strlen(id) > MAIL_MAX_ID ||
	    mail->reference_count == MAIL_MAX_REFERENCES)
		return;
	for (size_t i = 0; i < mail->reference_count; i++)
		if (streq(mail->references[i], id))
			return;
	mail->references =
		xrealloc(mail->references, mail->reference_count + 1, sizeof(*mail->references));
	mail->references[mail->reference_count++] = clean(id);
}

static void read_references(GMimeMessage *message, const char *name, struct mail *mail)
{
	const char *text = header(message, name);
	GMimeReferences *ids = text ? g_mime_references_parse(parser_options(), text) : NULL;

	for (int i = 0; ids && i < g_mime_references_length(ids); i++)
		add_reference(mail, g_mime_references_get_message_id(ids, i));
	if (ids)
		g_mime_references_free(ids);
}

static bool has_value(GMimeMessage *message, const char *name, const char *const *values)
{
	const char *text = header(message, name);
	size_t len;

	if (!text)
		return false;
	text += strspn(text, " \t");
	len = strcspn(text, "; \t\r\n");
	for (; *values; values++)
		if (strlen(*values) == len && strncasecmp(*values, text, len) == 0)
			return true;
	return false;
}

/* A bounce has no sender: "<>", or MAILER-DAEMON. */
static const char *automatic_sender(GMimeMessage *message, const struct mail *mail)
{
	static const char *const empty[] = { "<>", "", NULL };
	const char *from = mail->from.email;

	if (has_value(message, "Return-Path", empty))
		return "an empty Return-Path";
	if (from && (from[0] == '@' || strncasecmp(from, "mailer-daemon", 13) == 0))
		return "a sender that is no person";
	return NULL;
}

static const char *automatic_header(GMimeMessage *message)
{
	static const char *const no[] = { "no", NULL };
	static const char *const bulk[] = { "bulk", "junk", "list", "auto_reply", NULL };
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(message));
	GMimeObject *part = g_mime_message_get_mime_part(message);

	if (header(message, "X-Maaxd"))
		return "X-Maaxd: it is a mail of ours";
	if (header(message, "Auto-Submitted") && !has_value(message, "Auto-Submitted", no))
		return "Auto-Submitted";
	if (has_value(message, "Precedence", bulk))
		return "Precedence";
	if (header(message, "List-Id"))
		return "List-Id";
	if (header(message, "X-Autoreply") && !has_value(message, "X-Autoreply", no))
		return "X-Autoreply";
	if (header(message, "X-Autorespond"))
		return "X-Autorespond";
	if (part)
		type = g_mime_object_get_content_type(part);
	return type && g_mime_content_type_is_type(type, "multipart", "report")
		       ? "a report about another mail"
		       : NULL;
}

static void read_header(GMimeMessage *message, struct mail *mail)
{
	const char *id = g_mime_message_get_message_id(message);

	mail->message_id = id && strlen(id) <= MAIL_MAX_ID ? clean(id) : NULL;
	read_references(message, "References", mail);
	read_references(message, "In-Reply-To", mail);
	read_address(g_mime_message_get_from(message), &mail->from);
	read_address(g_mime_message_get_reply_to(message), &mail->reply_to);
	read_address(g_mime_message_get_to(message), &mail->to);
	mail->subject = clean(g_mime_message_get_subject(message));
	mail->automatic = automatic_header(message);
	if (!mail->automatic)
		mail->automatic = automatic_sender(message, mail);
}

/* ---- body ---- */

/* Whether the charset explains all bytes. What claims to be ASCII often is not. */
static bool is_known(const char *charset)
{
	iconv_t conversion;

	if (!charset || strcasecmp(charset, "us-ascii") == 0)
		return false;
	conversion = g_mime_iconv_open("UTF-8", charset);
	if (conversion == (iconv_t)-1)
		return false;
	g_mime_iconv_close(conversion);
	return true;
}

/* The bytes of a part with its transfer encoding taken off, NUL-terminated. */
static GByteArray *part_bytes(GMimePart *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GByteArray *bytes = g_byte_array_new();
	CLEANUP(unref_objectp) GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);

	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	if (content)
		g_mime_data_wrapper_write_to_stream(content, stream);
	g_byte_array_append(bytes, (const guint8 *)"", 1);
	return bytes;
}

/* The text of a part in UTF-8, as the charset or the fallbacks explain its bytes. */
static char *part_text(GMimeTextPart *part)
{
	CLEANUP(g_freep) char *text = NULL;
	GByteArray *bytes;

	if (is_known(g_mime_text_part_get_charset(part))) {
		text = g_mime_text_part_get_text(part);
	} else {
		bytes = part_bytes(GMIME_PART(part));
		text = g_mime_utils_decode_8bit(parser_options(), (const char *)bytes->data,
						bytes->len - 1);
		g_byte_array_free(bytes, TRUE);
	}
	return text ? json_clean_text(text, strlen(text)) : NULL;
}

static void add_attachment(struct mail *mail, GMimeObject *object, const char *name)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	CLEANUP(g_freep) char *type_name = type ? g_mime_content_type_get_mime_type(type) : NULL;

	if (mail->attachment_count == MAIL_MAX_ATTACHMENTS)
		return;
	mail->attachments =
		xrealloc(mail->attachments, mail->attachment_count + 1, sizeof(*mail->attachments));
	mail->attachments[mail->attachment_count++] = (struct mail_attachment){
		.name = clean(name),
		.type = type_name ? json_clean_text(type_name, strlen(type_name))
				  : xstrdup("application/octet-stream"),
	};
}

static void read_leaf(GMimeObject *object, struct mail *mail)
{
	const char *name =
		GMIME_IS_PART(object) ? g_mime_part_get_filename(GMIME_PART(object)) : NULL;
	GMimeContentType *type = g_mime_object_get_content_type(object);
	bool is_text = GMIME_IS_TEXT_PART(object) && !name &&
		       !(GMIME_IS_PART(object) && g_mime_part_is_attachment(GMIME_PART(object)));
	char **place = NULL;

	if (is_text && g_mime_content_type_is_type(type, "text", "plain"))
		place = &mail->text;
	else if (is_text && g_mime_content_type_is_type(type, "text", "html"))
		place = &mail->html;
	if (place && !*place)
		*place = part_text(GMIME_TEXT_PART(object));
	else if (!place)
		add_attachment(mail, object, name);
}

/* A multipart that is being read: its next part. */
struct level {
	GMimeMultipart *multipart;
	int next;
};

/* The levels that are open. */
struct levels {
	struct level level[MAX_DEPTH];
	unsigned depth;
};

/* What is nested deeper than MAX_DEPTH is passed over. */
static void read_one(GMimeObject *part, struct levels *levels, struct mail *mail)
{
	if (!part)
		return;
	if (!GMIME_IS_MULTIPART(part))
		read_leaf(part, mail);
	else if (levels->depth < MAX_DEPTH)
		levels->level[levels->depth++] =
			(struct level){ .multipart = GMIME_MULTIPART(part) };
}

static void read_parts(GMimeObject *outermost, struct mail *mail)
{
	struct levels levels = { 0 };

	read_one(outermost, &levels, mail);
	while (levels.depth > 0) {
		struct level *level = &levels.level[levels.depth - 1];

		if (level->next < g_mime_multipart_get_count(level->multipart))
			read_one(g_mime_multipart_get_part(level->multipart, level->next++),
				 &levels, mail);
		else
			levels.depth--;
	}
}

/* ---- all of it ---- */

/* Each boundary is compared with each line that could be one: many of both would take seconds. */
static bool has_many_parts(const char *data, size_t len)
{
	const char *end = data + len;
	unsigned count = 0;

	for (const char *at = data; (at = memchr(at, '=', (size_t)(end - at))); at++)
		if (at - data >= 8 && strncasecmp(at - 8, "boundary", 8) == 0 &&
		    ++count > MAIL_MAX_PARTS)
			return true;
	return false;
}

/* The line with which an mbox file or a pipe of an MTA begins. */
static void skip_mbox_line(const char **data, size_t *len)
{
	const char *end;

	if (*len < 5 || memcmp(*data, "From ", 5) != 0)
		return;
	end = memchr(*data, '\n', *len);
	if (!end)
		return;
	*len -= (size_t)(end + 1 - *data);
	*data = end + 1;
}

int mail_parse(const void *data, size_t len, struct mail *ret_mail, const char **ret_why)
{
	CLEANUP(unref_objectp) GMimeStream *stream = NULL;
	CLEANUP(unref_objectp) GMimeParser *parser = NULL;
	CLEANUP(unref_objectp) GMimeMessage *message = NULL;
	const char *bytes = data;

	skip_mbox_line(&bytes, &len);
	if (len == 0 || len > MAIL_MAX_SIZE || has_many_parts(bytes, len)) {
		*ret_why = len == 0		 ? "it is empty"
			   : len > MAIL_MAX_SIZE ? "it is longer than 8 MiB"
						 : "it has more than 100 parts in parts";
		return -EBADMSG;
	}
	parser_options();
	stream = g_mime_stream_mem_new_with_buffer(bytes, len);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, parser_options());
	if (!message || g_mime_header_list_get_count(
				g_mime_object_get_header_list(GMIME_OBJECT(message))) == 0) {
		*ret_why = "it has no header of a mail";
		return -EBADMSG;
	}
	*ret_mail = (struct mail){ 0 };
	read_header(message, ret_mail);
	read_parts(g_mime_message_get_mime_part(message), ret_mail);
	return 0;
}
