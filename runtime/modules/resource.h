/* The module resource: what others show of it. */
#pragma once
#include "runtime/object/object.h"
#include <sys/resource.h>

/* A resource.struct_rusage. */
struct object *resource_usage(const struct rusage *usage);
