/* Between the two passes of scopes. */
#pragma once
#include "runtime/compile/scopes.h"

int scopes_decide(struct scopes *s); /* the second pass */
/* The text of a name as UTF-8 in a buffer, for messages; cut where it is full. */
const char *scopes_text(const struct object *name, char *text, size_t bytes);
