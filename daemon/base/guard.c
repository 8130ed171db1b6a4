/* Classifies addresses. See guard.h. */
#include "base/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define V4_BITS 96 /* that v4 addresses have before them when they are kept v4-mapped */

struct row {
	const char *network; /* as inet_pton() reads it */
	unsigned bits;
	const char *why;
};

/* Special-purpose addresses, after the IANA registries (RFC 6890) and the clouds' documents. */
static const struct row v4_rows[] = {
	{ "0.0.0.0", 8, "this network" },
	{ "10.0.0.0", 8, "private" },
	{ "100.64.0.0", 10, "shared (CGNAT)" },
	{ "127.0.0.0", 8, "loopback" },
	{ "168.63.129.16", 32, "metadata" }, /* Azure's host, at a public address */
	{ "169.254.0.0", 16, "link-local" },
	{ "172.16.0.0", 12, "private" },
	{ "192.0.0.0", 24, "protocol assignments" },
	{ "192.0.2.0", 24, "documentation" },
	{ "192.88.99.0", 24, "6to4 relay" },
	{ "192.168.0.0", 16, "private" },
	{ "198.18.0.0", 15, "benchmarking" },
	{ "198.51.100.0", 24, "documentation" },
	{ "203.0.113.0", 24, "documentation" },
	{ "224.0.0.0", 4, "multicast" },
	{ "255.255.255.255", 32, "broadcast" },
	{ "240.0.0.0", 4, "reserved" },
};

/* The first row that fits counts; what none names is public only within 2000::/3. */
static const struct row v6_rows[] = {
	{ "::", 128, "unspecified" },
	{ "::1", 128, "loopback" },
	{ "64:ff9b:1::", 48, "local NAT64" },
	{ "100::", 64, "discard only" },
	{ "2001::", 32, "Teredo" },
	{ "2001:2::", 48, "benchmarking" },
	{ "2001:db8::", 32, "documentation" },
	{ "2001::", 23, "protocol assignments" },
	{ "3fff::", 20, "documentation" },
	{ "5f00::", 16, "segment routing" },
	{ "fc00::", 7, "private" },
	{ "fe80::", 10, "link-local" },
	{ "fec0::", 10, "site-local" },
	{ "ff00::", 8, "multicast" },
};

static const char *const explanations[] = {
	[GUARD_ALLOWED] = "it is allowed",
	[GUARD_BAD_SCHEME] = "refused: only https is allowed (relay_http)",
	[GUARD_BAD_PORT] = "refused: its port is none of the allowed ones (relay_ports)",
	[GUARD_BAD_ADDRESS] =
		"refused: its host has no public address, and none that is allowed (relay_allow)",
};

const char *guard_explain(enum guard_verdict verdict)
{
	return explanations[verdict];
}

static bool has_prefix(const uint8_t *address, const uint8_t *network, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(address, network, whole) != 0)
		return false;
	return rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0;
}

static const char *find_row(int family, const uint8_t *address, const struct row *rows,
			    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t network[sizeof(struct in6_addr)];

		if (inet_pton(family, rows[i].network, network) != 1)
			abort(); /* the table is ours */
		if (has_prefix(address, network, rows[i].bits))
			return rows[i].why;
	}
	return NULL;
}

static const char *class_v4(const uint8_t *address)
{
	return find_row(AF_INET, address, v4_rows, ARRAY_SIZE(v4_rows));
}

/* The v4 address that a v6 one stands for or leads to; NULL: none. */
static const uint8_t *embedded_v4(const uint8_t *address)
{
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	static const uint8_t translated[12] = { [8] = 0xff, [9] = 0xff }; /* ::ffff:0:a.b.c.d */
	static const uint8_t isatap[3] = { 0x00, 0x5e, 0xfe };

	if (memcmp(address, nat64, sizeof(nat64)) == 0 ||
	    memcmp(address, translated, sizeof(translated)) == 0)
		return address + 12;
	if (address[0] == 0x20 && address[1] == 0x02) /* 6to4 */
		return address + 2;
	/* ISATAP, with the "universal" bit set or not: 0000:5efe or 0200:5efe */
	if ((address[8] & 0xfd) == 0 && memcmp(address + 9, isatap, sizeof(isatap)) == 0)
		return address + 12;
	return NULL;
}

static const char *class_v6(const struct in6_addr *address)
{
	const uint8_t *bytes = address->s6_addr;
	const uint8_t *inner = embedded_v4(bytes);
	const char *why;

	if (IN6_IS_ADDR_V4MAPPED(address))
		return class_v4(bytes + 12);
	why = find_row(AF_INET6, bytes, v6_rows, ARRAY_SIZE(v6_rows));
	if (!why && inner)
		why = class_v4(inner);
	if (why)
		return why;
	if (bytes[0] >> 5 == 1 || (inner == bytes + 12 && bytes[1] == 0x64))
		return NULL; /* 2000::/3, or NAT64 to a public address */
	return "not global";
}

/* A v4 address as a v4-mapped one; false for other families. */
static bool to_v6(const struct sockaddr *address, socklen_t len, struct in6_addr *ret_address,
		  uint16_t *ret_port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET && len >= sizeof(v4)) {
		memcpy(&v4, address, sizeof(v4));
		*ret_address = (struct in6_addr){ .s6_addr = { [10] = 0xff, [11] = 0xff } };
		memcpy(ret_address->s6_addr + 12, &v4.sin_addr, sizeof(v4.sin_addr));
		*ret_port = ntohs(v4.sin_port);
		return true;
	}
	if (address->sa_family == AF_INET6 && len >= sizeof(v6)) {
		memcpy(&v6, address, sizeof(v6));
		*ret_address = v6.sin6_addr;
		*ret_port = ntohs(v6.sin6_port);
		return true;
	}
	return false;
}

const char *guard_class(const struct sockaddr *address, socklen_t len)
{
	struct in6_addr v6;
	uint16_t port;

	return to_v6(address, len, &v6, &port) ? class_v6(&v6) : "no internet address";
}

bool guard_has_port(const struct guard *guard, uint16_t port)
{
	for (unsigned i = 0; i < guard->port_count; i++)
		if (guard->ports[i] == port)
			return true;
	return false;
}

/* "::/0" means every v6 address, and no v4 one. */
static bool is_within(const struct in6_addr *address, const struct guard_network *network)
{
	if (IN6_IS_ADDR_V4MAPPED(address) && network->bits < V4_BITS)
		return false;
	return has_prefix(address->s6_addr, network->address.s6_addr, network->bits);
}

static enum guard_verdict check(const struct guard *guard, const struct in6_addr *address,
				uint16_t port)
{
	if (!guard_has_port(guard, port))
		return GUARD_BAD_PORT;
	for (unsigned i = 0; i < guard->network_count; i++)
		if (is_within(address, &guard->networks[i]))
			return GUARD_ALLOWED;
	return class_v6(address) ? GUARD_BAD_ADDRESS : GUARD_ALLOWED;
}

enum guard_verdict guard_check(const struct guard *guard, const struct sockaddr *address,
			       socklen_t len)
{
	struct in6_addr v6;
	uint16_t port;

	return to_v6(address, len, &v6, &port) ? check(guard, &v6, port) : GUARD_BAD_ADDRESS;
}

/* Reads an address of either family. False when it is none. */
static bool parse_address(const char *text, struct in6_addr *ret_address, bool *ret_is_v4)
{
	struct in6_addr mapped = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	*ret_is_v4 = inet_pton(AF_INET, text, mapped.s6_addr + 12) == 1;
	if (*ret_is_v4) {
		*ret_address = mapped;
		return true;
	}
	return inet_pton(AF_INET6, text, ret_address) == 1;
}

bool guard_is_address(const char *text)
{
	struct in6_addr v6;
	bool is_v4;

	return parse_address(text, &v6, &is_v4);
}

enum guard_verdict guard_check_text(const struct guard *guard, const char *address, uint16_t port)
{
	CLEANUP(freep) char *text = xstrndup(address, strcspn(address, "%"));
	struct in6_addr v6;
	bool is_v4;

	return parse_address(text, &v6, &is_v4) ? check(guard, &v6, port) : GUARD_BAD_ADDRESS;
}

/* Bits behind the prefix that are set: a slip of the pen, or another network is meant. */
static bool has_host_bits(const struct guard_network *network)
{
	for (unsigned bit = network->bits; bit < 128; bit++)
		if (network->address.s6_addr[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

int guard_parse_network(const char *text, struct guard_network *ret_network, const char **ret_why)
{
	const char *slash = strchr(text, '/');
	CLEANUP(freep)
	char *address = xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));
	struct guard_network network = { .bits = 128 };
	bool is_v4;

	*ret_why = "not an address, and not a network like 10.1.0.0/16 or fd00::/8";
	if (!parse_address(address, &network.address, &is_v4))
		return -EINVAL;
	if (slash) {
		size_t len = strlen(slash + 1);
		unsigned long bits;

		if (len == 0 || len > 3 || strspn(slash + 1, "0123456789") != len)
			return -EINVAL;
		bits = strtoul(slash + 1, NULL, 10);
		if (bits > (is_v4 ? 32 : 128)) {
			*ret_why = "its prefix is too long: at most /32, or /128 for IPv6";
			return -EINVAL;
		}
		network.bits = (unsigned)bits + (is_v4 ? V4_BITS : 0);
	}
	if (has_host_bits(&network)) {
		*ret_why = "it has bits behind its prefix: write the network's first address";
		return -EINVAL;
	}
	*ret_network = network;
	return 0;
}
