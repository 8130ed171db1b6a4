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

struct block {
	size_t size; /* usable bytes, a multiple of STEP */
	union {
		struct block *next; /* while it is free */
		char data[STEP];
	};
};

#define HEAD offsetof(struct block, data)

static struct block *kept[CLASSES + 1]; /* by size in steps */
static size_t kept_bytes;

static struct block *block_of(void *data)
{
	return (struct block *)(void *)((char *)data - HEAD);
}

static int round_up(int size)
{
	return (int)(((unsigned)size + STEP - 1) / STEP * STEP);
}

static void *take(int wanted)
{
	size_t size = (size_t)round_up(wanted);
	size_t class = size / STEP;
	struct block *block;

	if (class <= CLASSES && kept[class]) {
		block = kept[class];
		kept[class] = block->next;
		kept_bytes -= size;
		return block->data;
	}
	block = malloc(HEAD + size);
	if (!block)
		return NULL;
	block->size = size;
	return block->data;
}

static void give_back(void *data)
{
	struct block *block = block_of(data);
	size_t class = block->size / STEP;

	if (class > CLASSES || kept_bytes + block->size > KEEP_MAX) {
		free(block);
		return;
	}
	block->next = kept[class];
	kept[class] = block;
	kept_bytes += block->size;
}

static int size_of(void *data)
{
	return data ? (int)block_of(data)->size : 0;
}

static void *resize(void *data, int wanted)
{
	struct block *block = block_of(data);
	size_t size = (size_t)round_up(wanted);
	void *copy;

	if (size == block->size)
		return data;
	if (block->size / STEP > CLASSES && size / STEP > CLASSES) {
		block = realloc(block, HEAD + size);
		if (!block)
			return NULL;
		block->size = size;
		return block->data;
	}
	copy = take(wanted);
	if (!copy)
		return NULL;
	memcpy(copy, data, size < block->size ? size : block->size);
	give_back(data);
	return copy;
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
