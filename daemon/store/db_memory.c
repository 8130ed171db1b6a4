/*
 * Memory for SQLite: a free block stays in a list of its size and is handed out again. A callback
 * takes and gives back nearly 200 small blocks, in bursts that the C library's cache, seven of a
 * size, does not hold. One thread: there is no lock.
 */
#include <string.h>

#include "store/db_private.h"

#define STEP 16U
#define CLASSES 512U /* blocks of up to 8 KiB are kept, by size in steps */
#ifdef __SANITIZE_ADDRESS__
#define KEEP_MAX 0U /* so that ASan sees what is used after it was given back */
#else
#define KEEP_MAX (1 * MIB) /* bytes of free blocks, of all sizes together */
#endif

/* A block is its size, and then what SQLite has of it, or while it is free the next free one. */
union slot {
	size_t size; /* usable bytes, a multiple of STEP */
	union slot *next;
};

static union slot *kept[CLASSES + 1]; /* by size in steps */
static size_t kept_bytes;

static int round_up(int size)
{
	return (int)(((unsigned)size + STEP - 1) / STEP * STEP);
}

/* `size` is a multiple of STEP. */
static union slot *take_block(size_t size)
{
	size_t class = size / STEP;
	union slot *block;

	if (class <= CLASSES && kept[class]) {
		block = kept[class];
		kept[class] = block[1].next;
		kept_bytes -= size;
		return block;
	}
	block = malloc(sizeof(*block) + size);
	if (block)
		block[0].size = size;
	return block;
}

static void *take(int wanted)
{
	union slot *block = take_block((size_t)round_up(wanted));

	return block ? block + 1 : NULL;
}

static void give_back(void *data)
{
	union slot *block = (union slot *)data - 1;
	size_t class = block[0].size / STEP;

	if (class > CLASSES || kept_bytes + block[0].size > KEEP_MAX) {
		free(block);
		return;
	}
	block[1].next = kept[class];
	kept[class] = block;
	kept_bytes += block[0].size;
}

static int size_of(void *data)
{
	return data ? (int)((union slot *)data - 1)->size : 0;
}

static void *resize(void *data, int wanted)
{
	union slot *block = (union slot *)data - 1;
	size_t size = (size_t)round_up(wanted);
	union slot *copy;

	if (size == block[0].size)
		return data;
	if (block[0].size / STEP > CLASSES && size / STEP > CLASSES) {
		union slot *resized = realloc(block, sizeof(*block) + size);

		if (!resized)
			return NULL;
		resized[0].size = size;
		return resized + 1;
	}
	copy = take_block(size);
	if (!copy)
		return NULL;
	memcpy(copy + 1, data, size < block[0].size ? size : block[0].size);
	give_back(data);
	return copy + 1;
}

static int nothing_to_init(void *ctx)
{
	(void)ctx;
	return SQLITE_OK;
}

static void nothing_to_end(void *ctx)
{
	(void)ctx;
}

/* Statistics would count every byte under a global lock: a sixth of the time of a callback. */
void db_configure_library(void)
{
	static const struct sqlite3_mem_methods methods = {
		.xMalloc = take,
		.xFree = give_back,
		.xRealloc = resize,
		.xSize = size_of,
		.xRoundup = round_up,
		.xInit = nothing_to_init,
		.xShutdown = nothing_to_end,
	};

	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}
