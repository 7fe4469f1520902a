/* The object header, and the part of a type that a collector reads.
 *
 *      rc family                        tracing family
 *   0  count  u32   references           0  type  pointer
 *   4  pos    u32   where it is tracked  (-Dpadded_header=true puts 8 unused bytes in front, so that
 *   8  type   pointer                     the effect of smaller size classes can be told apart)
 *  16  the type's own fields             8  the type's own fields
 *
 * Nothing above this folder reads a header field: type_of(o), hold(o), drop(o), so that a build with
 * tagged small ints stays possible. */
#pragma once
#include "base/bits.h"

/* The family is fixed when the runtime is compiled; -DGC_RC=1 or -DGC_TRACING=1. */
#ifndef GC_RC
#define GC_RC 0
#endif
#ifndef GC_TRACING
#define GC_TRACING 0
#endif
#if GC_RC + GC_TRACING != 1
#error "compile with -DGC_RC=1 or -DGC_TRACING=1"
#endif
#ifndef GC_PADDED_HEADER
#define GC_PADDED_HEADER 0
#endif
#ifndef GC_BARRIER /* tracing family: store() tells the collector */
#define GC_BARRIER 0
#endif

struct type;

struct object {
#if GC_RC
  uint32_t count; /* references held on it; from GC_IMMORTAL up it never dies */
  uint32_t pos;   /* index in the young vector, or one of GC_POS_*; a dying object uses count and pos
                     together as the link of the deferred list */
#elif GC_PADDED_HEADER
  uint64_t unused;
#endif
  struct type *type;
};

#define GC_IMMORTAL 0x40000000u

/* A run of references inside or owned by an object. NULL entries are allowed and skipped. */
struct gc_span {
  struct object **first;
  size_t n;
};
enum { GC_SPANS_MAX = 4 };

typedef void gc_visit_fn(struct object *referent, void *context);

/* How the references of a type's objects are found. */
enum gc_layout {
  GC_LEAF,   /* it has none */
  GC_FIXED,  /* refs_n references at refs_offset */
  GC_INLINE, /* as many at refs_offset as the size_t at n_offset says */
  GC_BUFFER, /* the pointer at refs_offset leads to as many as the size_t at n_offset says */
  GC_SPANS,  /* ask spans() */
  GC_VISIT,  /* ask visit() */
};

enum gc_type_flags {
  GC_CONTAINER = 1 << 0, /* can be part of a cycle: counted and tracked */
  GC_PLAIN = 1 << 1, /* once weak references are cleared and the finaliser has run, it dies by
                        dropping its references and host_release: may be freed in bulk */
  GC_FINALIZES = 1 << 2, /* host_finalize may have something to do */
  GC_WEAKREFS = 1 << 3,  /* its objects have a list head for weak references */
  GC_VISITS_TYPE = 1 << 4, /* its objects hold a reference on the type (types made at run time);
                              the collector visits it by itself, spans and visit() leave it out */
  GC_IS_TYPE = 1 << 5, /* its objects are types: a sweep frees them after their instances */
  GC_RELEASES = 1 << 6, /* host_release has something to do: its objects own more than their block */
  GC_UNTRACKS = 1 << 7, /* rc family: host_may_untrack may say yes (tuples, dicts) */
};

/* The second member of struct type, right behind its header: see gc_shape_of. */
struct gc_shape {
  uint8_t layout;      /* enum gc_layout */
  uint8_t flags;       /* enum gc_type_flags */
  uint16_t refs_offset;
  uint16_t n_offset;
  uint16_t refs_n;
  uint16_t weak_offset; /* of the struct object * that heads the list of weak references; 0: none;
                           GC_WEAK_LAST: the last word of the object, as told by `bytes` */
  uint16_t basic_bytes; /* size of an object, without item_bytes for each of its n items */
  uint16_t item_bytes;  /* 0: fixed size, or bytes() tells */
  uint16_t unused;
  size_t (*bytes)(const struct object *o); /* NULL: basic_bytes + n * item_bytes */
  unsigned (*spans)(struct object *o, struct gc_span spans[GC_SPANS_MAX]); /* how many */
  void (*visit)(struct object *o, gc_visit_fn *visit, void *context);
};

static inline struct gc_shape *gc_shape_of(const struct type *t) {
  return (struct gc_shape *)((char *)(uintptr_t)t + sizeof(struct object));
}

/* Bytes of an object itself, without the buffers it owns. */
static inline size_t gc_object_bytes(const struct object *o) {
  const struct gc_shape *s = gc_shape_of(o->type);
  if (UNLIKELY(s->bytes != NULL))
    return s->bytes(o);
  size_t n = s->item_bytes ? *(const size_t *)((const char *)o + s->n_offset) : 0;
  return s->basic_bytes + n * s->item_bytes;
}

enum { GC_WEAK_LAST = UINT16_MAX };

/* The head of the list of weak references on o, whose shape has GC_WEAKREFS. */
static inline struct object **gc_weakrefs_of(const struct object *o, const struct gc_shape *s) {
  size_t offset = s->weak_offset;
  if (UNLIKELY(offset == GC_WEAK_LAST))
    offset = s->bytes(o) - sizeof(struct object *);
  return (struct object **)((char *)(uintptr_t)o + offset);
}

/* The spans of any layout but GC_VISIT. */
ALWAYS_INLINE unsigned gc_spans_of(struct object *o, const struct gc_shape *s,
                                   struct gc_span spans[GC_SPANS_MAX]) {
  char *base = (char *)o;
  switch (s->layout) {
  case GC_FIXED:
    spans[0] = (struct gc_span){(struct object **)(base + s->refs_offset), s->refs_n};
    return 1;
  case GC_INLINE:
    spans[0] = (struct gc_span){(struct object **)(base + s->refs_offset),
                                *(size_t *)(base + s->n_offset)};
    return 1;
  case GC_BUFFER:
    spans[0] = (struct gc_span){*(struct object ***)(base + s->refs_offset),
                                *(size_t *)(base + s->n_offset)};
    return 1;
  case GC_SPANS:
    return s->spans(o, spans);
  default:
    return 0;
  }
}
