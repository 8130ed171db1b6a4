/* Values of the configuration that stay text: what each type allows, and why one is refused. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "base/fetch.h"
#include "base/json.h"
#include "options_table.h"

#define MAX_TEXT 256
#define MAX_PATH 1024
#define MAX_URL 1024
#define MAX_HOST 255
#define MAX_LIST 512
#define MAX_STRING 1024

int option_refuse(char **ret_why, const char *format, ...)
{
	char text[1000];
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(text, sizeof(text), format, args)); /* a cut text is good enough */
	va_end(args);
	*ret_why = xstrdup(text);
	return -EINVAL;
}

/* A word of Maax's or of ours: printable ASCII without blanks. */
static int check_word(const char *text, char **ret_why)
{
	if (strlen(text) > MAX_TEXT)
		return option_refuse(ret_why, "longer than %d characters", MAX_TEXT);
	for (const char *p = text; *p; p++)
		if (!isgraph((unsigned char)*p))
			return option_refuse(ret_why, "must be one word of ASCII, without blanks");
	return 0;
}

/* One line, of ASCII or any other characters. Bytes 0xC2 0x80 to 0xC2 0x9F are control characters
 * too. */
static int check_string(const char *text, char **ret_why)
{
	size_t len = strlen(text);

	if (len > MAX_STRING)
		return option_refuse(ret_why, "longer than %d bytes", MAX_STRING);
	if (!json_is_utf8(text, len))
		return option_refuse(ret_why, "not UTF-8");
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (iscntrl(*p) || (p[0] == 0xC2 && p[1] < 0xA0))
			return option_refuse(ret_why, "must be one line without tabs and control "
						      "characters");
	return 0;
}

static int check_path(const char *text, char **ret_why)
{
	if (text[0] != '/')
		return option_refuse(ret_why, "not an absolute path: begin it with '/'");
	if (strlen(text) > MAX_PATH)
		return option_refuse(ret_why, "path longer than %d bytes", MAX_PATH);
	return 0;
}

/* A credential's name becomes a file name: nothing that could leave its directory. */
static int check_file(const char *text, char **ret_why)
{
	if (strchr(text, '/'))
		return check_path(text, ret_why);
	if (strlen(text) > MAX_HOST || text[0] == '.')
		return option_refuse(ret_why, "neither an absolute path nor a credential's name");
	for (const char *p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			return option_refuse(ret_why,
					     "neither an absolute path nor a credential's name "
					     "(letters, digits, '.', '_', '-')");
	return 0;
}

static int check_url(const char *text, char **ret_why)
{
	const char *why;

	if (strlen(text) > MAX_URL)
		return option_refuse(ret_why, "URL longer than %d bytes", MAX_URL);
	if (strstr(text, "${")) /* options_calls.c checks it with its places filled */
		return 0;
	if (fetch_check_url(text, &why) < 0)
		return option_refuse(ret_why, "not a usable URL: %s", why);
	return 0;
}

static int check_base_url(const char *text, char **ret_why)
{
	int r = check_url(text, ret_why);

	if (r < 0)
		return r;
	if (strstr(text, "${"))
		return option_refuse(ret_why, "has no places: write it out");
	if (strchr(text, '?'))
		return option_refuse(ret_why, "has a '?', but paths are added to it: leave the "
					      "query out");
	return 0;
}

static int check_mode(const char *text, char **ret_why)
{
	size_t len = strlen(text), octal = strspn(text, "01234567");

	if (octal != len || (len != 3 && !(len == 4 && text[0] == '0')))
		return option_refuse(ret_why, "not permissions in octal: write 0660, say");
	return 0;
}

static int check_port(const char *port, char **ret_why)
{
	size_t len = strlen(port);

	if (len == 0 || len > 5 || strspn(port, "0123456789") != len ||
	    strtoul(port, NULL, 10) > UINT16_MAX)
		return option_refuse(ret_why, "the port must be from 0 to 65535");
	return 0;
}

static int check_unix(const char *path, char **ret_why)
{
	struct sockaddr_un address;

	if (path[0] != '/')
		return option_refuse(ret_why, "the path of a socket must be absolute: unix:/…");
	if (strlen(path) >= sizeof(address.sun_path))
		return option_refuse(ret_why, "the path of a socket has at most %zu bytes",
				     sizeof(address.sun_path) - 1);
	return 0;
}

static int check_listen(const char *text, char **ret_why)
{
	const char *colon = strrchr(text, ':');
	bool is_bracketed = text[0] == '[';
	CLEANUP(freep) char *host = NULL;
	struct in6_addr address;
	size_t len;

	if (option_is_unix(text))
		return check_unix(text + strlen("unix:"), ret_why);
	if (!colon)
		return option_refuse(ret_why, "no port: write 127.0.0.1:8080, [::1]:8080 or "
					      "unix:/path");
	len = (size_t)(colon - text);
	if (is_bracketed && len >= 2 && text[len - 1] == ']')
		host = xstrndup(text + 1, len - 2);
	else
		host = xstrndup(text, len);
	if (inet_pton(is_bracketed ? AF_INET6 : AF_INET, host, &address) != 1)
		return option_refuse(ret_why,
				     "not a numeric address: write 127.0.0.1:%s, [::1]:%s, or "
				     "0.0.0.0:%s and [::]:%s for all",
				     colon + 1, colon + 1, colon + 1, colon + 1);
	return check_port(colon + 1, ret_why);
}

bool option_is_unix(const char *listen)
{
	return strncmp(listen, "unix:", strlen("unix:")) == 0;
}

char *option_suggest(const struct option_choice *choices, const char *word)
{
	CLEANUP(buf_done) struct buf list = BUF_INIT(MAX_LIST);
	const char *names[16] = { NULL };
	size_t count = 0;
	const char *closest;

	for (; count < ARRAY_SIZE(names) && choices[count].name; count++)
		names[count] = choices[count].name;
	closest = words_closest(word, names, count);
	if (closest)
		return xasprintf("did you mean \"%s\"?", closest);
	/* Our own names, a handful: they fit. */
	for (size_t i = 0; i < count; i++)
		if (!choices[i].is_planned)
			IGNORE(buf_add_format(&list, "%s%s", list.len ? ", " : "", names[i]));
	return xasprintf("there is %s", buf_text(&list));
}

int option_check_text(const struct option *option, const char *text, char **ret_why)
{
	static int (*const checks[OPT_TYPE_MAX])(const char *text, char **ret_why) = {
		[OPT_TEXT] = check_word,     [OPT_PATH] = check_path,
		[OPT_FILE] = check_file,     [OPT_URL] = check_url,
		[OPT_LISTEN] = check_listen, [OPT_BASE_URL] = check_base_url,
		[OPT_MODE] = check_mode,     [OPT_STRING] = check_string,
	};

	return checks[option->type](text, ret_why);
}

char *option_url_host(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + strlen("://") : url;
	if (host[0] == '[')
		return xstrndup(host + 1, strcspn(host + 1, "]"));
	return xstrndup(host, strcspn(host, ":/?"));
}

bool option_is_loopback(const char *host)
{
	struct in_addr address;

	if (strcasecmp(host, "localhost") == 0 || streq(host, "::1"))
		return true;
	return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}
