/* The route table: every path this program answers, who may call it, and how much it may send. */
#ifndef MAAXD_API_ROUTES_H
#define MAAXD_API_ROUTES_H

#include "http/match.h"

extern const struct http_route api_routes[];
extern const size_t api_route_count;

#endif
