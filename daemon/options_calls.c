/*
 * What a webhook calls: its URL, headers, body and login are compiled and checked, so that whatever
 * a customer writes can neither lead elsewhere nor break the request around it.
 */
#include <string.h>
#include <strings.h>

#include "base/fetch.h"
#include "base/json.h"
#include "base/template.h"
#include "options_table.h"

/* ---- the URL ---- */

/* No value may choose the host, so the first place stands behind it. */
static bool is_host_fixed(const char *url)
{
	const char *place = strstr(url, "${");
	const char *host = strstr(url, "://");

	return host && host + strcspn(host + 3, "/?") + 3 < place;
}

/* The URL when it has places; problems are told without its text, which may be a secret. */
static void compile_url(struct load *load, struct config_destination *destination,
			struct option_site site, const char *url)
{
	CLEANUP(freep) char *why = NULL;
	CLEANUP(freep) char *sample = NULL;
	const char *fault;

	if (template_parse(url, &destination->url_template, &why) < 0) {
		load_error(load, site, "%s", why);
		return;
	}
	if (!is_host_fixed(url)) {
		load_error(load, site,
			   "a place in the host: write places behind the first '/' only");
		return;
	}
	if (!template_is_escaped(destination->url_template, "url", NULL)) {
		load_error(load, site,
			   "a place without the filter url: write ${/data/message/id | url}");
		return;
	}
	sample = template_sample(destination->url_template);
	if (fetch_check_url(sample, &fault) < 0)
		load_error(load, site, "not a usable URL: %s", fault);
}

static void make_url(struct load *load, struct config_destination *destination)
{
	const char *key = destination->url_file ? "url_file" : "url";
	const struct option_site site = option_site_of(destination, key);
	const char *url = destination->url_file ? destination->secret_url : destination->url;
	const char *why;

	if (destination->url && destination->url_file)
		load_error(load, site, "there is a url already: keep one of them");
	else if (!destination->url && !destination->url_file)
		load_error(load, site,
			   "missing: add it, for example url = https://desk.example.org/maax");
	else if (url && strstr(url, "${"))
		compile_url(load, destination, site, url);
	else if (url && fetch_check_url(url, &why) < 0)
		load_error(load, site, "not a usable URL: %s", why);
}

/* ---- headers ---- */

/* Ours, or those of the connection. */
static bool is_reserved(const char *name)
{
	static const char *const names[] = {
		"Connection",
		"Content-Length",
		"Content-Type",
		"Expect",
		"Host",
		"Keep-Alive",
		"TE",
		"Trailer",
		"Transfer-Encoding",
		"Upgrade",
		"webhook-id",
		"webhook-signature",
		"webhook-timestamp",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_login(const char *name)
{
	return strcasecmp(name, "Authorization") == 0 ||
	       strcasecmp(name, "Proxy-Authorization") == 0 || strcasecmp(name, "Cookie") == 0;
}

static bool is_header_name(const char *name)
{
	CLEANUP(freep) char *header = xasprintf("%s: 0", name);

	return !strchr(name, ':') && fetch_check_header(header);
}

static void make_header(struct load *load, struct option_site site, const char *line,
			struct config_header *header)
{
	size_t len = strcspn(line, ":");
	const char *value = line + len + (line[len] == ':');
	CLEANUP(freep) char *why = NULL;
	CLEANUP(freep) char *sample = NULL;

	value += strspn(value, " \t");
	header->name = xstrndup(line, len);
	if (line[len] != ':' || !is_header_name(header->name) || !value[0])
		load_error(load, site, "\"%.60s\" is no header: write \"Name: value\", in quotes",
			   line);
	else if (is_login(header->name))
		load_error(load, site,
			   "%s does not belong in this file: use basic_file or bearer_file",
			   header->name);
	else if (is_reserved(header->name))
		load_error(load, site, "%s is set by maaxd: remove it", header->name);
	else if (template_parse(value, &header->value, &why) < 0)
		load_error(load, site, "%s: %s", header->name, why);
	if (!header->value)
		return;
	sample = template_sample(header->value);
	if (strpbrk(sample, "\r\n"))
		load_error(load, site, "%s: must be one line", header->name);
}

static void make_headers(struct load *load, struct config_destination *destination)
{
	const struct words *lines = &destination->header_lines;
	const struct option_site site = option_site_of(destination, "headers");

	destination->headers = xcalloc(lines->count, sizeof(*destination->headers));
	for (size_t i = 0; i < lines->count; i++) {
		make_header(load, site, lines->word[i], &destination->headers[i]);
		for (size_t k = 0; k < i; k++)
			if (strcasecmp(destination->headers[k].name,
				       destination->headers[i].name) == 0)
				load_error(load, site, "%.60s is there twice: keep one",
					   destination->headers[i].name);
	}
}

/* ---- the body ---- */

static void check_json(struct load *load, const struct config_destination *destination)
{
	const struct option_site site = option_site_of(destination, "body");
	CLEANUP(freep) char *sample = NULL;
	CLEANUP(json_putp) struct json_object *root = NULL;
	const char *why;

	if (!template_is_escaped(destination->body, "json", "json_inside")) {
		load_error(load, site,
			   "a place without the filter json or json_inside: write "
			   "{\"text\": ${/data/answer/text | json}}");
		return;
	}
	sample = template_sample(destination->body);
	if (json_parse(sample, strlen(sample), &root, &why) < 0)
		load_error(load, site, "with 0 in each of its places it is no JSON: %s", why);
}

static void check_body(struct load *load, const struct config_destination *destination)
{
	const struct option_site site = option_site_of(destination, "content_type");
	CLEANUP(freep) char *header = xasprintf("Content-Type: %s", destination->content_type);
	enum config_body kind = config_body_kind(destination->content_type);

	if (!fetch_check_header(header) || !strchr(destination->content_type, '/'))
		load_error(load, site, "not a content type: write application/json, say");
	else if (!destination->body && kind != CONFIG_BODY_JSON)
		load_error(load, site, "the payload is JSON: for another type add a body");
	else if (destination->body && kind == CONFIG_BODY_JSON)
		check_json(load, destination);
	else if (destination->body && kind == CONFIG_BODY_FORM &&
		 !template_is_escaped(destination->body, "url", NULL))
		load_error(load, option_site_of(destination, "body"),
			   "a place without the filter url: write Body=${/data/answer/text | url}");
}

/* ---- who it comes from ---- */

static void check_login(struct load *load, const struct config_destination *destination)
{
	const char *name = destination->bearer_header;

	if (destination->basic_file && destination->bearer_file)
		load_error(load, option_site_of(destination, "basic_file"),
			   "there is a bearer_file too: keep one of them");
	if (name && !destination->bearer_file)
		load_error(load, option_site_of(destination, "bearer_header"),
			   "there is no bearer_file whose token it could have");
	if (name && (!is_header_name(name) || is_reserved(name)))
		load_error(load, option_site_of(destination, "bearer_header"),
			   "no name of a header that can be set: write api_access_token, say");
	if (!destination->secret_file && !destination->body && !destination->basic_file &&
	    !destination->bearer_file)
		load_error(load, option_site_of(destination, "secret_file"),
			   "missing: add it, for example secret_file = /etc/maaxd/desk-secret "
			   "(or a body, basic_file or bearer_file)");
}

/* A login, or answers, in clear. */
static void check_clear(struct load *load, const struct config_destination *destination)
{
	CLEANUP(freep) char *host = destination->url ? option_url_host(destination->url) : NULL;

	if (host && (destination->basic_file || destination->bearer_file) &&
	    strncasecmp(destination->url, "http:", 5) == 0 && !option_is_loopback(host))
		load_warning(load, option_site_of(destination, "url"),
			     "http: the login crosses the network in clear: use https");
}

void options_make_calls(struct load *load)
{
	for (size_t i = 0; i < load->config->destination_count; i++) {
		struct config_destination *destination = &load->config->destinations[i];

		if (destination->kind != DESTINATION_WEBHOOK)
			continue;
		make_url(load, destination);
		make_headers(load, destination);
		if (destination->content_type)
			check_body(load, destination);
		check_login(load, destination);
		check_clear(load, destination);
	}
}
