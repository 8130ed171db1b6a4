/*
 * libgumbo, and what keeps it in bounds. It has no limits of its own, some of its steps walk all
 * open elements for each character, it frees its tree by recursion, looks one byte beyond its input
 * and does not expect malloc() to fail. So its memory comes from an arena that counts, and that is
 * left by longjmp() when it is used up; and elements times bytes are bounded before it starts.
 */
#include <errno.h>
#include <gumbo.h>
#include <setjmp.h>
#include <string.h>

#include "base/buf.h"
#include "base/html_tree.h"
#include "base/json.h"

#define CHUNK (64 * KIB)
/* Both far above what an answer needs: some thousand elements, twenty times as many bytes. */
#define MAX_PIECES 40000
#define MAX_BYTES (32 * MIB)
/* The steps of the worst document, a nanosecond each. A 20 KiB answer may have 13,000 tags. */
#define MAX_STEPS ((size_t)256 * 1024 * 1024)

struct chunk {
	struct chunk *next;
	max_align_t data[];
};

struct arena {
	struct chunk *chunks;
	char *at; /* the rest of the newest chunk */
	size_t left;
	size_t bytes;
	unsigned pieces;
	int error; /* why it was left */
	jmp_buf leave;
};

static void arena_done(struct arena *arena)
{
	while (arena->chunks) {
		struct chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
}

static _Noreturn void arena_leave(struct arena *arena, int error)
{
	arena->error = error;
	longjmp(arena->leave, 1);
}

static void arena_grow(struct arena *arena, size_t size)
{
	size_t data = size > CHUNK ? size : CHUNK;
	struct chunk *chunk;

	if (data > MAX_BYTES - arena->bytes)
		arena_leave(arena, -E2BIG);
	chunk = malloc(sizeof(*chunk) + data);
	if (!chunk)
		arena_leave(arena, -ENOMEM);
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->bytes += data;
	arena->at = (char *)chunk->data;
	arena->left = data;
}

static void *arena_take(void *userdata, size_t size)
{
	struct arena *arena = userdata;
	void *piece;

	if (++arena->pieces > MAX_PIECES || size > MAX_BYTES)
		arena_leave(arena, -E2BIG);
	size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (size > arena->left)
		arena_grow(arena, size);
	piece = arena->at;
	arena->at += size;
	arena->left -= size;
	return piece;
}

static void arena_give_back(void *userdata, void *piece)
{
	(void)userdata;
	(void)piece;
}

/*
 * The root of the tree, which lives as long as the arena and `html`; NULL and arena->error. There
 * must be a NUL at html[len]. No frame between setjmp() and longjmp() is ours but the allocator's.
 */
static GumboNode *parse(struct arena *arena, const char *html, size_t len)
{
	GumboOptions options = kGumboDefaultOptions;

	options.allocator = arena_take;
	options.deallocator = arena_give_back;
	options.userdata = arena;
	options.max_errors = 0;
	options.fragment_context = GUMBO_TAG_BODY;
	if (setjmp(arena->leave) != 0)
		return NULL;
	return gumbo_parse_with_options(&options, html, len)->root;
}

enum action {
	UNWRAP, /* the element goes, what is in it stays */
	LINE,	/* so, and it was a block */
	KEEP,
	ALT, /* its alternative text stays */
	CAPTION,
	DROP, /* with what is in it */
};

static const struct {
	enum action action;
	enum html_tag tag; /* of KEEP */
} rules[GUMBO_TAG_LAST] = {
	[GUMBO_TAG_A] = { KEEP, HTML_A },
	[GUMBO_TAG_B] = { KEEP, HTML_B },
	[GUMBO_TAG_BLOCKQUOTE] = { KEEP, HTML_BLOCKQUOTE },
	[GUMBO_TAG_BR] = { KEEP, HTML_BR },
	[GUMBO_TAG_CODE] = { KEEP, HTML_CODE },
	[GUMBO_TAG_DEL] = { KEEP, HTML_S },
	[GUMBO_TAG_EM] = { KEEP, HTML_EM },
	[GUMBO_TAG_H1] = { KEEP, HTML_H3 },
	[GUMBO_TAG_H2] = { KEEP, HTML_H3 },
	[GUMBO_TAG_H3] = { KEEP, HTML_H3 },
	[GUMBO_TAG_H4] = { KEEP, HTML_H4 },
	[GUMBO_TAG_H5] = { KEEP, HTML_H5 },
	[GUMBO_TAG_H6] = { KEEP, HTML_H6 },
	[GUMBO_TAG_HR] = { KEEP, HTML_HR },
	[GUMBO_TAG_I] = { KEEP, HTML_I },
	[GUMBO_TAG_LI] = { KEEP, HTML_LI },
	[GUMBO_TAG_OL] = { KEEP, HTML_OL },
	[GUMBO_TAG_P] = { KEEP, HTML_P },
	[GUMBO_TAG_PRE] = { KEEP, HTML_PRE },
	[GUMBO_TAG_S] = { KEEP, HTML_S },
	[GUMBO_TAG_STRIKE] = { KEEP, HTML_S },
	[GUMBO_TAG_STRONG] = { KEEP, HTML_STRONG },
	[GUMBO_TAG_TABLE] = { KEEP, HTML_TABLE },
	[GUMBO_TAG_TBODY] = { KEEP, HTML_TBODY },
	[GUMBO_TAG_TD] = { KEEP, HTML_TD },
	[GUMBO_TAG_TFOOT] = { KEEP, HTML_TBODY },
	[GUMBO_TAG_TH] = { KEEP, HTML_TH },
	[GUMBO_TAG_THEAD] = { KEEP, HTML_THEAD },
	[GUMBO_TAG_TR] = { KEEP, HTML_TR },
	[GUMBO_TAG_U] = { KEEP, HTML_U },
	[GUMBO_TAG_UL] = { KEEP, HTML_UL },

	[GUMBO_TAG_IMG] = { ALT, 0 },
	[GUMBO_TAG_IMAGE] = { ALT, 0 },
	[GUMBO_TAG_CAPTION] = { CAPTION, 0 },

	[GUMBO_TAG_ADDRESS] = { LINE, 0 },
	[GUMBO_TAG_ARTICLE] = { LINE, 0 },
	[GUMBO_TAG_ASIDE] = { LINE, 0 },
	[GUMBO_TAG_CENTER] = { LINE, 0 },
	[GUMBO_TAG_DD] = { LINE, 0 },
	[GUMBO_TAG_DETAILS] = { LINE, 0 },
	[GUMBO_TAG_DIR] = { LINE, 0 },
	[GUMBO_TAG_DIV] = { LINE, 0 },
	[GUMBO_TAG_DL] = { LINE, 0 },
	[GUMBO_TAG_DT] = { LINE, 0 },
	[GUMBO_TAG_FIELDSET] = { LINE, 0 },
	[GUMBO_TAG_FIGCAPTION] = { LINE, 0 },
	[GUMBO_TAG_FIGURE] = { LINE, 0 },
	[GUMBO_TAG_FOOTER] = { LINE, 0 },
	[GUMBO_TAG_FORM] = { LINE, 0 },
	[GUMBO_TAG_HEADER] = { LINE, 0 },
	[GUMBO_TAG_HGROUP] = { LINE, 0 },
	[GUMBO_TAG_LEGEND] = { LINE, 0 },
	[GUMBO_TAG_LISTING] = { LINE, 0 },
	[GUMBO_TAG_MAIN] = { LINE, 0 },
	[GUMBO_TAG_MENU] = { LINE, 0 },
	[GUMBO_TAG_NAV] = { LINE, 0 },
	[GUMBO_TAG_OPTGROUP] = { LINE, 0 },
	[GUMBO_TAG_OPTION] = { LINE, 0 },
	[GUMBO_TAG_SECTION] = { LINE, 0 },
	[GUMBO_TAG_SELECT] = { LINE, 0 },
	[GUMBO_TAG_SUMMARY] = { LINE, 0 },

	[GUMBO_TAG_APPLET] = { DROP, 0 },
	[GUMBO_TAG_AUDIO] = { DROP, 0 },
	[GUMBO_TAG_CANVAS] = { DROP, 0 },
	[GUMBO_TAG_COLGROUP] = { DROP, 0 },
	[GUMBO_TAG_DATALIST] = { DROP, 0 },
	[GUMBO_TAG_EMBED] = { DROP, 0 },
	[GUMBO_TAG_FRAMESET] = { DROP, 0 },
	[GUMBO_TAG_HEAD] = { DROP, 0 },
	[GUMBO_TAG_IFRAME] = { DROP, 0 },
	[GUMBO_TAG_MATH] = { DROP, 0 },
	[GUMBO_TAG_NOEMBED] = { DROP, 0 },
	[GUMBO_TAG_NOFRAMES] = { DROP, 0 },
	[GUMBO_TAG_NOSCRIPT] = { DROP, 0 },
	[GUMBO_TAG_OBJECT] = { DROP, 0 },
	[GUMBO_TAG_PLAINTEXT] = { DROP, 0 },
	[GUMBO_TAG_SCRIPT] = { DROP, 0 },
	[GUMBO_TAG_STYLE] = { DROP, 0 },
	[GUMBO_TAG_SVG] = { DROP, 0 },
	[GUMBO_TAG_TEMPLATE] = { DROP, 0 },
	[GUMBO_TAG_TEXTAREA] = { DROP, 0 },
	[GUMBO_TAG_TITLE] = { DROP, 0 },
	[GUMBO_TAG_VIDEO] = { DROP, 0 },
	[GUMBO_TAG_XMP] = { DROP, 0 },
};

static const char *attribute(const GumboElement *element, const char *name)
{
	const GumboAttribute *found = gumbo_get_attribute(&element->attributes, name);

	return found ? found->value : NULL;
}

/* Foreign content goes whole: an element of ours can stand in it by a name that means another. */
static enum action action_of(const GumboNode *node)
{
	if (node->type != GUMBO_NODE_ELEMENT ||
	    node->v.element.tag_namespace != GUMBO_NAMESPACE_HTML ||
	    (unsigned)node->v.element.tag >= GUMBO_TAG_LAST)
		return DROP;
	return rules[node->v.element.tag].action;
}

/* True if what is in the node counts, which then ends with end_node(). */
static bool start_node(struct html_shape *shape, const GumboNode *node)
{
	const GumboElement *element = &node->v.element;
	const char *alt;

	if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
	    node->type == GUMBO_NODE_CDATA) {
		html_shape_text(shape, node->v.text.text, strlen(node->v.text.text));
		return false;
	}
	switch (action_of(node)) {
	case DROP:
		return false;
	case ALT:
		alt = attribute(element, "alt");
		if (alt)
			html_shape_text(shape, alt, strlen(alt));
		return false;
	case KEEP:
		html_shape_start(shape, rules[element->tag].tag, attribute(element, "href"), node,
				 node->parent);
		return true;
	case CAPTION:
		html_shape_caption(shape);
		return true;
	case LINE:
		html_shape_line(shape);
		return true;
	case UNWRAP:
		return true;
	}
	return false;
}

static void end_node(struct html_shape *shape, const GumboNode *node)
{
	enum action action = action_of(node);

	if (action == KEEP)
		html_shape_end(shape, rules[node->v.element.tag].tag, node);
	else if (action == LINE || action == CAPTION)
		html_shape_line(shape);
}

/* The first child, or NULL. The links the walk goes by are set again: it must come to an end,
 * whatever moved during the parse. */
static GumboNode *descend(GumboNode *node)
{
	GumboVector *children = &node->v.element.children;

	for (unsigned i = 0; i < children->length; i++) {
		GumboNode *child = children->data[i];

		child->parent = node;
		child->index_within_parent = i;
	}
	return children->length > 0 ? children->data[0] : NULL;
}

/* Without recursion: the tree may be thousands of elements deep. */
static void walk(struct html_shape *shape, GumboNode *root)
{
	GumboNode *node = descend(root);

	while (node && shape->error == 0) {
		GumboNode *child = NULL;

		if (start_node(shape, node)) {
			child = descend(node);
			if (!child)
				end_node(shape, node);
		}
		if (child) {
			node = child;
			continue;
		}
		while (node->index_within_parent + 1 == node->parent->v.element.children.length) {
			node = node->parent;
			if (node == root)
				return;
			end_node(shape, node);
		}
		node = node->parent->v.element.children.data[node->index_within_parent + 1];
	}
}

static bool takes_too_long(const char *html, size_t len)
{
	size_t tags = 0;

	for (size_t i = 0; i + 1 < len; i++) {
		char letter = (char)(html[i + 1] | 0x20);

		tags += html[i] == '<' && letter >= 'a' && letter <= 'z';
	}
	return len > 0 && tags > MAX_STEPS / len;
}

int html_tree_write(const char *html, size_t len, const struct html_writer *writer)
{
	CLEANUP(arena_done) struct arena arena = { .chunks = NULL };
	CLEANUP(buf_done) struct buf copy = BUF_INIT(HTML_MAX);
	struct html_shape shape = { .writer = writer };
	GumboNode *root;
	int r;

	if (len > HTML_MAX)
		return -E2BIG;
	if (!json_is_utf8(html, len))
		return -EINVAL;
	if (takes_too_long(html, len))
		return -E2BIG;
	r = buf_add(&copy, html, len);
	if (r < 0)
		return r;
	root = parse(&arena, buf_text(&copy), len);
	if (!root)
		return arena.error;
	walk(&shape, root);
	return html_shape_finish(&shape);
}
