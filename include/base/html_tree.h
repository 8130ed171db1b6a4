/* Within base/html: parses with libgumbo, and hands a writer what html.h says is kept. */
#ifndef MAAXD_BASE_HTML_TREE_H
#define MAAXD_BASE_HTML_TREE_H

#include "base/html_shape.h"

/* 0, the writer's error, or -EINVAL, -E2BIG, -ENOMEM as html_sanitize() has them. */
MUST_CHECK int html_tree_write(const char *html, size_t len, const struct html_writer *writer);

#endif
