/*
 * Mail over SMTP: one message as a curl easy handle. Socket, time and end of it are fetch.c's.
 *
 * What curl makes of a refusal depends on when it came; the server's own last words and whether it
 * had asked for the message tell more, so these are kept.
 */
#include "base/fetch_mail.h"

#include <errno.h>
#include <string.h>

#define MAX_MAIL (4 * MIB)

/* ---- the request ---- */

int fetch_check_server(const char *text, const char **ret_why)
{
	size_t scheme = strncmp(text, "smtps://", 8) == 0 ? 8 : 7;
	CURLU *url = curl_url();
	bool is_usable;

	if (!url)
		abort();
	is_usable = !strpbrk(text, " \t\r\n\\%@") &&
		    curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
	curl_url_cleanup(url);
	if (scheme == 7 && strncmp(text, "smtp://", 7) != 0)
		*ret_why = "it does not start with smtp:// or smtps://";
	else if (strpbrk(text + scheme, "/?#"))
		*ret_why = "there is something behind the host: write smtp://host:587";
	else if (!is_usable || text[scheme] == '\0' || text[scheme] == ':')
		*ret_why = "there is no usable host in it: write smtp://host:587";
	else
		return 0;
	return -EINVAL;
}

/* Printable ASCII but for what could end the command: the rest is the caller's to check. */
static char *envelope_address(const char *address)
{
	for (const char *p = address; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '<' || *p == '>')
			return NULL;
	return address[0] ? xasprintf("<%s>", address) : NULL;
}

static int add_recipient(struct fetch_easy *easy, const char *address)
{
	CLEANUP(freep) char *text = envelope_address(address);
	struct curl_slist *longer;

	if (!text)
		return -EINVAL;
	longer = curl_slist_append(easy->mail_to, text);
	if (!longer)
		return -ENOMEM;
	easy->mail_to = longer;
	return 0;
}

int fetch_mail_check(struct fetch_easy *easy, const struct fetch_request *request)
{
	const struct fetch_mail *mail = request->mail;
	const char *why;
	int r = fetch_check_server(request->url, &why);

	easy->mail_from = envelope_address(mail->from);
	if (r < 0 || !easy->mail_from || !mail->to[0])
		return -EINVAL;
	for (const char *const *to = mail->to; *to && r == 0; to++)
		r = add_recipient(easy, *to);
	if (r < 0)
		return r;
	easy->mail = BUF_INIT(MAX_MAIL);
	r = buf_add(&easy->mail, request->body, request->body_len);
	return r == -E2BIG ? -EINVAL : r;
}

/* CURLOPT_READFUNCTION: curl asks for it when the server has said 354. */
static size_t on_read(char *out, size_t size, size_t count, void *ctx)
{
	struct fetch_easy *easy = ctx;
	size_t left = easy->mail.len - easy->mail_taken;
	size_t len = size * count < left ? size * count : left;

	easy->mail_began = true;
	if (len > 0)
		memcpy(out, easy->mail.data + easy->mail_taken, len);
	easy->mail_taken += len;
	return len;
}

/* CURLOPT_HEADERFUNCTION: the lines of the server's replies. Only the last reply is kept. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is curl's */
static size_t on_reply_line(char *data, size_t size, size_t count, void *ctx)
{
	struct fetch_easy *easy = ctx;
	size_t len = size * count;

	if (easy->reply_ended)
		buf_clear(&easy->body);
	easy->reply_ended = len < 4 || data[3] != '-';
	/* an excerpt for people: what does not fit is left out */
	IGNORE(buf_add(&easy->body, data, len));
	return len;
}

CURLcode fetch_mail_set(struct fetch_easy *easy, const struct fetch_request *request)
{
	const struct fetch_mail *mail = request->mail;
	bool is_tls = strncmp(request->url, "smtps://", 8) == 0;
	const struct {
		CURLoption option;
		const void *value;
	} pointers[] = {
		{ CURLOPT_PROTOCOLS_STR, is_tls ? "smtps" : "smtp" },
		{ CURLOPT_MAIL_FROM, easy->mail_from },
		{ CURLOPT_MAIL_RCPT, easy->mail_to },
		{ CURLOPT_USERNAME, mail->user },
		{ CURLOPT_PASSWORD, mail->user ? mail->password : NULL },
		{ CURLOPT_READDATA, easy },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < ARRAY_SIZE(pointers) && !code; i++)
		code = curl_easy_setopt(easy->curl, pointers[i].option, pointers[i].value);
	if (!code)
		code = curl_easy_setopt(easy->curl, CURLOPT_READFUNCTION, on_read);
	if (!code)
		code = curl_easy_setopt(easy->curl, CURLOPT_HEADERFUNCTION, on_reply_line);
	if (!code)
		code = curl_easy_setopt(easy->curl, CURLOPT_USE_SSL,
					mail->starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE);
	if (!code)
		code = curl_easy_setopt(easy->curl, CURLOPT_UPLOAD, 1L);
	return code;
}

/* ---- the reply ---- */

/* Refusals that tell of the login and not of the mail: 530 to 538 (RFC 4954), after MAIL too. */
static bool is_about_login(long status)
{
	return status >= 530 && status <= 538;
}

/* Whether the last reply is a verdict on this mail: MAIL, RCPT and DATA are refused as SEND_ERROR,
 * the message itself as WEIRD_SERVER_REPLY. */
static bool is_verdict(const struct fetch_easy *easy, CURLcode code, long status)
{
	if (code == CURLE_OK)
		return true;
	if (status < 400 || is_about_login(status))
		return false;
	return code == CURLE_SEND_ERROR || (code == CURLE_WEIRD_SERVER_REPLY && easy->mail_began);
}

static const char *describe(const struct fetch_easy *easy, CURLcode code, long status)
{
	if (code == CURLE_LOGIN_DENIED || (status >= 400 && is_about_login(status)))
		return "the server refused the login";
	if (code == CURLE_USE_SSL_FAILED)
		return "the server does not offer STARTTLS";
	return easy->error[0] ? easy->error : curl_easy_strerror(code);
}

struct fetch_result fetch_mail_result(const struct fetch_easy *easy, CURLcode code)
{
	struct fetch_result result = {
		.detail = "",
		.body = buf_text(&easy->body),
		.body_len = easy->body.len,
		.content_type = "",
	};
	long status = 0;

	curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &status);
	if (is_verdict(easy, code, status)) {
		result.status = (int)status;
		return result;
	}
	result.error = easy->mail_began ? FETCH_UNCERTAIN : FETCH_UNSENT;
	result.timed_out = code == CURLE_OPERATION_TIMEDOUT;
	result.detail = describe(easy, code, status);
	return result;
}
