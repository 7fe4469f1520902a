/* Handlers, as co_exceptiontable holds them: CPython 3.11's format.
 *
 * Entries in order of their start, each four big-endian varints of 6 bits a byte (bit 6: more
 * follows): start, length, target (all in words of code), and depth * 2 + keeps_last. Bit 7 marks
 * the first byte of an entry, so that a reader can search from the middle. */
#pragma once
#include "base/bits.h"
#include <stdbool.h>
#include <stddef.h>

struct handler {
  uint32_t start, end; /* words of code it guards, end excluded */
  uint32_t target;     /* where it begins */
  uint32_t depth;      /* values left on the stack before the exception is pushed */
  bool keeps_last;     /* the place of the instruction that raised is pushed too */
};

enum { HANDLER_BYTES_MAX = 4 * 6 };

size_t handler_encode(unsigned char *at, struct handler handler); /* returns its length */
/* Reads the entry at *at and moves it on; false at the end or where the table is cut off. */
bool handler_next(const unsigned char **at, const unsigned char *end, struct handler *handler);
/* The handler that guards a word of code. */
bool handler_find(const unsigned char *table, size_t n, uint32_t word, struct handler *handler);
