/* What needs the whole graph: depth of the stack, handlers, directions and distances of jumps. */
#include "runtime/compile/flow.h"
#include <string.h>

/* ---- Depth of the stack ---- */

static int effect_of(const struct instruction *i, bool jump) {
  switch (i->opcode) {
  case PSEUDO_SETUP_FINALLY:
  case PSEUDO_SETUP_WITH:
    return jump ? 1 : 0;
  case PSEUDO_SETUP_CLEANUP:
    return jump ? 2 : 0;
  case PSEUDO_POP_BLOCK:
  case PSEUDO_JUMP:
  case PSEUDO_JUMP_NO_INTERRUPT:
    return 0;
  case PSEUDO_POP_JUMP_IF_FALSE:
  case PSEUDO_POP_JUMP_IF_TRUE:
  case PSEUDO_POP_JUMP_IF_NONE:
  case PSEUDO_POP_JUMP_IF_NOT_NONE:
    return -1;
  default:
    return opcode_stack_effect(i->opcode, i->argument, jump);
  }
}

static uint32_t count_blocks(struct flow *f) {
  uint32_t n = 0;
  for (struct block *b = f->newest; b; b = b->made)
    n++;
  return n;
}

struct depths {
  struct block **work;
  uint32_t n;
};

static void reach(struct depths *d, struct block *b, int32_t depth) {
  if (b->depth < depth && b->depth < 100) {
    b->depth = depth;
    d->work[d->n++] = b;
  }
}

int32_t flow_stack_depth(struct flow *f, bool starts_with_value) {
  /* A block is entered again only where depths disagree, which they do not. */
  struct depths d = {tree_alloc(f->memory->arena, count_blocks(f) * 2 * sizeof *d.work), 0};
  if (!d.work) {
    f->failed = true;
    return -1;
  }
  int32_t most = 0;
  reach(&d, f->entry, starts_with_value);
  while (d.n) {
    struct block *b = d.work[--d.n], *next = b->next;
    int32_t depth = b->depth;
    for (uint32_t k = 0; k < b->n; k++) {
      const struct instruction *i = &b->items[k];
      if (i->target) {
        int32_t there = depth + effect_of(i, true);
        if (there > most)
          most = there;
        reach(&d, i->target, there);
      }
      depth += effect_of(i, false);
      if (depth > most)
        most = depth;
      if (flow_is_end(i->opcode) || i->opcode == PSEUDO_JUMP ||
          i->opcode == PSEUDO_JUMP_NO_INTERRUPT) {
        next = NULL;
        break;
      }
    }
    if (next)
      reach(&d, next, depth);
  }
  return most;
}

/* ---- Handlers ---- */

/* The handlers in force, outermost first: an immutable list, so that blocks can share its ends. */
struct handlers {
  struct handlers *outer;
  struct block *innermost;
};

static struct handlers *push(struct flow *f, struct handlers *outer, struct block *handler) {
  struct handlers *h = tree_alloc(f->memory->arena, sizeof *h);
  if (!h) {
    f->failed = true;
    return outer;
  }
  *h = (struct handlers){outer, handler};
  return h;
}

void flow_find_handlers(struct flow *f) {
  struct block **work = tree_alloc(f->memory->arena, count_blocks(f) * sizeof *work);
  if (!work || f->failed) {
    f->failed = true;
    return;
  }
  for (struct block *b = f->newest; b; b = b->made)
    b->is_visited = false;
  uint32_t n = 0;
  work[n++] = f->entry;
  f->entry->is_visited = true;
  f->entry->handlers = NULL;
  while (n && !f->failed) {
    struct block *b = work[--n];
    struct handlers *in_force = b->handlers;
    for (uint32_t k = 0; k < b->n; k++) {
      struct instruction *i = &b->items[k];
      bool changes = flow_is_setup(i->opcode) || i->opcode == PSEUDO_POP_BLOCK;
      i->handler = in_force && !changes ? in_force->innermost : NULL;
      if (i->target && !i->target->is_visited) {
        i->target->is_visited = true;
        i->target->handlers = in_force;
        work[n++] = i->target;
      }
      if (flow_is_setup(i->opcode)) {
        if (i->opcode != PSEUDO_SETUP_FINALLY)
          i->target->keeps_last = true;
        in_force = push(f, in_force, i->target);
      } else if (i->opcode == PSEUDO_POP_BLOCK && in_force)
        in_force = in_force->outer;
    }
    if (!b->falls_not && b->next && !b->next->is_visited) {
      b->next->is_visited = true;
      b->next->handlers = in_force;
      work[n++] = b->next;
    }
  }
}

/* ---- Jumps ---- */

static uint8_t directed(uint8_t opcode, bool forward) {
  switch (opcode) {
  case PSEUDO_JUMP:
    return forward ? OP_JUMP_FORWARD : OP_JUMP_BACKWARD;
  case PSEUDO_JUMP_NO_INTERRUPT:
    return forward ? OP_JUMP_FORWARD : OP_JUMP_BACKWARD_NO_INTERRUPT;
  case PSEUDO_POP_JUMP_IF_FALSE:
    return forward ? OP_POP_JUMP_FORWARD_IF_FALSE : OP_POP_JUMP_BACKWARD_IF_FALSE;
  case PSEUDO_POP_JUMP_IF_TRUE:
    return forward ? OP_POP_JUMP_FORWARD_IF_TRUE : OP_POP_JUMP_BACKWARD_IF_TRUE;
  case PSEUDO_POP_JUMP_IF_NONE:
    return forward ? OP_POP_JUMP_FORWARD_IF_NONE : OP_POP_JUMP_BACKWARD_IF_NONE;
  case PSEUDO_POP_JUMP_IF_NOT_NONE:
    return forward ? OP_POP_JUMP_FORWARD_IF_NOT_NONE : OP_POP_JUMP_BACKWARD_IF_NOT_NONE;
  default:
    return opcode;
  }
}

void flow_direct_jumps(struct flow *f) {
  for (struct block *b = f->entry; b; b = b->next)
    b->is_visited = false;
  for (struct block *b = f->entry; b; b = b->next) {
    b->is_visited = true;
    struct instruction *last = b->n ? &b->items[b->n - 1] : NULL;
    if (last && flow_is_jump(last->opcode))
      last->opcode = directed(last->opcode, !last->target->is_visited);
  }
}

unsigned flow_words(const struct instruction *i) {
  unsigned prefixes = i->argument > 0xffffff ? 3 : i->argument > 0xffff ? 2 : i->argument > 0xff;
  return prefixes + 1 + opcode_facts[i->opcode].caches;
}

/* Distances depend on the size of jumps and the reverse: repeat until nothing grows. */
void flow_resolve_jumps(struct flow *f) {
  for (bool again = true; again;) {
    uint32_t offset = 0;
    for (struct block *b = f->entry; b; b = b->next) {
      b->offset = offset;
      for (uint32_t k = 0; k < b->n; k++)
        offset += flow_words(&b->items[k]);
    }
    again = false;
    for (struct block *b = f->entry; b; b = b->next) {
      offset = b->offset;
      for (uint32_t k = 0; k < b->n; k++) {
        struct instruction *i = &b->items[k];
        unsigned words = flow_words(i);
        offset += words;
        if (!i->target)
          continue;
        uint32_t target = i->target->offset;
        i->argument = target < offset ? offset - target : target - offset;
        again |= flow_words(i) != words;
      }
    }
  }
}
