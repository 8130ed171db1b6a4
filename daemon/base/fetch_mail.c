/*
 * Mail over SMTP. curl connects, starts TLS and logs in, all without blocking; the rest of the talk
 * (MAIL, RCPT, DATA and the message) is held here over its connection. curl's own would wait for
 * the reply to the message inside the library, and nothing else could happen meanwhile.
 */
#include "base/fetch_mail.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/words.h"

#define MAX_MAIL (8 * MIB) /* with its dots doubled */
#define MAX_OUT (16 * KIB)
#define MAX_LINE 2048

enum stage { STAGE_CONNECT, STAGE_MAIL, STAGE_RCPT, STAGE_DATA, STAGE_MESSAGE };

struct mail_talk {
	char *from; /* "<address>", as all of these */
	struct words to;
	struct buf message;	   /* as it is sent: dots doubled, its end marked */
	struct buf out;		   /* the command under way */
	const struct buf *sending; /* `out` or `message`; NULL: a reply is awaited */
	size_t sent;
	struct buf line; /* of the reply, as far as it has come */
	size_t next_to;
	enum stage stage;
	bool reply_ended; /* the easy's body is a whole reply: the next line begins another */
	int status;	  /* of the reply that settled it; 0: none did */
	CURL *curl;
	struct buf *reply;
	struct loop_source *source;
	fetch_mail_fn *on_end;
	void *ctx;
};

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

/* "<address>" of printable ASCII, without what could end the command; NULL: it is none. */
static char *envelope_address(const char *address)
{
	for (const char *p = address; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '<' || *p == '>')
			return NULL;
	return address[0] ? xasprintf("<%s>", address) : NULL;
}

/* The message with a second dot where a line begins with one, and its end. */
static int stuff_dots(struct buf *out, const char *text, size_t len)
{
	const char *end = text + len;
	int r = 0;

	while (r == 0 && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line = newline ? (size_t)(newline - text) + 1 : (size_t)(end - text);

		if (*text == '.')
			r = buf_add_text(out, ".");
		if (r == 0)
			r = buf_add(out, text, line);
		text += line;
	}
	if (r == 0 && (out->len < 2 || memcmp(out->data + out->len - 2, "\r\n", 2) != 0))
		r = buf_add_text(out, "\r\n");
	return r < 0 ? r : buf_add_text(out, ".\r\n");
}

static int take_envelope(struct mail_talk *talk, const struct fetch_mail *mail)
{
	size_t count = 0;

	while (mail->to[count])
		count++;
	talk->from = envelope_address(mail->from);
	talk->to.word = xcalloc(count + 1, sizeof(*talk->to.word));
	for (size_t i = 0; i < count; i++) {
		char *address = envelope_address(mail->to[i]);

		if (!address)
			return -EINVAL;
		talk->to.word[talk->to.count++] = address;
	}
	return talk->from && count > 0 ? 0 : -EINVAL;
}

int fetch_mail_init(struct fetch_easy *easy, const struct fetch_request *request)
{
	struct mail_talk *talk = xnew(struct mail_talk);
	const char *why;
	int r;

	talk->message = BUF_INIT(MAX_MAIL);
	talk->out = BUF_INIT(MAX_OUT);
	talk->line = BUF_INIT(MAX_LINE);
	talk->reply = &easy->body;
	easy->talk = talk;
	r = fetch_check_server(request->url, &why);
	if (r < 0)
		return r;
	r = take_envelope(talk, request->mail);
	if (r == 0)
		r = stuff_dots(&talk->message, request->body, request->body_len);
	return r == -E2BIG ? -EINVAL : r;
}

void fetch_mail_hang_up(struct fetch_easy *easy)
{
	if (easy->talk)
		easy->talk->source = loop_source_free(easy->talk->source);
}

void fetch_mail_done(struct fetch_easy *easy)
{
	struct mail_talk *talk = easy->talk;

	if (!talk)
		return;
	fetch_mail_hang_up(easy);
	free(talk->from);
	words_done(&talk->to);
	buf_done(&talk->message);
	buf_done(&talk->out);
	buf_done(&talk->line);
	free(talk);
	easy->talk = NULL;
}

/* ---- replies ---- */

/* One line of a reply. Only the last reply is kept. True at the end of one. */
static bool take_line(struct mail_talk *talk, const char *line, size_t len)
{
	if (talk->reply_ended)
		buf_clear(talk->reply);
	talk->reply_ended = len < 4 || line[3] != '-';
	/* an excerpt for people: what does not fit is left out */
	IGNORE(buf_add(talk->reply, line, len));
	return talk->reply_ended;
}

/* CURLOPT_HEADERFUNCTION: replies while curl connects. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is curl's */
static size_t on_reply_line(char *data, size_t size, size_t count, void *ctx)
{
	struct fetch_easy *easy = ctx;

	take_line(easy->talk, data, size * count);
	return size * count;
}

CURLcode fetch_mail_set(struct fetch_easy *easy, const struct fetch_request *request)
{
	const struct fetch_mail *mail = request->mail;
	bool is_tls = strncmp(request->url, "smtps://", 8) == 0;
	const char *password = mail->password ? mail->password : "";
	CURL *curl = easy->curl;
	/* curl greets with what stands behind the host */
	CLEANUP(freep)
	char *url = xasprintf("%s/%s", request->url, mail->helo ? mail->helo : "");
	CURLcode code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, is_tls ? "smtps" : "smtp");

	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_URL, url);
	if (!code && mail->user)
		code = curl_easy_setopt(curl, CURLOPT_USERNAME, mail->user);
	if (!code && mail->user)
		code = curl_easy_setopt(curl, CURLOPT_PASSWORD, password);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_reply_line);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_USE_SSL,
					mail->starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE);
	return code ? code : curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
}

/* ---- the talk ---- */

static void end(struct mail_talk *talk, CURLcode code)
{
	static const char quit[] = "QUIT\r\n";
	size_t sent;

	talk->source = loop_source_free(talk->source);
	if (talk->status) /* for good manners; whether it arrives does not matter */
		IGNORE(curl_easy_send(talk->curl, quit, sizeof(quit) - 1, &sent));
	talk->on_end(code, talk->ctx);
}

static void say(struct mail_talk *talk, enum stage stage, const char *verb, const char *address)
{
	buf_clear(&talk->out);
	/* both are bounded */
	IGNORE(buf_add_format(&talk->out, "%s%s\r\n", verb, address));
	talk->stage = stage;
	talk->sending = &talk->out;
	talk->sent = 0;
}

/* What follows from a whole reply. False: the talk is over. */
static bool answer(struct mail_talk *talk)
{
	int code = (int)strtol(buf_text(talk->reply), NULL, 10);
	bool is_fine = talk->stage == STAGE_DATA ? code == 354 : code >= 200 && code < 300;

	if (!is_fine || talk->stage == STAGE_MESSAGE) {
		talk->status = code;
		return false;
	}
	if (talk->stage == STAGE_DATA) {
		talk->stage = STAGE_MESSAGE;
		talk->sending = &talk->message;
		talk->sent = 0;
	} else if (talk->next_to < talk->to.count) {
		say(talk, STAGE_RCPT, "RCPT TO:", talk->to.word[talk->next_to++]);
	} else {
		say(talk, STAGE_DATA, "DATA", "");
	}
	return true;
}

/* Sends what is to be sent. CURLE_AGAIN: when the socket has room. */
static CURLcode push(struct mail_talk *talk)
{
	while (talk->sending && talk->sent < talk->sending->len) {
		size_t count = 0;
		CURLcode code = curl_easy_send(talk->curl, talk->sending->data + talk->sent,
					       talk->sending->len - talk->sent, &count);

		if (code)
			return code;
		talk->sent += count;
	}
	talk->sending = NULL;
	return CURLE_OK;
}

/* Takes one line from the server's bytes. CURLE_AGAIN: it has not come yet. */
static CURLcode read_line(struct mail_talk *talk)
{
	for (;;) {
		char byte;
		size_t count = 0;
		CURLcode code = curl_easy_recv(talk->curl, &byte, 1, &count);

		if (code)
			return code;
		if (count == 0)
			return CURLE_GOT_NOTHING;
		if (buf_add(&talk->line, &byte, 1) < 0)
			return CURLE_WEIRD_SERVER_REPLY;
		if (byte == '\n')
			return CURLE_OK;
	}
}

/* Goes on until it has to wait or is over. */
static CURLcode step(struct mail_talk *talk)
{
	for (;;) {
		bool is_whole;
		CURLcode code = push(talk);

		if (!code)
			code = read_line(talk);
		if (code)
			return code;
		is_whole = take_line(talk, talk->line.data, talk->line.len);
		buf_clear(&talk->line);
		if (is_whole && !answer(talk))
			return CURLE_OK;
	}
}

static void on_io(int fd, uint32_t events, void *ctx)
{
	struct mail_talk *talk = ctx;
	CURLcode code = step(talk);

	(void)fd;
	(void)events;
	if (code == CURLE_AGAIN &&
	    loop_set_io_events(talk->source, EPOLLIN | (talk->sending ? EPOLLOUT : 0)) == 0)
		return;
	end(talk, code == CURLE_AGAIN ? CURLE_OUT_OF_MEMORY : code);
}

int fetch_mail_talk(struct fetch_easy *easy, struct loop *loop, fetch_mail_fn *on_end, void *ctx)
{
	struct mail_talk *talk = easy->talk;
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(easy->curl, CURLINFO_ACTIVESOCKET, &fd) || fd == CURL_SOCKET_BAD)
		return -ENOTCONN;
	talk->curl = easy->curl;
	talk->on_end = on_end;
	talk->ctx = ctx;
	say(talk, STAGE_MAIL, "MAIL FROM:", talk->from);
	return loop_add_io(loop, fd, EPOLLIN | EPOLLOUT, on_io, talk, &talk->source);
}

/* ---- the result ---- */

/* Refusals that tell of the login and not of the mail (RFC 4954), after MAIL too. */
static bool is_about_login(long status)
{
	return status >= 530 && status <= 538;
}

static const char *describe(const struct fetch_easy *easy, CURLcode code, bool is_login)
{
	if (is_login || code == CURLE_LOGIN_DENIED)
		return "the server refused the login";
	if (code == CURLE_USE_SSL_FAILED)
		return "the server does not offer STARTTLS";
	if (code == CURLE_GOT_NOTHING)
		return "the server hung up";
	return easy->error[0] ? easy->error : curl_easy_strerror(code);
}

struct fetch_result fetch_mail_result(const struct fetch_easy *easy, CURLcode code)
{
	const struct mail_talk *talk = easy->talk;
	struct fetch_result result = {
		.detail = "",
		.body = buf_text(&easy->body),
		.body_len = easy->body.len,
		.content_type = "",
	};
	bool is_login = is_about_login(talk->status);

	if (talk->status > 0 && !is_login) {
		result.status = talk->status;
		return result;
	}
	result.error = talk->stage == STAGE_MESSAGE ? FETCH_UNCERTAIN : FETCH_UNSENT;
	result.timed_out = code == CURLE_OPERATION_TIMEDOUT;
	result.detail = describe(easy, code, is_login);
	return result;
}
