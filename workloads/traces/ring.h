/* The shared memory between a recorded program and `ouro record`.
 *
 * A session is a folder: `control` (struct ring_control), and `ring.N` for process N (struct ring).
 * Whoever may write there is recorded; the folder belongs to the user alone.
 *
 * A ring has one number for every event of a process, taken by one atomic addition; event n lives
 * in slot n modulo RING_SLOTS. That number is the order: an allocation takes it after the allocator
 * has returned, a free before the allocator is called, so a block's events are in order whatever
 * threads they come from, and a reused address comes after the free of its former block.
 *
 *     writer:  n = next++; wait until n < drained + RING_SLOTS; fill; slot.ready = n + 1
 *     reader:  slot[drained].ready == drained + 1: take it, drained++
 *
 * Invariant: drained <= next; the reader never passes a slot whose writer may still fill it.
 * Nothing is lost when the program is killed: the memory is the folder's, not the program's. */
#pragma once
#include <limits.h>
#include <stdint.h>

#define RING_MAGIC 0x31474e49522d4f4fu
/* The environment variable that holds the session's folder. */
#define RING_ENVIRONMENT "OURO_RECORD"

enum {
  RING_SLOTS = 1 << 16,
  RING_PROCESSES = 1 << 14, /* per session */
  RING_NAME_BYTES = 32,
  RING_COMMAND_BYTES = 1024,
};

enum ring_op {
  RING_MALLOC = 1,
  RING_CALLOC,
  RING_ALIGNED,
  RING_FREE,
  RING_REALLOC_START, /* before the allocator is called: the old block */
  RING_REALLOC_END,   /* after it: the new block, or 0 when refused */
  RING_FORK,          /* just before a fork */
};

struct ring_slot {
  uint64_t ready; /* number + 1 once the rest is filled */
  uint64_t address;
  uint64_t size;
  uint32_t thread; /* counts from 1 in each process */
  uint8_t op, align_log2;
  uint8_t unused[2];
};
_Static_assert(sizeof(struct ring_slot) == 32, "two slots per cache line");

struct ring {
  uint64_t next; /* number of the next event; writers add */
  uint64_t unused_1[7];
  uint64_t drained; /* the reader's place */
  uint32_t off;     /* set by the reader: record no more */
  uint32_t threads; /* numbers handed out */
  uint64_t refused; /* allocations that the allocator refused */
  uint64_t dropped; /* events given up because nobody drained */
  uint64_t unused_2[4];
  char command[RING_COMMAND_BYTES]; /* the command line, words separated by spaces */
  struct ring_slot slots[RING_SLOTS];
};

/* One process, or one program in a process: exec makes a new one. */
struct ring_process {
  uint32_t ready; /* 1 once the rest is filled and the ring is there; 2: it could not be made */
  uint32_t pid;
  uint32_t forked;        /* 1: made by fork, has its parent's blocks */
  uint32_t parent;        /* index of the process that forked */
  uint64_t parent_number; /* last event of the forking thread before the fork */
  char name[RING_NAME_BYTES];
};

struct ring_control {
  uint64_t magic;
  uint32_t recorder_pid;
  uint32_t first_only;        /* 1: only processes with the first one's pid are recorded */
  uint32_t first_pid;         /* of the command itself */
  uint32_t n_processes;       /* numbers handed out, may exceed RING_PROCESSES */
  uint64_t heartbeat;         /* counts up while the recorder lives */
  char only[RING_NAME_BYTES]; /* not empty: record only programs of this name */
  uint32_t seen;              /* programs that found this session, recorded or not */
  struct ring_process processes[RING_PROCESSES];
};
