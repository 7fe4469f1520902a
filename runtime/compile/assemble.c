/* From a unit's graph to its code object: prefix, variables in one row, bytes, tables. */
#include "runtime/bytecode/exceptions.h"
#include "runtime/compile/unit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/tuple.h"
#include <string.h>

/* ---- Variables ---- */

/* Cells and free variables stand behind the locals in the frame; a parameter that is a cell keeps
 * its place there. fixed[i]: the place of cell or free variable i. Returns how many variables. */
static uint32_t place_cells(const struct unit *u, uint32_t *fixed) {
  uint32_t place = u->locals.n;
  for (uint32_t i = 0; i < u->cells.n + u->frees.n; i++) {
    int64_t local = i < u->cells.n ? names_find(&u->locals, u->cells.items[i].key) : NAMES_NONE;
    fixed[i] = local >= 0 ? (uint32_t)local : place++;
  }
  return place;
}

static bool takes_cell(uint8_t opcode) {
  switch (opcode) {
  case OP_MAKE_CELL:
  case OP_LOAD_CLOSURE:
  case OP_LOAD_DEREF:
  case OP_STORE_DEREF:
  case OP_DELETE_DEREF:
  case OP_LOAD_CLASSDEREF:
    return true;
  default:
    return false;
  }
}

static void fix_cells(struct flow *f, const uint32_t *fixed) {
  for (struct block *b = f->entry; b; b = b->next)
    for (uint32_t i = 0; i < b->n; i++)
      if (takes_cell(b->items[i].opcode))
        b->items[i].argument = fixed[b->items[i].argument];
}

/* In front of the code, the last inserted first: COPY_FREE_VARS, a MAKE_CELL for each cell in the
 * order of their places, RETURN_GENERATOR. */
static void insert_prefix(struct unit *u, uint32_t flags, const uint32_t *fixed) {
  struct flow *f = &u->flow;
  if (flags & (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR)) {
    struct location where = {u->first_line, u->first_line, -1, -1};
    flow_insert(f, 0, OP_RETURN_GENERATOR, 0, where);
    flow_insert(f, 1, OP_POP_TOP, 0, FLOW_NOWHERE);
  }
  for (uint32_t place = 0, done = 0; done < u->cells.n && !f->failed; place++)
    for (uint32_t i = 0; i < u->cells.n; i++)
      if (fixed[i] == place) {
        flow_insert(f, done++, OP_MAKE_CELL, i, FLOW_NOWHERE);
        break;
      }
  if (u->frees.n)
    flow_insert(f, 0, OP_COPY_FREE_VARS, u->frees.n, FLOW_NOWHERE);
}

static uint32_t flags_of(const struct compiler *c) {
  const struct scope *scope = c->unit->scope;
  uint32_t flags =
      c->flags & (CODE_FUTURE_DIVISION | CODE_FUTURE_ABSOLUTE_IMPORT | CODE_FUTURE_WITH_STATEMENT |
                  CODE_FUTURE_PRINT_FUNCTION | CODE_FUTURE_UNICODE_LITERALS |
                  CODE_FUTURE_BARRY_AS_BDFL | CODE_FUTURE_GENERATOR_STOP | CODE_FUTURE_ANNOTATIONS);
  bool generates = scope->is_generator, awaits = scope->is_coroutine;
  if (scope->kind == SCOPE_FUNCTION) {
    flags |= CODE_NEWLOCALS | CODE_OPTIMIZED;
    flags |= scope->is_nested ? CODE_NESTED : 0;
    flags |= generates && awaits ? CODE_ASYNC_GENERATOR
             : generates         ? CODE_GENERATOR
             : awaits            ? CODE_COROUTINE
                                 : 0;
    flags |= scope->has_varargs ? CODE_VARARGS : 0;
    flags |= scope->has_varkeywords ? CODE_VARKEYWORDS : 0;
  }
  if (unit_awaits_at_top(c) && awaits && !generates)
    flags |= CODE_COROUTINE;
  return flags;
}

/* ---- Constants, seen from the graph ---- */

static struct object *get_constant(void *compiler, uint32_t index) {
  return ((struct compiler *)compiler)->unit->consts.items[index].key;
}

static int64_t add_tuple(void *compiler, struct object *const *items, uint32_t n) {
  struct compiler *c = compiler;
  struct object *tuple = tuple_from(items, n);
  if (!tuple)
    return -1;
  uint32_t index = unit_add_const(c, tuple);
  drop(tuple);
  return c->failed ? -1 : (int64_t)index;
}

/* Constants at the end that folding left unused go; the first, a docstring maybe, stays. */
static uint32_t count_used_consts(const struct unit *u) {
  uint32_t most = 0;
  for (const struct block *b = u->flow.entry; b; b = b->next)
    for (uint32_t i = 0; i < b->n; i++) {
      const struct instruction *each = &b->items[i];
      if ((each->opcode == OP_LOAD_CONST || each->opcode == OP_KW_NAMES) && each->argument > most)
        most = each->argument;
    }
  return most + 1 < u->consts.n ? most + 1 : u->consts.n;
}

/* ---- Bytes and tables ---- */

static struct object *write_code(const struct flow *f, size_t words) {
  struct object *code = bytes_from(NULL, words * 2);
  if (!code)
    return NULL;
  unsigned char *at = (unsigned char *)(uintptr_t)bytes_data(code);
  for (const struct block *b = f->entry; b; b = b->next)
    for (uint32_t i = 0; i < b->n; i++) {
      const struct instruction *each = &b->items[i];
      unsigned caches = opcode_facts[each->opcode].caches;
      for (unsigned prefixes = flow_words(each) - 1 - caches; prefixes; prefixes--) {
        *at++ = OP_EXTENDED_ARG;
        *at++ = (unsigned char)(each->argument >> 8 * prefixes);
      }
      *at++ = each->opcode;
      *at++ = (unsigned char)each->argument;
      at += 2 * caches; /* zeroed */
    }
  return code;
}

static size_t encode_instruction(unsigned char *at, const struct instruction *i, int32_t *line) {
  size_t n = 0;
  unsigned words = flow_words(i);
  for (; words > 8; words -= 8)
    n += location_encode(at + n, i->where, 8, line);
  return n + location_encode(at + n, i->where, words, line);
}

/* Writes a table twice: without a place to count its bytes, then into them. */
static size_t encode_locations(const struct flow *f, unsigned char *at, int32_t line) {
  unsigned char scratch[3 * LOCATION_BYTES_MAX];
  size_t n = 0;
  for (const struct block *b = f->entry; b; b = b->next)
    for (uint32_t i = 0; i < b->n; i++)
      n += encode_instruction(at ? at + n : scratch, &b->items[i], &line);
  return n;
}

static size_t encode_handler(unsigned char *at, uint32_t start, uint32_t end,
                             const struct block *handler) {
  unsigned char scratch[HANDLER_BYTES_MAX];
  int32_t depth = handler->depth - 1 - handler->keeps_last;
  return handler_encode(at ? at : scratch, (struct handler){start, end, handler->offset,
                                                            (uint32_t)depth, handler->keeps_last});
}

static size_t encode_handlers(const struct flow *f, unsigned char *at) {
  const struct block *handler = NULL;
  uint32_t start = 0, offset = 0;
  size_t n = 0;
  for (const struct block *b = f->entry; b; b = b->next)
    for (uint32_t i = 0; i < b->n; i++) {
      const struct instruction *each = &b->items[i];
      if (handler != each->handler) {
        if (handler)
          n += encode_handler(at ? at + n : NULL, start, offset, handler);
        start = offset;
        handler = each->handler;
      }
      offset += flow_words(each);
    }
  if (handler)
    n += encode_handler(at ? at + n : NULL, start, offset, handler);
  return n;
}

static unsigned char *writable(struct object *bytes) {
  return (unsigned char *)(uintptr_t)bytes_data(bytes);
}

static struct object *tuple_of_keys(const struct names *names, uint32_t n) {
  struct object *tuple = tuple_new(n);
  for (uint32_t i = 0; tuple && i < n; i++)
    tuple_init_taking(tuple, i, hold(names->items[i].key));
  return tuple;
}

/* Names and kinds of the frame's variables. */
static bool row_of_variables(const struct unit *u, const uint32_t *fixed, uint32_t n,
                             struct object **names, struct object **kinds) {
  *names = tuple_new(n);
  *kinds = bytes_from(NULL, n);
  if (!*names || !*kinds)
    return false;
  unsigned char *kind = n ? writable(*kinds) : NULL;
  for (uint32_t i = 0; i < u->locals.n; i++) {
    tuple_init_taking(*names, i, hold(u->locals.items[i].key));
    kind[i] = CODE_LOCAL;
  }
  for (uint32_t i = 0; i < u->cells.n + u->frees.n; i++) {
    bool is_cell = i < u->cells.n;
    if (fixed[i] >= u->locals.n)
      tuple_init_taking(*names, fixed[i],
                        hold((is_cell ? u->cells.items[i] : u->frees.items[i - u->cells.n]).key));
    kind[fixed[i]] |= is_cell ? CODE_CELL : CODE_FREE;
  }
  return true;
}

static struct object *make_code(struct compiler *c, const uint32_t *fixed, uint32_t variables_n,
                                int32_t depth, uint32_t flags) {
  struct unit *u = c->unit;
  size_t words = 0;
  for (const struct block *b = u->flow.entry; b; b = b->next)
    for (uint32_t i = 0; i < b->n; i++)
      words += flow_words(&b->items[i]);
  struct code_facts facts = {
      .filename = c->options->filename,
      .name = u->name,
      .qualname = u->qualname,
      .argcount = u->posonlyargcount + u->argcount,
      .posonlyargcount = u->posonlyargcount,
      .kwonlyargcount = u->kwonlyargcount,
      .stacksize = depth,
      .firstlineno = u->first_line,
      .flags = flags,
  };
  struct object *code = NULL;
  facts.code = write_code(&u->flow, words);
  facts.consts = tuple_of_keys(&u->consts, count_used_consts(u));
  facts.names = tuple_of_keys(&u->names, u->names.n);
  facts.linetable = bytes_from(NULL, encode_locations(&u->flow, NULL, u->first_line));
  facts.exceptiontable = bytes_from(NULL, encode_handlers(&u->flow, NULL));
  if (row_of_variables(u, fixed, variables_n, &facts.localsplusnames, &facts.localspluskinds) &&
      facts.code && facts.consts && facts.names && facts.linetable && facts.exceptiontable) {
    encode_locations(&u->flow, writable(facts.linetable), u->first_line);
    if (bytes_length(facts.exceptiontable))
      encode_handlers(&u->flow, writable(facts.exceptiontable));
    code = code_new(&facts);
  }
  struct object *const parts[] = {facts.code,           facts.consts,         facts.names,
                                  facts.linetable,      facts.exceptiontable, facts.localsplusnames,
                                  facts.localspluskinds};
  for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
    drop_null(parts[i]);
  return code;
}

struct object *assemble_unit(struct compiler *c, bool returns_none) {
  struct unit *u = c->unit;
  if (c->failed || u->flow.failed) {
    c->failed = true;
    return NULL;
  }
  /* After a raise too: nothing gets there, but its constant takes a place. */
  if (!flow_has_returned(&u->flow)) {
    unit_nowhere(c);
    if (returns_none)
      unit_const(c, NONE);
    unit_emit(c, OP_RETURN_VALUE, 0);
  }
  uint32_t *fixed = tree_alloc(&c->arena, (u->cells.n + u->frees.n + 1) * sizeof *fixed);
  if (c->failed || !fixed) {
    c->failed = true;
    return NULL;
  }
  uint32_t variables_n = place_cells(u, fixed), flags = flags_of(c);
  insert_prefix(u, flags, fixed);
  fix_cells(&u->flow, fixed);
  struct flow_constants constants = {get_constant, add_tuple, c};
  int32_t depth = flow_finish(&u->flow, &constants, u->first_line,
                              u->scope->is_generator || u->scope->is_coroutine);
  if (c->failed || u->flow.failed) {
    c->failed = true;
    return NULL;
  }
  return unit_keep_taking(c, make_code(c, fixed, variables_n, depth, flags));
}
