/* Hosts of URLs, in every spelling, that lead to where no stranger's URL may. */
#ifndef MAAXD_TESTS_LIB_BAD_HOSTS_H
#define MAAXD_TESTS_LIB_BAD_HOSTS_H

#include "base/base.h"

extern const char *const bad_hosts[];
extern const size_t bad_host_count;

#endif
