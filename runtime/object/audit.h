/* Audit events (PEP 578): what the hooks of sys.addaudithook are told before it happens. Which
 * there are stands in docs/language.md. */
#pragma once
#include "base/bits.h"

struct object;

/* Tells the hooks; takes the tuple of arguments (NULL: making it failed, that error is pending).
 * -1: a hook raised. NULL while there are no hooks: then nothing is made for them. */
extern int (*audit_hook)(const char *event, struct object *args);

/* The tuple is evaluated only where somebody listens. */
#define AUDIT_FAILS(event, args) (UNLIKELY(audit_hook != NULL) && audit_hook(event, args) < 0)
