/* Makes mails with GMime. See mail_draft.h. */
#include "base/mail_draft.h"

#include <errno.h>
#include <gmime/gmime.h>
#include <string.h>

#define MAX_ADDRESS 254 /* RFC 5321 */
#define MAX_ID 500

static void unrefp(void *pointer)
{
	GObject *object = *(GObject **)pointer;

	if (object)
		g_object_unref(object);
}

/* ---- addresses ---- */

/* One recipient and nothing else: no quotes, blanks or signs that mean something to a server. */
static bool is_address(const char *text)
{
	size_t len = strlen(text);
	const char *at = strrchr(text, '@');

	if (!at || at == text || at[1] == '\0' || len > MAX_ADDRESS || strchr(text, '@') != at)
		return false;
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"(),:;<>[\\]", *p))
			return false;
	return true;
}

/* In GMime's lenient way: its strict one loses memory on some of what it refuses. */
static InternetAddressList *parse_list(const char *text)
{
	g_mime_init(); /* once is enough, more do no harm */
	return internet_address_list_parse(NULL, text);
}

/* GMime passes over what it cannot read, of "a@b@c" the "@c": nothing may be lost, so each @ is to
 * be one address. -1: brackets do not pair. */
static int count_ats(const char *text)
{
	bool is_quoted = false, is_open = false;
	int count = 0;

	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (*text == '"')
			is_quoted = !is_quoted;
		else if (is_quoted)
			continue;
		else if (*text == '@')
			count++;
		else if (*text == (is_open ? '<' : '>'))
			return -1;
		else if (*text == '<' || *text == '>')
			is_open = !is_open;
	}
	return is_open || is_quoted ? -1 : count;
}

static int check_list(InternetAddressList *list, const char *text, const char **ret_why)
{
	int count = list ? internet_address_list_length(list) : 0;

	*ret_why = "too many e-mail addresses";
	if (count > MAIL_DRAFT_MAX_ADDRESSES)
		return -EINVAL;
	*ret_why = "not a usable e-mail address: write name@example.org";
	if (count < 1 || count != count_ats(text))
		return -EINVAL;
	for (int i = 0; i < count; i++) {
		InternetAddress *address = internet_address_list_get_address(list, i);

		if (!INTERNET_ADDRESS_IS_MAILBOX(address) ||
		    !is_address(
			    internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address))))
			return -EINVAL;
	}
	return 0;
}

int mail_addresses(const char *text, struct words *ret_addresses, const char **ret_why)
{
	CLEANUP(unrefp) InternetAddressList *list = parse_list(text);
	CLEANUP(words_done) struct words found = { 0 };
	int r = check_list(list, text, ret_why);

	if (r < 0)
		return r;
	found.word = xcalloc(MAIL_DRAFT_MAX_ADDRESSES + 1, sizeof(*found.word));
	for (int i = 0; i < internet_address_list_length(list); i++) {
		InternetAddress *address = internet_address_list_get_address(list, i);
		const char *bare =
			internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));

		if (!words_has(&found, bare))
			found.word[found.count++] = xstrdup(bare);
	}
	*ret_addresses = found;
	found = (struct words){ 0 };
	return 0;
}

/* Adds the addresses of a list under one header. 0 or -EINVAL. */
static int add_addresses(GMimeMessage *message, GMimeAddressType type, const char *text,
			 const char **ret_why)
{
	CLEANUP(unrefp) InternetAddressList *list = parse_list(text);
	int r = check_list(list, text, ret_why);

	for (int i = 0; r == 0 && i < internet_address_list_length(list); i++) {
		InternetAddress *address = internet_address_list_get_address(list, i);

		g_mime_message_add_mailbox(
			message, type, internet_address_get_name(address),
			internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)));
	}
	return r;
}

/* ---- headers ---- */

static bool is_id(const char *id)
{
	size_t len = strlen(id);

	if (len == 0 || len > MAX_ID)
		return false;
	for (; *id; id++)
		if (*id <= ' ' || *id > '~' || *id == '<' || *id == '>')
			return false;
	return true;
}

/* The message ids in a text; of a long thread the first, which names it, and the newest. */
static void set_ids(GMimeMessage *message, const char *name, const char *text)
{
	CLEANUP(buf_done) struct buf value = BUF_INIT(MAIL_DRAFT_MAX_REFERENCES * (MAX_ID + 3));
	GMimeReferences *ids = text ? g_mime_references_parse(NULL, text) : NULL;
	int count = ids ? g_mime_references_length(ids) : 0;

	for (int i = 0; i < count; i++) {
		const char *id = g_mime_references_get_message_id(ids, i);

		if ((i > 0 && count - i >= MAIL_DRAFT_MAX_REFERENCES) || !is_id(id))
			continue;
		IGNORE(buf_add_format(&value, "%s<%s>", value.len > 0 ? " " : "", id)); /* fits */
	}
	if (value.len > 0)
		g_mime_object_set_header(GMIME_OBJECT(message), name, buf_text(&value), NULL);
	if (ids)
		g_mime_references_free(ids);
}

static int set_headers(GMimeMessage *message, const struct mail_draft *draft, const char **ret_why)
{
	GMimeObject *object = GMIME_OBJECT(message);
	GDateTime *date = g_date_time_new_from_unix_utc(draft->date_sec);
	int r = add_addresses(message, GMIME_ADDRESS_TYPE_FROM, draft->from, ret_why);

	if (date) {
		g_mime_message_set_date(message, date);
		g_date_time_unref(date);
	}
	if (r == 0)
		r = add_addresses(message, GMIME_ADDRESS_TYPE_TO, draft->to, ret_why);
	if (r == 0 && draft->reply_to)
		r = add_addresses(message, GMIME_ADDRESS_TYPE_REPLY_TO, draft->reply_to, ret_why);
	if (r < 0)
		return r;
	g_mime_message_set_subject(message, draft->subject, "utf-8");
	g_mime_message_set_message_id(message, draft->message_id);
	set_ids(message, "In-Reply-To", draft->in_reply_to);
	set_ids(message, "References", draft->references);
	/* Robots that answer robots cost money: everybody is told, Exchange in its own words. */
	g_mime_object_set_header(object, "Auto-Submitted", "auto-replied", NULL);
	g_mime_object_set_header(object, "X-Auto-Response-Suppress", "OOF, AutoReply", NULL);
	g_mime_object_set_header(object, "X-Maaxd", MAAXD_VERSION, NULL);
	return 0;
}

/* ---- the body ---- */

/* The bytes are UTF-8 as they are: GMime's own way takes the charset that it thinks best. */
static GMimeObject *text_part(const char *subtype, const char *text)
{
	GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);
	CLEANUP(unrefp)
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(text, strlen(text));
	CLEANUP(unrefp)
	GMimeDataWrapper *content =
		g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_text_part_set_charset(part, "utf-8");
	g_mime_part_set_content(GMIME_PART(part), content);
	g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	return GMIME_OBJECT(part);
}

static GMimeObject *make_body(const struct mail_draft *draft)
{
	GMimeObject *text = text_part("plain", draft->text);
	GMimeObject *html;
	GMimeMultipart *both;

	if (!draft->html)
		return text;
	/* Whoever can show both takes the last one. */
	html = text_part("html", draft->html);
	both = g_mime_multipart_new_with_subtype("alternative");
	g_mime_multipart_add(both, text);
	g_mime_multipart_add(both, html);
	g_object_unref(text);
	g_object_unref(html);
	return GMIME_OBJECT(both);
}

static int write_out(GMimeMessage *message, struct buf *out)
{
	CLEANUP(unrefp) GMimeStream *stream = g_mime_stream_mem_new();
	GMimeFormatOptions *options = g_mime_format_options_new();
	GByteArray *bytes;
	ssize_t written;

	g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
	written = g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream);
	g_mime_format_options_free(options);
	if (written < 0)
		return -EIO;
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	return buf_add(out, bytes->data, bytes->len);
}

int mail_draft_format(const struct mail_draft *draft, struct buf *out, const char **ret_why)
{
	CLEANUP(unrefp) GMimeMessage *message = NULL;
	CLEANUP(unrefp) GMimeObject *body = NULL;
	int r;

	g_mime_init();
	message = g_mime_message_new(TRUE);
	r = set_headers(message, draft, ret_why);
	if (r < 0)
		return r;
	body = make_body(draft);
	g_mime_message_set_mime_part(message, body);
	return write_out(message, out);
}
