/* The address guard: every kind of address, in every spelling that reaches it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "base/guard.h"

static socklen_t make_address(const char *text, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	*out = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

static const struct {
	const char *address, *class;
} classes[] = {
	{ "0.0.0.0", "this network" },
	{ "0.255.255.255", "this network" },
	{ "1.0.0.0", NULL },
	{ "1.1.1.1", NULL },
	{ "9.255.255.255", NULL },
	{ "10.0.0.0", "private" },
	{ "10.255.255.255", "private" },
	{ "11.0.0.0", NULL },
	{ "100.63.255.255", NULL },
	{ "100.64.0.0", "shared (CGNAT)" },
	{ "100.100.100.200", "shared (CGNAT)" },
	{ "100.127.255.255", "shared (CGNAT)" },
	{ "100.128.0.0", NULL },
	{ "126.255.255.255", NULL },
	{ "127.0.0.1", "loopback" },
	{ "127.255.255.255", "loopback" },
	{ "128.0.0.0", NULL },
	{ "168.63.129.15", NULL },
	{ "168.63.129.16", "metadata" },
	{ "168.63.129.17", NULL },
	{ "169.253.255.255", NULL },
	{ "169.254.169.254", "link-local" },
	{ "169.254.170.2", "link-local" },
	{ "169.255.0.0", NULL },
	{ "172.15.255.255", NULL },
	{ "172.16.0.1", "private" },
	{ "172.31.255.255", "private" },
	{ "172.32.0.0", NULL },
	{ "192.0.0.8", "protocol assignments" },
	{ "192.0.0.192", "protocol assignments" }, /* metadata at Oracle's */
	{ "192.0.1.0", NULL },
	{ "192.0.2.1", "documentation" },
	{ "192.0.3.0", NULL },
	{ "192.88.99.1", "6to4 relay" },
	{ "192.167.255.255", NULL },
	{ "192.168.0.1", "private" },
	{ "192.168.255.255", "private" },
	{ "192.169.0.0", NULL },
	{ "198.17.255.255", NULL },
	{ "198.18.0.1", "benchmarking" },
	{ "198.19.255.255", "benchmarking" },
	{ "198.20.0.0", NULL },
	{ "198.51.100.7", "documentation" },
	{ "203.0.113.255", "documentation" },
	{ "223.255.255.255", NULL },
	{ "224.0.0.1", "multicast" },
	{ "239.255.255.250", "multicast" },
	{ "240.0.0.1", "reserved" },
	{ "255.255.255.254", "reserved" },
	{ "255.255.255.255", "broadcast" },

	{ "::", "unspecified" },
	{ "::1", "loopback" },
	{ "::2", "not global" },
	{ "::127.0.0.1", "not global" }, /* v4-compatible */
	{ "::8.8.8.8", "not global" },
	{ "::ffff:127.0.0.1", "loopback" }, /* v4-mapped */
	{ "::ffff:7f00:1", "loopback" },
	{ "0:0:0:0:0:ffff:0a00:0001", "private" },
	{ "::ffff:169.254.169.254", "link-local" },
	{ "::ffff:0.0.0.0", "this network" },
	{ "::ffff:8.8.8.8", NULL },
	{ "::ffff:0:127.0.0.1", "loopback" }, /* translated (RFC 2765) */
	{ "::ffff:0:8.8.8.8", "not global" },
	{ "64:ff9b::127.0.0.1", "loopback" }, /* NAT64 */
	{ "64:ff9b::a9fe:a9fe", "link-local" },
	{ "64:ff9b::10.0.0.1", "private" },
	{ "64:ff9b::8.8.8.8", NULL },
	{ "64:ff9b::1:8.8.8.8", "not global" },
	{ "64:ff9b:1::8.8.8.8", "local NAT64" },
	{ "2002:7f00:1::", "loopback" }, /* 6to4 */
	{ "2002:7f00:0001::1", "loopback" },
	{ "2002:a00:1::1", "private" },
	{ "2002:a9fe:a9fe::1", "link-local" },
	{ "2002:c0a8:101::1", "private" },
	{ "2002:808:808::1", NULL },
	{ "2001:0:808:808::1", "Teredo" },
	{ "2001::f5ff:fffe", "Teredo" },
	{ "2001:2::1", "benchmarking" },
	{ "2001:10::1", "protocol assignments" },
	{ "2001:20::1", "protocol assignments" },
	{ "2001:1ff:ffff::1", "protocol assignments" },
	{ "2001:200::1", NULL },
	{ "2001:db8::1", "documentation" },
	{ "2001:4860:4860::8888", NULL },
	{ "2606:4700:4700::1111", NULL },
	{ "2606:4700::5efe:127.0.0.1", "loopback" }, /* ISATAP */
	{ "2606:4700::200:5efe:10.0.0.1", "private" },
	{ "2606:4700::200:5efe:8.8.8.8", NULL },
	{ "100::1", "discard only" },
	{ "1fff:ffff::1", "not global" },
	{ "2000::1", NULL },
	{ "3ffe::1", NULL },
	{ "3fff::1", "documentation" },
	{ "3fff:1000::1", NULL },
	{ "4000::1", "not global" },
	{ "5f00::1", "segment routing" },
	{ "fbff::1", "not global" },
	{ "fc00::1", "private" },
	{ "fd00:ec2::254", "private" }, /* metadata at Amazon's */
	{ "fd20:ce::254", "private" },	/* and at Google's */
	{ "fdff:ffff::1", "private" },
	{ "fe00::1", "not global" },
	{ "fe80::1", "link-local" },
	{ "fe80::5efe:8.8.8.8", "link-local" },
	{ "febf::1", "link-local" },
	{ "fec0::1", "site-local" },
	{ "ff02::1", "multicast" },
	{ "ff0e::1", "multicast" },
};

static void test_class__of_each_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		struct sockaddr_storage address;
		socklen_t len = make_address(classes[i].address, 443, &address);
		const char *class = guard_class((struct sockaddr *)&address, len);

		if (!class != !classes[i].class || (class && !streq(class, classes[i].class)))
			fail_msg("%s: expected %s, got %s", classes[i].address,
				 classes[i].class ? classes[i].class : "public",
				 class ? class : "public");
	}
}

static void test_class__other_families_are_refused(void **state)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX, .sun_path = "/run/x.sock" };
	struct sockaddr_storage address;
	const struct guard guard = { .ports = { 443 }, .port_count = 1 };

	(void)state;
	assert_non_null(guard_class((struct sockaddr *)&local, sizeof(local)));
	assert_int_equal(guard_check(&guard, (struct sockaddr *)&local, sizeof(local)),
			 GUARD_BAD_ADDRESS);
	/* One that is cut short is none. */
	make_address("8.8.8.8", 443, &address);
	assert_int_equal(guard_check(&guard, (struct sockaddr *)&address, 4), GUARD_BAD_ADDRESS);
}

static void allow(struct guard *guard, const char *network)
{
	const char *why;

	assert_int_equal(
		guard_parse_network(network, &guard->networks[guard->network_count++], &why), 0);
}

static void test_check__networks_and_ports(void **state)
{
	struct guard guard = { .ports = { 443, 8443 }, .port_count = 2 };
	static const struct {
		const char *address;
		uint16_t port;
		enum guard_verdict verdict;
	} rows[] = {
		{ "8.8.8.8", 443, GUARD_ALLOWED },
		{ "8.8.8.8", 8443, GUARD_ALLOWED },
		{ "8.8.8.8", 80, GUARD_BAD_PORT },
		{ "8.8.8.8", 6379, GUARD_BAD_PORT },
		{ "10.1.2.3", 443, GUARD_ALLOWED },
		{ "::ffff:10.1.2.3", 443, GUARD_ALLOWED },
		{ "10.1.2.3", 22, GUARD_BAD_PORT },
		{ "10.2.0.1", 443, GUARD_BAD_ADDRESS },
		{ "10.0.255.255", 443, GUARD_BAD_ADDRESS },
		{ "64:ff9b::10.1.2.3", 443, GUARD_BAD_ADDRESS },
		{ "127.0.0.1", 443, GUARD_ALLOWED },
		{ "127.0.0.2", 443, GUARD_BAD_ADDRESS },
		{ "fd00:1::7", 443, GUARD_ALLOWED },
		{ "fd00:2::7", 443, GUARD_BAD_ADDRESS },
		{ "fd00:1::7%eth0", 443, GUARD_ALLOWED },
		{ "nowhere", 443, GUARD_BAD_ADDRESS },
		{ "", 443, GUARD_BAD_ADDRESS },
	};

	(void)state;
	allow(&guard, "10.1.0.0/16");
	allow(&guard, "127.0.0.1");
	allow(&guard, "fd00:1::/32");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (guard_check_text(&guard, rows[i].address, rows[i].port) != rows[i].verdict)
			fail_msg("%s port %u", rows[i].address, rows[i].port);
}

static void test_check__all_of_v6_is_not_v4(void **state)
{
	struct guard guard = { .ports = { 443 }, .port_count = 1 };

	(void)state;
	allow(&guard, "::/0");
	assert_int_equal(guard_check_text(&guard, "::1", 443), GUARD_ALLOWED);
	assert_int_equal(guard_check_text(&guard, "127.0.0.1", 443), GUARD_BAD_ADDRESS);
	allow(&guard, "0.0.0.0/0");
	assert_int_equal(guard_check_text(&guard, "127.0.0.1", 443), GUARD_ALLOWED);
}

static void test_network__mistakes_are_told(void **state)
{
	static const char *const bad[] = {
		"",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/8x",
		"10.0.0/8",
		"010.0.0.0/8",
		"fd00::/129",
		"example.org",
		"10.0.0.0 /8",
		"10.1.2.3/16",
		"fd00::1/8",
		"[::1]/128",
		"10.0.0.0/0008",
		"0x7f.1",
	};
	struct guard_network network;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		why = NULL;
		if (guard_parse_network(bad[i], &network, &why) != -EINVAL || !why)
			fail_msg("\"%s\" is taken for a network", bad[i]);
	}
	assert_int_equal(guard_parse_network("0.0.0.0/0", &network, &why), 0);
	assert_int_equal(network.bits, 96);
	assert_int_equal(guard_parse_network("2001:db8::/32", &network, &why), 0);
	assert_int_equal(network.bits, 32);
	assert_true(guard_is_address("::1") && guard_is_address("127.0.0.1"));
	assert_false(guard_is_address("localhost") || guard_is_address("[::1]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_class__of_each_address),
		cmocka_unit_test(test_class__other_families_are_refused),
		cmocka_unit_test(test_check__networks_and_ports),
		cmocka_unit_test(test_check__all_of_v6_is_not_v4),
		cmocka_unit_test(test_network__mistakes_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
