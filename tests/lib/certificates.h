/* Certificates made for one test, by GnuTLS: nothing is kept that could expire. */
#ifndef MAAXD_TESTS_LIB_CERTIFICATES_H
#define MAAXD_TESTS_LIB_CERTIFICATES_H

#include "base/base.h"

/*
 * What a server's certificate says. The authority that signs it and the certificate itself are new
 * each time.
 */
struct certificate {
	const char *dns_name; /* NULL: the IP address 127.0.0.1 */
	bool has_expired;
};

/*
 * Writes DIR/NAME.pem (certificate and key of a server) and DIR/NAME-ca.pem (the authority to trust
 * for it).
 */
void certificate_make(const char *dir, const char *name, const struct certificate *certificate);

#endif
