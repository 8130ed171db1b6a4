/* How rows of messages are read. Internal to daemon/store. */
#ifndef MAAXD_STORE_MESSAGE_ROWS_H
#define MAAXD_STORE_MESSAGE_ROWS_H

struct row_kind;

extern const struct row_kind message_rows;

#endif
