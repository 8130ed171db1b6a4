/* Certificates of a test's own: an authority, and a server's certificate that it has signed. */
#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "lib/certificates.h"
#include "lib/testdir.h"

#define DAY_SEC 86400

struct pair {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
};

static void check(int result)
{
	if (result < 0)
		fail_msg("GnuTLS: %s", gnutls_strerror(result));
}

static void pair_done(struct pair *pair)
{
	gnutls_x509_crt_deinit(pair->crt);
	gnutls_x509_privkey_deinit(pair->key);
}

/* What both have in common; still to be signed. */
static void pair_init(struct pair *pair, const char *common_name, uint8_t serial, time_t expires_at)
{
	const unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);

	check(gnutls_x509_privkey_init(&pair->key));
	check(gnutls_x509_privkey_generate(pair->key, GNUTLS_PK_ECDSA, bits, 0));
	check(gnutls_x509_crt_init(&pair->crt));
	check(gnutls_x509_crt_set_version(pair->crt, 3));
	check(gnutls_x509_crt_set_serial(pair->crt, &serial, sizeof(serial)));
	check(gnutls_x509_crt_set_activation_time(pair->crt, expires_at - 10 * DAY_SEC));
	check(gnutls_x509_crt_set_expiration_time(pair->crt, expires_at));
	check(gnutls_x509_crt_set_dn_by_oid(pair->crt, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
					    (unsigned)strlen(common_name)));
	check(gnutls_x509_crt_set_key(pair->crt, pair->key));
}

static void make_authority(struct pair *authority)
{
	pair_init(authority, "Test authority", 1, time(NULL) + DAY_SEC);
	check(gnutls_x509_crt_set_basic_constraints(authority->crt, 1, -1));
	check(gnutls_x509_crt_set_key_usage(authority->crt, GNUTLS_KEY_KEY_CERT_SIGN));
	check(gnutls_x509_crt_sign2(authority->crt, authority->crt, authority->key,
				    GNUTLS_DIG_SHA256, 0));
}

static void make_server(struct pair *server, const struct pair *authority,
			const struct certificate *certificate)
{
	const time_t now = time(NULL);
	struct in_addr loopback = { .s_addr = htonl(INADDR_LOOPBACK) };
	const char *name = certificate->dns_name;

	pair_init(server, "Test server", 2, certificate->has_expired ? now - 60 : now + DAY_SEC);
	if (name)
		check(gnutls_x509_crt_set_subject_alt_name(server->crt, GNUTLS_SAN_DNSNAME, name,
							   (unsigned)strlen(name),
							   GNUTLS_FSAN_SET));
	else
		check(gnutls_x509_crt_set_subject_alt_name(server->crt, GNUTLS_SAN_IPADDRESS,
							   &loopback, sizeof(loopback),
							   GNUTLS_FSAN_SET));
	check(gnutls_x509_crt_set_key_usage(server->crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
	check(gnutls_x509_crt_set_key_purpose_oid(server->crt, GNUTLS_KP_TLS_WWW_SERVER, 0));
	check(gnutls_x509_crt_sign2(server->crt, authority->crt, authority->key, GNUTLS_DIG_SHA256,
				    0));
}

/* DIR/NAME: the certificate, and its key if that is wanted. */
static void write_pem(const char *dir, const char *name, const struct pair *pair, bool with_key)
{
	gnutls_datum_t crt = { 0 }, key = { 0 };
	CLEANUP(freep) char *text = NULL;

	check(gnutls_x509_crt_export2(pair->crt, GNUTLS_X509_FMT_PEM, &crt));
	if (with_key)
		check(gnutls_x509_privkey_export2(pair->key, GNUTLS_X509_FMT_PEM, &key));
	text = xasprintf("%.*s%.*s", (int)crt.size, crt.data, (int)key.size,
			 key.data ? (const char *)key.data : "");
	free(testdir_write(dir, name, text));
	gnutls_free(crt.data);
	gnutls_free(key.data);
}

void certificate_make(const char *dir, const char *name, const struct certificate *certificate)
{
	CLEANUP(pair_done) struct pair authority = { 0 };
	CLEANUP(pair_done) struct pair server = { 0 };
	CLEANUP(freep) char *server_name = xasprintf("%s.pem", name);
	CLEANUP(freep) char *authority_name = xasprintf("%s-ca.pem", name);

	make_authority(&authority);
	make_server(&server, &authority, certificate);
	write_pem(dir, server_name, &server, true);
	write_pem(dir, authority_name, &authority, false);
}
