/*
 * The address guard: which addresses a URL of a stranger's may lead to. Pure: an address in, a
 * verdict out; whoever connects asks for each address that the resolver gave, in whatever spelling
 * the URL had it.
 *
 * Without an allow list only public addresses pass: what is private, loopback, link-local, shared
 * (CGNAT), multicast, reserved or a cloud's metadata service is refused, also inside v4-mapped,
 * 6to4, NAT64 and ISATAP addresses. An address that the allow list names passes whatever it is.
 */
#ifndef MAAXD_BASE_GUARD_H
#define MAAXD_BASE_GUARD_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/base.h"

#define GUARD_MAX_NETWORKS 32
#define GUARD_MAX_PORTS 16

/* A network: v4 ones are kept v4-mapped. */
struct guard_network {
	struct in6_addr address;
	unsigned bits; /* 0 to 128 */
};

/* What a caller's URLs may lead to; a value, copied freely. */
struct guard {
	struct guard_network networks[GUARD_MAX_NETWORKS]; /* allowed whatever they are */
	unsigned network_count;
	uint16_t ports[GUARD_MAX_PORTS];
	unsigned port_count;
	bool allows_http;
};

enum guard_verdict {
	GUARD_ALLOWED,
	GUARD_BAD_SCHEME,  /* http, and that is not allowed */
	GUARD_BAD_PORT,	   /* none of `ports` */
	GUARD_BAD_ADDRESS, /* not public, and no network of the list */
};

/* What is told to whoever named the URL: nothing of what a name resolved to. Static text. */
const char *guard_explain(enum guard_verdict verdict);

/* Why an address is none of the public ones ("loopback", "private" …), for operators and tests;
 * NULL when it is one. Static text. */
const char *guard_class(const struct sockaddr *address, socklen_t len);

bool guard_has_port(const struct guard *guard, uint16_t port);

/* Address and port of a connection. */
enum guard_verdict guard_check(const struct guard *guard, const struct sockaddr *address,
			       socklen_t len);
/* The same of an address as text, as curl tells it: "10.0.0.1", "fe80::1%eth0". What is no address
 * is refused. */
enum guard_verdict guard_check_text(const struct guard *guard, const char *address, uint16_t port);

/* Whether a text is an address of either family, without brackets. */
bool guard_is_address(const char *text);

/* "10.1.0.0/16", "fd00::/8", "192.0.2.7". 0 or -EINVAL (*ret_why: static text). */
MUST_CHECK int guard_parse_network(const char *text, struct guard_network *ret_network,
				   const char **ret_why);

#endif
