/* Rules between keys, what is allowed but unwise, and what a reload cannot change. */
#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "options_table.h"

#define MAX_GROUP (1 * MIB) /* members and name of a group, as the system returns them */
#define MANY_STREAMS 1000
#define SERVE_PUBLIC (SERVE_CALLBACKS | SERVE_API | SERVE_HOOKS | SERVE_WIDGET)

static struct option_site listener_site(const struct config_listener *listener, const char *key)
{
	return (struct option_site){ SECTION_LISTENER, listener->name, key };
}

static void check_counts(struct load *load)
{
	static const enum section needed[] = { SECTION_LISTENER, SECTION_AI, SECTION_SOURCE };

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (section_count(load->config, needed[i]) == 0)
			conf_error(load->errors, load->conf->path, 0,
				   "there is no [%s \"NAME\"] section: add one",
				   section_types[needed[i]].name);
}

/* Port 0 is any free port, so two of them are no clash. */
static bool is_same_address(const char *a, const char *b)
{
	const char *port = strrchr(a, ':');

	if (!option_is_unix(a) && strtoul(port + 1, NULL, 10) == 0)
		return false;
	return streq(a, b);
}

static void check_addresses(struct load *load)
{
	const struct config *config = load->config;

	for (size_t i = 0; i < config->listener_count; i++) {
		const struct config_listener *listener = &config->listeners[i];

		for (size_t k = 0; listener->listen && k < i; k++) {
			const struct config_listener *other = &config->listeners[k];

			if (other->listen && is_same_address(other->listen, listener->listen))
				load_error(load, listener_site(listener, "listen"),
					   "the address of [listener \"%s\"]: give each its own",
					   other->name);
		}
	}
}

/* Only a warning: the group may come from a directory that is down just now. */
static void find_group(struct load *load, struct config_listener *listener)
{
	CLEANUP(freep) char *memory = NULL;
	struct group group, *found = NULL;

	listener->admin_gid = (gid_t)-1;
	if (!listener->admin_group)
		return;
	memory = xcalloc(1, MAX_GROUP);
	IGNORE(getgrnam_r(listener->admin_group, &group, memory, MAX_GROUP, &found));
	if (found)
		listener->admin_gid = found->gr_gid;
	else
		load_warning(load, listener_site(listener, "admin_group"),
			     "there is no group \"%s\" here: only root can use admin",
			     listener->admin_group);
}

/* The group is told from everybody else by the kernel, from what the socket's file allows. */
static void check_group(struct load *load, struct config_listener *listener)
{
	find_group(load, listener);
	if (listener->admin_group && listener->socket_mode &&
	    strtoul(listener->socket_mode, NULL, 8) & S_IWOTH)
		load_error(load, listener_site(listener, "socket_mode"),
			   "it lets everybody connect, and admin_group only its members: write "
			   "0660");
}

static void check_listener(struct load *load, struct config_listener *listener)
{
	bool is_unix = listener->listen && option_is_unix(listener->listen);

	if ((listener->serve & SERVE_ADMIN) && (listener->serve & SERVE_PUBLIC))
		load_error(load, listener_site(listener, "serve"),
			   "admin never shares a listener with callbacks, api, hooks or widget: "
			   "give it a [listener] of its own");
	if ((listener->serve & SERVE_ADMIN) && listener->listen && !is_unix &&
	    !listener->admin_token_file)
		load_error(load, listener_site(listener, "serve"),
			   "admin outside a unix socket needs admin_token_file: add it, or listen "
			   "on unix:/run/maaxd/admin.sock");
	if ((listener->serve & SERVE_CALLBACKS) && (listener->serve & (SERVE_API | SERVE_WIDGET)) &&
	    listener->max_streams > MANY_STREAMS)
		load_warning(load, listener_site(listener, "max_streams"),
			     "every reply walks all waiting streams, and 10000 of them cut the "
			     "intake of callbacks to 0.39: give streams a listener of their own");
	check_group(load, listener);
}

static void check_listeners(struct load *load)
{
	const struct config *config = load->config;
	unsigned served = 0;

	for (size_t i = 0; i < config->listener_count; i++) {
		check_listener(load, &config->listeners[i]);
		served |= config->listeners[i].serve;
	}
	check_addresses(load);
	if (config->listener_count > 0 && !(served & SERVE_CALLBACKS))
		conf_error(load->warnings, load->conf->path, 0,
			   "no [listener] serves callbacks: Maax's answers cannot come in");
}

static bool serves(const struct config *config, unsigned what)
{
	for (size_t i = 0; i < config->listener_count; i++)
		if (config->listeners[i].serve & what)
			return true;
	return false;
}

static void check_hooks(struct load *load)
{
	const struct config *config = load->config;

	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_source *source = &config->sources[i];

		if (source->kind != SOURCE_HOOK)
			continue;
		if (!serves(config, SERVE_HOOKS))
			load_warning(load,
				     (struct option_site){ SECTION_SOURCE, source->name, "kind" },
				     "no [listener] serves hooks: nothing can come in; add hooks "
				     "to a serve");
		if (source->signature != SIGNATURE_NONE && !source->signature_secret_file)
			load_error(load,
				   (struct option_site){ SECTION_SOURCE, source->name,
							 "signature_secret_file" },
				   "missing: name a file with the secret of the signature");
	}
}

static bool is_plain_and_far(const char *url, const char *host)
{
	return strncasecmp(url, "http:", strlen("http:")) == 0 && !option_is_loopback(host);
}

static void check_urls(struct load *load)
{
	const struct option_site public_site = { SECTION_MAAXD, NULL, "public_url" };
	const struct option_site base_site = { SECTION_MAAX, NULL, "base_url" };
	const char *public_url = load->config->maaxd.public_url;
	const char *base_url = load->config->maax.base_url;
	CLEANUP(freep) char *public_host = public_url ? option_url_host(public_url) : NULL;
	CLEANUP(freep) char *base_host = base_url ? option_url_host(base_url) : NULL;

	if (public_host && is_plain_and_far(public_url, public_host))
		load_warning(load, public_site,
			     "http: answers cross the network in clear, and so do their tokens: "
			     "use https");
	if (base_host && is_plain_and_far(base_url, base_host))
		load_warning(load, base_site,
			     "http: the API key and the messages cross the network in clear: use "
			     "https");
	if (base_host && strcasecmp(base_host, "app.max.ai") == 0)
		load_warning(load, base_site,
			     "Maax's documents name two hosts, app.maax.ai and app.max.ai, with "
			     "two a's or one, and the API key is sent there: make sure it is "
			     "yours");
}

static bool is_used(const struct config *config, const char *destination)
{
	for (size_t i = 0; i < config->source_count; i++)
		if (words_has(&config->sources[i].destination_names, destination))
			return true;
	return words_has(&config->maaxd.alert_names, destination);
}

static void check_unused(struct load *load)
{
	const struct config *config = load->config;

	for (size_t i = 0; i < config->destination_count; i++) {
		const char *name = config->destinations[i].name;

		if (!is_used(config, name))
			load_warning(
				load, (struct option_site){ SECTION_DESTINATION, name, NULL },
				"no [source] names it in destinations, nor alert_destinations: "
				"nothing is sent there");
	}
}

/* Only a warning: the program may be put there later. */
static void check_commands(struct load *load)
{
	for (size_t i = 0; i < load->config->destination_count; i++) {
		const struct config_destination *destination = &load->config->destinations[i];
		const struct option_site site = option_site_of(destination, "command");

		if (destination->kind == DESTINATION_COMMAND && destination->command.count > 0 &&
		    access(destination->command.word[0], X_OK) < 0)
			load_warning(load, site, "%.300s cannot be run: %s",
				     destination->command.word[0], strerror(errno));
	}
}

void options_check(struct load *load)
{
	check_counts(load);
	check_listeners(load);
	check_hooks(load);
	check_urls(load);
	check_unused(load);
	check_commands(load);
}

/* Whether a key has the same value in two structs; one out of bounds counts as different. */
static bool is_same_value(const struct option *option, const void *a, const void *b)
{
	CLEANUP(buf_done) struct buf left = BUF_INIT(64 * KIB);
	CLEANUP(buf_done) struct buf right = BUF_INIT(64 * KIB);

	return option_format(option, a, &left) == 0 && option_format(option, b, &right) == 0 &&
	       option_is_set(option, a) == option_is_set(option, b) &&
	       streq(buf_text(&left), buf_text(&right));
}

static bool has_restart_keys(enum section kind)
{
	for (size_t i = 0; i < option_count; i++)
		if (options[i].section == kind && (options[i].flags & OPT_RESTART))
			return true;
	return false;
}

/* The struct of that name in a configuration, or NULL. */
static const void *find_section(const struct config *config, enum section kind, const char *name)
{
	for (size_t i = 0; i < section_count(config, kind); i++)
		if (!name || streq(section_name(config, kind, i), name))
			return section_at(config, kind, i);
	return NULL;
}

static void compare_section(const void *a, const void *b, struct option_site site, const char *path,
			    struct conf_errors *errors)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &options[i];

		if (option->section != site.section || !(option->flags & OPT_RESTART) ||
		    is_same_value(option, a, b))
			continue;
		conf_error(errors, path, 0, "[%s%s%s] %s cannot change at a reload: restart maaxd",
			   section_types[site.section].name, site.name ? " " : "",
			   site.name ? site.name : "", option->key);
	}
}

static void compare_sections(const struct config *old, const struct config *fresh,
			     enum section kind, struct conf_errors *errors)
{
	const char *heading = section_types[kind].name;

	for (size_t i = 0; i < section_count(old, kind); i++) {
		const char *name = section_name(old, kind, i);
		const void *twin = find_section(fresh, kind, name);

		if (twin)
			compare_section(section_at(old, kind, i), twin,
					(struct option_site){ kind, name, NULL }, fresh->path,
					errors);
		else
			conf_error(errors, fresh->path, 0,
				   "[%s \"%s\"] cannot go at a reload: restart maaxd", heading,
				   name);
	}
	for (size_t i = 0; i < section_count(fresh, kind); i++) {
		const char *name = section_name(fresh, kind, i);

		if (!find_section(old, kind, name))
			conf_error(errors, fresh->path, 0,
				   "[%s \"%s\"] cannot come at a reload: restart maaxd", heading,
				   name);
	}
}

int config_check_reload(const struct config *old, const struct config *fresh,
			struct conf_errors *errors)
{
	unsigned before = errors->count;

	for (int kind = 0; kind < SECTION_MAX; kind++)
		if (has_restart_keys((enum section)kind))
			compare_sections(old, fresh, (enum section)kind, errors);
	return errors->count > before ? -EINVAL : 0;
}
