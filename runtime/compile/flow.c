/* The flow graph: building it, and the passes that remove, copy and join blocks. */
#include "runtime/compile/flow.h"
#include <string.h>

enum { COPY_MOST = 4 }; /* instructions of an exit that is worth repeating */

/* ---- Memory ---- */

void flow_open(struct flow *f, struct flow_memory *memory) {
  *f = (struct flow){.memory = memory};
  f->spare.depth = -1;
  f->entry = f->current = flow_block(f);
}

static unsigned log2_of(uint32_t capacity) { return bit_highest(capacity); }

static void give_back(struct flow_memory *m, struct instruction *items, uint32_t capacity) {
  if (!capacity)
    return;
  items->target = (struct block *)m->spare[log2_of(capacity)];
  m->spare[log2_of(capacity)] = items;
}

static struct instruction *take(struct flow_memory *m, uint32_t capacity) {
  struct instruction **spare = &m->spare[log2_of(capacity)], *items = *spare;
  if (items) {
    *spare = (struct instruction *)items->target;
    return items;
  }
  return tree_alloc(m->arena, capacity * sizeof *items);
}

void flow_close(struct flow *f) {
  for (struct block *b = f->newest, *older; b; b = older) {
    older = b->made;
    give_back(f->memory, b->items, b->capacity);
    b->made = f->memory->blocks;
    f->memory->blocks = b;
  }
}

struct block *flow_block(struct flow *f) {
  struct block *b = f->memory->blocks;
  if (b)
    f->memory->blocks = b->made;
  else if (f->failed || !(b = tree_alloc(f->memory->arena, sizeof *b))) {
    f->failed = true;
    return &f->spare;
  }
  *b = (struct block){.made = f->newest, .depth = -1};
  f->newest = b;
  return b;
}

/* A place for one more instruction at the end of b; NULL when there is no memory. */
static struct instruction *more(struct flow *f, struct block *b) {
  if (f->failed)
    return NULL;
  if (b->n == b->capacity) {
    uint32_t capacity = b->capacity ? b->capacity * 2 : 8;
    struct instruction *items =
        log2_of(capacity) < FLOW_SIZES ? take(f->memory, capacity) : error_no_memory();
    if (!items) {
      f->failed = true;
      return NULL;
    }
    if (b->n)
      memcpy(items, b->items, b->n * sizeof *items);
    give_back(f->memory, b->items, b->capacity);
    b->items = items;
    b->capacity = capacity;
  }
  return &b->items[b->n++];
}

/* ---- Building ---- */

void flow_continue(struct flow *f, struct block *b) {
  if (f->failed)
    return;
  f->current->next = b;
  f->current = b;
}

static struct instruction *last_of(const struct block *b) {
  return b->n ? &b->items[b->n - 1] : NULL;
}

void flow_emit(struct flow *f, uint8_t opcode, uint32_t argument, struct block *target,
               struct location where) {
  struct instruction *last = last_of(f->current);
  if (last && (flow_is_jump(last->opcode) || flow_is_end(last->opcode)))
    flow_continue(f, flow_block(f));
  struct instruction *i = more(f, f->current);
  if (i)
    *i = (struct instruction){
        .opcode = opcode, .argument = argument, .target = target, .where = where};
}

bool flow_has_returned(const struct flow *f) {
  const struct instruction *last = last_of(f->current);
  return last && last->opcode == OP_RETURN_VALUE;
}

static void insert(struct flow *f, struct block *b, uint32_t at, struct instruction i) {
  if (!more(f, b))
    return;
  memmove(&b->items[at + 1], &b->items[at], (b->n - 1 - at) * sizeof i);
  b->items[at] = i;
}

void flow_insert(struct flow *f, uint32_t at, uint8_t opcode, uint32_t argument,
                 struct location where) {
  insert(f, f->entry, at,
         (struct instruction){.opcode = opcode, .argument = argument, .where = where});
}

/* ---- Cleaning ---- */

static struct block *skip_empty(struct block *b) {
  while (b->n == 0 && b->next)
    b = b->next;
  return b;
}

/* Marks how blocks end, and lets jumps skip empty blocks. */
static void normalize(struct block *b) {
  struct instruction *last = last_of(b);
  if (!last)
    return;
  if (flow_is_end(last->opcode))
    b->ends = b->falls_not = true;
  else if (last->opcode == PSEUDO_JUMP || last->opcode == PSEUDO_JUMP_NO_INTERRUPT)
    b->falls_not = true;
  if (flow_is_jump(last->opcode))
    last->target = skip_empty(last->target);
}

static bool is_exit_without_line(const struct block *b) {
  if (!b->ends || !b->n)
    return false;
  for (uint32_t i = 0; i < b->n; i++)
    if (b->items[i].where.line >= 0)
      return false;
  return true;
}

/* A jump to a short exit without a line becomes a copy of it. */
static void extend(struct flow *f, struct block *b) {
  struct instruction *last = last_of(b);
  if (!last || last->opcode != PSEUDO_JUMP)
    return;
  struct block *target = last->target;
  if (!is_exit_without_line(target) || target->n > COPY_MOST)
    return;
  last->opcode = OP_NOP;
  last->target = NULL;
  for (uint32_t i = 0, n = target->n; i < n; i++) {
    struct instruction *copy = more(f, b);
    if (!copy)
      return;
    *copy = target->items[i];
  }
  b->ends = true;
}

/* Whether the NOP at `at`, which has a line, can go: another instruction shows that line. It may
 * then lend its place to the next one. */
static bool is_idle(struct block *b, uint32_t at, int32_t previous_line) {
  struct instruction *nop = &b->items[at];
  int32_t line = nop->where.line;
  if (line == previous_line)
    return true;
  if (at + 1 < b->n) {
    struct instruction *next = nop + 1;
    if (next->where.line < 0)
      next->where = nop->where;
    return next->where.line == line;
  }
  const struct block *next = b->next;
  while (next && next->n == 0)
    next = next->next;
  return next && next->items[0].where.line == line;
}

static void remove_idle(struct block *b) {
  uint32_t kept = 0;
  int32_t previous_line = -1;
  for (uint32_t i = 0; i < b->n; i++) {
    int32_t line = b->items[i].where.line;
    if (b->items[i].opcode == OP_NOP && (line < 0 || is_idle(b, i, previous_line)))
      continue;
    if (kept != i)
      b->items[kept] = b->items[i];
    kept++;
    previous_line = line;
  }
  b->n = kept;
}

static void remove_empty_blocks(struct flow *f) {
  for (struct block *b = f->entry; b; b = b->next)
    if (b->next)
      b->next = skip_empty(b->next);
  for (struct block *b = f->entry; b; b = b->next)
    for (uint32_t i = 0; i < b->n; i++)
      if (b->items[i].target)
        b->items[i].target = skip_empty(b->items[i].target);
}

/* Counts predecessors of what can be reached. The work list is linked through no block: at most one
 * entry for each. */
static void count_predecessors(struct flow *f) {
  uint32_t blocks_n = 0;
  for (struct block *b = f->newest; b; b = b->made) {
    b->predecessors = 0;
    blocks_n++;
  }
  struct block **work = tree_alloc(f->memory->arena, blocks_n * sizeof *work);
  if (!work) {
    f->failed = true;
    return;
  }
  uint32_t n = 0;
  work[n++] = f->entry;
  f->entry->predecessors = 1;
  while (n) {
    struct block *b = work[--n];
    if (b->next && !b->falls_not && b->next->predecessors++ == 0)
      work[n++] = b->next;
    for (uint32_t i = 0; i < b->n; i++) {
      struct block *target = b->items[i].target;
      if (target && target->predecessors++ == 0)
        work[n++] = target;
    }
  }
}

static void optimise(struct flow *f, const struct flow_constants *constants) {
  for (struct block *b = f->entry; b && !f->failed; b = b->next) {
    flow_optimise_block(f, b, constants);
    remove_idle(b);
  }
  for (struct block *b = f->newest; b; b = b->made)
    extend(f, b);
  count_predecessors(f);
  if (f->failed)
    return;
  for (struct block *b = f->entry; b; b = b->next)
    if (b->predecessors == 0) {
      b->n = 0;
      b->falls_not = false;
    }
  for (struct block *b = f->entry; b; b = b->next)
    remove_idle(b);
  remove_empty_blocks(f);
  bool has_new_nops = false;
  for (struct block *b = f->entry; b; b = b->next) {
    struct instruction *last = last_of(b);
    if (last && (last->opcode == PSEUDO_JUMP || last->opcode == PSEUDO_JUMP_NO_INTERRUPT) &&
        last->target == b->next) {
      b->falls_not = false;
      last->opcode = OP_NOP; /* goes later, when it has a line and none that needs it */
      last->target = NULL;
      has_new_nops = true;
    }
  }
  if (has_new_nops)
    remove_empty_blocks(f);
}

/* ---- Lines ---- */

/* An exit without a line takes it from where it is reached: it needs a copy for each jump to it. */
static void repeat_exits(struct flow *f) {
  for (struct block *b = f->newest; b; b = b->made) {
    struct instruction *last = last_of(b);
    if (!last || !flow_is_jump(last->opcode))
      continue;
    struct block *target = last->target;
    if (!is_exit_without_line(target) || target->predecessors <= 1)
      continue;
    struct block *copy = flow_block(f);
    for (uint32_t i = 0; i < target->n; i++) {
      struct instruction *each = more(f, copy);
      if (!each)
        return;
      *each = target->items[i];
    }
    copy->ends = copy->falls_not = true;
    copy->items[0].where = last->where;
    last = last_of(b);
    last->target = copy;
    target->predecessors--;
    copy->predecessors = 1;
    copy->next = target->next;
    target->next = copy;
  }
  for (struct block *b = f->newest; b; b = b->made)
    while (b->next && b->next->n == 0)
      b->next = b->next->next;
  for (struct block *b = f->newest; b; b = b->made)
    if (!b->falls_not && b->next && b->n && is_exit_without_line(b->next))
      b->next->items[0].where = last_of(b)->where;
}

static void take_line(struct block *b, struct location where) {
  if (b->predecessors == 1 && b->n && b->items[0].where.line < 0)
    b->items[0].where = where;
}

static void spread_lines(struct flow *f) {
  for (struct block *b = f->entry; b; b = b->next) {
    if (b->n == 0)
      continue;
    struct location where = FLOW_NOWHERE;
    for (uint32_t i = 0; i < b->n; i++)
      if (b->items[i].where.line < 0)
        b->items[i].where = where;
      else
        where = b->items[i].where;
    if (!b->falls_not && b->next)
      take_line(b->next, where);
    if (flow_is_jump(last_of(b)->opcode))
      take_line(last_of(b)->target, where);
  }
}

/* Every return has a line: where none came to it, that of the code before. */
static void give_exits_lines(struct flow *f, int32_t line) {
  for (struct block *b = f->entry; b; b = b->next) {
    struct instruction *last = last_of(b);
    if (!last)
      continue;
    if (last->where.line >= 0)
      line = last->where.line;
    else if (last->opcode == OP_RETURN_VALUE)
      for (uint32_t i = 0; i < b->n; i++)
        b->items[i].where.line = line;
  }
}

int32_t flow_finish(struct flow *f, const struct flow_constants *constants, int32_t first_line,
                    bool starts_with_value) {
  if (f->failed)
    return -1;
  for (struct block *b = f->newest; b; b = b->made)
    normalize(b);
  for (struct block *b = f->newest; b; b = b->made)
    extend(f, b);
  optimise(f, constants);
  if (f->failed)
    return -1;
  repeat_exits(f);
  if (f->failed)
    return -1;
  spread_lines(f);
  give_exits_lines(f, first_line);
  int32_t depth = flow_stack_depth(f, starts_with_value);
  flow_find_handlers(f);
  if (f->failed)
    return -1;
  for (struct block *b = f->entry; b; b = b->next) {
    for (uint32_t i = 0; i < b->n; i++)
      if (flow_is_setup(b->items[i].opcode) || b->items[i].opcode == PSEUDO_POP_BLOCK) {
        b->items[i].opcode = OP_NOP;
        b->items[i].target = NULL;
      }
    remove_idle(b);
  }
  flow_direct_jumps(f);
  flow_resolve_jumps(f);
  return depth;
}
