/* The module _thread: what its files share. */
#pragma once
#include "runtime/modules/module.h"

extern struct type lock_type, rlock_type, local_type;

struct object *lock_new(void);
/* Releases a lock that is held; nothing if it is not. */
void lock_release_quietly(struct object *lock);

/* The attributes that a thread which ended had in thread-local objects go. */
void local_thread_ended(struct object *serial);
