/* A bare TCP connection to the loopback, for requests that no HTTP library would send. */
#ifndef MAAXD_TESTS_LIB_RAWSOCK_H
#define MAAXD_TESTS_LIB_RAWSOCK_H

#include "base/base.h"

/* Listens on a free port of the loopback, non-blocking; the descriptor. */
int rawsock_listen(uint16_t *ret_port);
int rawsock_connect(uint16_t port); /* a descriptor; fails the test if there is none */
void rawsock_send(int fd, const void *data, size_t len);
void rawsock_send_text(int fd, const char *text);
/* Reads until the peer closes, `until` has come (NULL: never), or the deadline. The caller's. */
char *rawsock_read(int fd, const char *until);
/* Sends RST instead of a proper end. */
void rawsock_reset(int fd);

#endif
