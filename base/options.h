/* Options as text: "key=value,key=value", described by a table and read through typed getters.
 *
 * The table is a flat array of triples (key, meaning, fallback) that ends with a NULL key; the
 * fallback is the default as text and is read by the same getter, so that what `ouro list` shows
 * and what runs can't diverge. Pass &table->key of any struct that starts with these three.
 *
 *     struct options o;
 *     options_open(&o, "pool", text, &table->key, error, error_bytes);
 *     config.kept = options_count(&o, "kept", 0, 1024);
 *     if (o.failed)
 *       return NULL;
 *
 * The first violation is written to `error` and sets `failed`; getters then return the fallback. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
  const char *who;          /* in front of messages */
  const char *text;         /* borrowed until the last getter */
  const char *const *table; /* borrowed */
  char *error;
  size_t error_bytes;
  bool failed;
};

/* Checks the form, that every key is in the table, and none comes twice. */
void options_open(struct options *o, const char *who, const char *text, const char *const *table,
                  char *error, size_t error_bytes);
/* Writes the message of the caller's own check, unless there is an earlier one. */
void options_fail(struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Was the key given, or is this its fallback? Asking for a key that is not in the table is fatal,
 * here and in all getters. */
bool options_given(const struct options *o, const char *key);
/* Copies the value; fails when it does not fit. Returns its length. */
size_t options_text(struct options *o, const char *key, char *value, size_t value_bytes);
/* A number of bytes, with an optional suffix K, M or G (powers of 1024). */
uint64_t options_size(struct options *o, const char *key, uint64_t least, uint64_t most);
uint64_t options_count(struct options *o, const char *key, uint64_t least, uint64_t most);
double options_real(struct options *o, const char *key, double least, double most);
/* 1, yes, on, true or 0, no, off, false. */
bool options_flag(struct options *o, const char *key);
/* The index of the value in a list of words that ends with NULL; near misses get "did you mean". */
unsigned options_choice(struct options *o, const char *key, const char *const *words);

/* Reads a number of bytes as above; false where the text is none or does not fit into 64 bits. */
bool options_read_size(const char *text, uint64_t *bytes);
