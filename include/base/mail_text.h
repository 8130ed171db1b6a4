/*
 * What a person wrote in a mail, without the history below it and the signature: rules that rather
 * leave too much than take too much. Pure.
 *
 * The history begins, and the text ends, at the first of
 *   - "On … wrote:" or "Am … schrieb …:", of up to three lines, with a quoted line (>) after it, or
 *     with an address in it, or at the end (Gmail, Apple Mail, Thunderbird);
 *   - "-----Original Message-----" or "-----Ursprüngliche Nachricht-----" (Outlook);
 *   - a block of header lines From:/Sent:/Date:/To:/Cc:/Subject: or Von:/Gesendet:/Datum:/An:/Cc:/
 *     Betreff:, three at least and From: or Von: first, and a line of underscores before it
 *     (Outlook);
 *   - quoted lines that nothing but blank lines follow.
 * A text with words of the writer's own between or below the quoted lines is left whole, since they
 * are the answer to those; and nothing behind "Forwarded message" or "Weitergeleitete Nachricht"
 * is history.
 *
 * The signature begins at a line "-- " (or "--" with a few lines behind it); and "Sent from my …",
 * "Get Outlook for …", "Von meinem … gesendet", "Gesendet von …" and the like are left out where
 * they are the last line.
 *
 * When nothing would be left, the whole text is.
 */
#ifndef MAAXD_BASE_MAIL_TEXT_H
#define MAAXD_BASE_MAIL_TEXT_H

#include "base/base.h"

/* A heap string, without blanks at its ends; line ends are \n. */
char *mail_text_strip(const char *text);

#endif
