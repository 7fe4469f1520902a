/* Names for code addresses, for messages about bugs. */
#pragma once
#include <stddef.h>

/* Writes "function+0x12" where a symbol table of the program or library knows the function, static
 * ones included, and "library.so+0x1234" otherwise. For a return address pass it as it is. */
void symbol_describe(const void *address, char *text, size_t text_bytes);
