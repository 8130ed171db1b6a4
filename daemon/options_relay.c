/* Where callbacks of the drop-in API may go on to, from the relay_ keys of a source. */
#include <string.h>

#include "base/guard.h"
#include "options_table.h"

#define CONNECT_TIMEOUT (5 * USEC_PER_SEC)
#define ORDER_HOLD (2 * USEC_PER_MINUTE)
#define RETRY_AFTER_MAX USEC_PER_DAY
#define CONCURRENCY 4 /* of one host's queue */

static void add_ports(struct load *load, struct config_source *source)
{
	const struct option_site site = { SECTION_SOURCE, source->name, "relay_ports" };

	for (size_t i = 0; i < source->relay_ports.count; i++) {
		const char *word = source->relay_ports.word[i];
		size_t len = strlen(word);
		unsigned long port =
			strspn(word, "0123456789") == len && len <= 5 ? strtoul(word, NULL, 10) : 0;

		if (port < 1 || port > UINT16_MAX) {
			load_error(load, site, "not a port from 1 to 65535: \"%.40s\"", word);
			continue;
		}
		if (source->guard->port_count == GUARD_MAX_PORTS) {
			load_error(load, site, "more than %d ports", GUARD_MAX_PORTS);
			return;
		}
		source->guard->ports[source->guard->port_count++] = (uint16_t)port;
	}
}

static void add_networks(struct load *load, struct config_source *source)
{
	const struct option_site site = { SECTION_SOURCE, source->name, "relay_allow" };

	for (size_t i = 0; i < source->relay_allow.count; i++) {
		struct guard *guard = source->guard;
		const char *why;

		if (guard->network_count == GUARD_MAX_NETWORKS) {
			load_error(load, site, "more than %d networks", GUARD_MAX_NETWORKS);
			return;
		}
		if (guard_parse_network(source->relay_allow.word[i],
					&guard->networks[guard->network_count], &why) < 0)
			load_error(load, site, "\"%.60s\": %s", source->relay_allow.word[i], why);
		else
			guard->network_count++;
	}
}

void options_make_relays(struct load *load)
{
	for (size_t i = 0; i < load->config->source_count; i++) {
		struct config_source *source = &load->config->sources[i];

		if (source->kind != SOURCE_API)
			continue;
		source->guard = xnew(struct guard);
		source->guard->allows_http = source->relay_http;
		add_ports(load, source);
		add_networks(load, source);
		source->relay = (struct config_destination){
			.name = (char *)CONFIG_CALLER,
			.kind = DESTINATION_RELAY,
			.secrets = source->secrets,
			.secret_count = source->secret_count,
			.retry_schedule = source->relay_schedule,
			.timeout = source->relay_timeout,
			.connect_timeout = usec_min(source->relay_timeout, CONNECT_TIMEOUT),
			.order_hold = ORDER_HOLD,
			.retry_after_max = RETRY_AFTER_MAX,
			.concurrency = CONCURRENCY,
			.guard = source->guard,
		};
	}
}
