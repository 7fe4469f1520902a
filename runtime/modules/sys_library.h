/* The names of Python's own modules. */
#pragma once
struct object;

struct object *sys_library_names(void); /* a new frozenset */
