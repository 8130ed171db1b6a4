/* Fills a webhook's URL, headers and body. See webhook_call.h. */
#include "dest/webhook_call.h"

#include <errno.h>
#include <string.h>

#include "base/fetch.h"
#include "base/json.h"
#include "base/template.h"

/* ---- URL ---- */

/* A segment that is empty, "." or "..": a value that is one leads elsewhere in the path. */
static bool has_odd_segment(const char *path)
{
	size_t end = strcspn(path, "?");

	for (size_t at = 0, len; at < end; at += len) {
		at++; /* the '/' */
		len = strcspn(path + at, "/?");
		if ((len == 0 && path[at] == '/') || (len == 1 && path[at] == '.') ||
		    (len == 2 && path[at] == '.' && path[at + 1] == '.'))
			return true;
	}
	return false;
}

static int make_url(const struct config_destination *destination, struct json_object *payload,
		    char **ret_url, char **ret_why)
{
	const char *plain = destination->secret_url ? destination->secret_url : destination->url;
	CLEANUP(freep) char *url = NULL;
	const char *path;
	int r;

	if (!destination->url_template) {
		*ret_url = xstrdup(plain);
		return 0;
	}
	r = template_render(destination->url_template, payload, WEBHOOK_MAX_URL, &url, ret_why);
	if (r < 0)
		return r;
	path = strstr(url, "://") + 3; /* it was checked at load */
	path += strcspn(path, "/?");
	if (has_odd_segment(path)) {
		*ret_why = xstrdup("a value would lead elsewhere in the URL: it is empty or dots");
		return -EBADMSG;
	}
	*ret_url = TAKE(url);
	return 0;
}

/* ---- headers ---- */

static void add_header(struct webhook_call *call, char *header)
{
	call->headers = xrealloc(call->headers, call->header_count + 2, sizeof(*call->headers));
	call->headers[call->header_count++] = header;
	call->headers[call->header_count] = NULL;
}

static int add_own(struct webhook_call *call, const struct config_header *header,
		   struct json_object *payload, char **ret_why)
{
	CLEANUP(freep) char *value = NULL;
	CLEANUP(freep) char *line = NULL;
	int r = template_render_line(header->value, payload, WEBHOOK_MAX_VALUE, &value, ret_why);

	if (r < 0)
		return r;
	line = xasprintf("%s: %s", header->name, value);
	if (!fetch_check_header(line)) {
		*ret_why = xasprintf("no value for the header %s: it is empty", header->name);
		return -EBADMSG;
	}
	add_header(call, TAKE(line));
	return 0;
}

static int make_headers(const struct config_destination *destination, struct json_object *payload,
			struct webhook_call *call, char **ret_why)
{
	int r = 0;

	add_header(call, xasprintf("Content-Type: %s", destination->content_type));
	add_header(call, xstrdup("User-Agent: maaxd/" MAAXD_VERSION));
	for (size_t i = 0; r == 0 && i < destination->header_lines.count; i++)
		r = add_own(call, &destination->headers[i], payload, ret_why);
	return r;
}

/* ---- body ---- */

static int make_body(const struct config_destination *destination, struct json_object *payload,
		     struct webhook_call *call, char **ret_why)
{
	CLEANUP(json_putp) struct json_object *root = NULL;
	const char *why;
	int r;

	if (!destination->body) {
		call->body = json_format(payload, &call->len);
		return 0;
	}
	r = template_render(destination->body, payload, WEBHOOK_MAX_BODY, &call->body, ret_why);
	if (r < 0)
		return r;
	call->len = strlen(call->body);
	if (config_body_kind(destination->content_type) != CONFIG_BODY_JSON ||
	    json_parse(call->body, call->len, &root, &why) == 0)
		return 0;
	*ret_why = xasprintf("the body is no JSON: %s", why);
	return -EBADMSG;
}

int webhook_call_make(const struct config_destination *destination, const struct parcel *parcel,
		      struct webhook_call *ret_call, char **ret_why)
{
	CLEANUP(webhook_call_done) struct webhook_call call = { 0 };
	int r = make_url(destination, parcel->payload, &call.url, ret_why);

	if (r == 0)
		r = make_body(destination, parcel->payload, &call, ret_why);
	if (r == 0)
		r = make_headers(destination, parcel->payload, &call, ret_why);
	if (r < 0)
		return r;
	*ret_call = call;
	call = (struct webhook_call){ 0 };
	return 0;
}

void webhook_call_done(struct webhook_call *call)
{
	free(call->url);
	free(call->body);
	for (size_t i = 0; i < call->header_count; i++)
		free(call->headers[i]);
	free(call->headers);
	*call = (struct webhook_call){ 0 };
}
