/* Canonical code -> words. Decode, find where words must begin (leaders), find which variables are
 * certainly bound, emit with fusing, resolve jumps and handlers. Its one idea: what the compiler
 * wrote is enough to know, so nothing is remembered but the maps. */
#include "runtime/vm/derive.h"
#include "runtime/bytecode/exceptions.h"
#include "runtime/bytecode/locations.h"
#include "runtime/bytecode/opcode.h"
#include "runtime/object/bytes.h"
#include "runtime/object/tuple.h"
#include <string.h>

const uint8_t word_caches[WORDS_N] = {
#define WORD(name, caches) [WORD_##name] = caches,
    WORDS(WORD)
#undef WORD
};

enum { NO_WORD = 0, TRACKED_VARIABLES = 64 };

static const uint16_t word_of_opcode[256] = {
#define WORD(name) [OP_##name] = WORD_##name + 1,
    WORDS_OF_OPCODES(WORD)
#undef WORD
};

struct instruction {
  uint32_t argument, unit, target; /* target: of a jump, as an index of instructions */
  uint32_t start;                  /* its first unit, EXTENDED_ARGs included */
  uint64_t bound;                  /* variables certainly bound before it */
  uint32_t handler; /* where its errors go, as an index of instructions; n: nowhere */
  uint8_t opcode;
  bool is_leader, is_reached;
};

struct fixup {
  uint32_t word, target; /* of a jump: the instruction it goes to */
};

/* What is made stands in the scratch buffer first: how many words it takes shows at the end. */
struct work {
  struct code *code;
  struct instruction *list;
  uint32_t n, units_n;
  uint32_t *at_unit; /* unit -> instruction */
  uint64_t *words;
  uint32_t *to_canonical; /* as those of struct derived */
  struct fixup *fixups;
  struct derived_handler *handlers;
  uint32_t words_n, fixups_n, handlers_n;
  uint32_t jumps_n; /* the instructions that jump stand in `fixups` till words are emitted */
  bool traced;
  uint32_t kwnames; /* 1 + constant, of the next call */
  uint32_t *starts; /* NULL, or to be filled: see struct derived */
  bool computed;    /* the word before, and nothing else, left its result at the stack's top: a
                       number, mostly, that nobody else holds */
};

static const unsigned char *code_bytes(const struct code *code) { return bytes_data(code->code); }

/* ---- Decoding ---- */

static uint32_t count(const struct code *code, uint32_t units_n) {
  const unsigned char *bytes = code_bytes(code);
  uint32_t n = 0;
  for (uint32_t unit = 0; unit < units_n; unit += 1u + opcode_facts[bytes[2 * unit]].caches)
    n += bytes[2 * unit] != OP_EXTENDED_ARG;
  return n;
}

static void decode(struct work *w) {
  const unsigned char *code = code_bytes(w->code);
  uint32_t n = 0, argument = 0, start = 0;
  for (uint32_t unit = 0; unit < w->units_n; unit++) {
    uint8_t opcode = code[2 * unit];
    argument = argument << 8 | code[2 * unit + 1];
    for (uint32_t u = start; u <= unit; u++)
      w->at_unit[u] = n;
    if (opcode == OP_EXTENDED_ARG)
      continue;
    w->list[n++] = (struct instruction){.argument = argument,
                                        .unit = unit,
                                        .start = start,
                                        .opcode = opcode,
                                        .bound = UINT64_MAX,
                                        .handler = w->n,
                                        .target = ~0u};
    if (opcode_is_jump(opcode))
      w->fixups[w->jumps_n++].word = n - 1;
    for (uint32_t k = 0; k < opcode_facts[opcode].caches && unit + 1 < w->units_n; k++)
      w->at_unit[++unit] = n;
    argument = 0;
    start = unit + 1;
  }
  for (uint32_t u = start; u <= w->units_n; u++)
    w->at_unit[u] = n;
}

static void find_leaders(struct work *w) {
  for (uint32_t k = 0; k < w->jumps_n; k++) {
    struct instruction *at = &w->list[w->fixups[k].word];
    uint32_t behind = at->unit + 1 + opcode_facts[at->opcode].caches;
    bool back = opcode_facts[at->opcode].operand == OPERAND_BACKWARD;
    uint32_t unit = back ? behind - at->argument : behind + at->argument;
    at->target = unit <= w->units_n ? w->at_unit[unit] : w->n;
    if (at->target < w->n)
      w->list[at->target].is_leader = true;
  }
  struct object *table = w->code->linetable;
  struct location_reader reader =
      location_read(bytes_data(table), bytes_length(table), w->code->firstlineno);
  for (int32_t line = -2; location_next_line(&reader, &line);)
    if (reader.start < w->units_n && w->at_unit[reader.start] < w->n)
      w->list[w->at_unit[reader.start]].is_leader = true;
}

enum { HANDLER_BYTES_MIN = 4 };

static void read_handlers(struct work *w) {
  const unsigned char *at = bytes_data(w->code->exceptiontable),
                      *end = at + bytes_length(w->code->exceptiontable);
  for (struct handler h; handler_next(&at, end, &h);) {
    if (h.target >= w->units_n || h.end > w->units_n || h.start > h.end)
      continue;
    struct derived_handler *into = &w->handlers[w->handlers_n++];
    *into = (struct derived_handler){.start = w->at_unit[h.start],
                                     .end = w->at_unit[h.end],
                                     .target = w->at_unit[h.target],
                                     .depth = h.depth,
                                     .keeps_last = h.keeps_last};
    w->list[into->start].is_leader = w->list[into->target].is_leader = true;
    if (into->end < w->n)
      w->list[into->end].is_leader = true;
  }
}

/* ---- Variables that are certainly bound ---- */

static bool narrow(struct instruction *at, uint64_t bound) {
  uint64_t before = at->bound;
  at->bound &= bound;
  bool changed = !at->is_reached || at->bound != before;
  at->is_reached = true;
  return changed;
}

static bool ends_flow(uint8_t opcode) {
  return opcode == OP_RETURN_VALUE || opcode == OP_RAISE_VARARGS || opcode == OP_RERAISE ||
         opcode == OP_JUMP_FORWARD || opcode == OP_JUMP_BACKWARD ||
         opcode == OP_JUMP_BACKWARD_NO_INTERRUPT;
}

static uint64_t parameters(const struct code *code) {
  uint32_t n = (uint32_t)(code->argcount + code->kwonlyargcount) + !!(code->flags & CODE_VARARGS) +
               !!(code->flags & CODE_VARKEYWORDS);
  return n >= TRACKED_VARIABLES ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

/* Passes over all until none changes what has been passed already. */
static void find_bound(struct work *w) {
  if (!w->n || !tuple_length(w->code->localsplusnames))
    return;
  narrow(&w->list[0], parameters(w->code));
  for (uint32_t h = w->handlers_n; h-- > 0;) /* of ranges that overlap the first counts */
    for (uint32_t i = w->handlers[h].start; i < w->handlers[h].end; i++)
      w->list[i].handler = w->handlers[h].target;
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0; i < w->n; i++) {
      struct instruction *at = &w->list[i];
      if (!at->is_reached)
        continue;
      uint64_t bound = at->bound;
      if (at->handler < w->n)
        changed |= narrow(&w->list[at->handler], bound) && at->handler <= i;
      if (at->argument < TRACKED_VARIABLES) {
        uint64_t bit = UINT64_C(1) << at->argument;
        if (at->opcode == OP_STORE_FAST || at->opcode == OP_LOAD_FAST)
          bound |= bit; /* a load that goes on has found it bound */
        if (at->opcode == OP_DELETE_FAST)
          bound &= ~bit;
      }
      if (at->target < w->n)
        changed |= narrow(&w->list[at->target], bound) && at->target <= i;
      if (!ends_flow(at->opcode) && i + 1 < w->n)
        narrow(&w->list[i + 1], bound);
    }
  }
}

static bool is_bound(const struct instruction *at) {
  return at->argument < TRACKED_VARIABLES && at->is_reached && (at->bound >> at->argument & 1);
}

/* ---- Emitting ---- */

ALWAYS_INLINE uint32_t emit(struct work *w, uint32_t word, uint32_t argument, uint32_t unit) {
  uint32_t at = w->words_n, end = at + 1u + word_caches[word];
  w->words[at] = word_make(word_handlers[word], argument);
  w->to_canonical[at] = unit;
  for (uint32_t k = at + 1; k < end; k++) {
    w->words[k] = 0;
    w->to_canonical[k] = unit;
  }
  w->words_n = end;
  return at;
}
static void add_fixup(struct work *w, uint32_t word, uint32_t target) {
  w->fixups[w->fixups_n++] = (struct fixup){word, target};
}

/* Rows by kind, sources SS SL SC LL LC CL, destination S or L/J. */
enum { SOURCE_SS, SOURCE_SL, SOURCE_SC, SOURCE_LL, SOURCE_LC, SOURCE_CL, SOURCES_N };
#define FORM_INDEX(l, r)                                                                           \
  (#l[0] == 'S'   ? (#r[0] == 'S'   ? SOURCE_SS                                                    \
                     : #r[0] == 'L' ? SOURCE_SL                                                    \
                                    : SOURCE_SC)                                                   \
   : #l[0] == 'L' ? (#r[0] == 'L' ? SOURCE_LL : SOURCE_LC)                                         \
                  : SOURCE_CL)
static bool is_plain[256]; /* opcodes that are one word each, whatever is behind them */
static uint16_t binary_words[BINARY_INPLACE][SOURCES_N][2], compare_words[6][SOURCES_N][2],
    subscript_words[SOURCES_N][2];

static void fill_tables(void) {
  enum {
    ADD = BINARY_ADD,
    SUBTRACT = BINARY_SUBTRACT,
    MULTIPLY = BINARY_MULTIPLY,
    REMAINDER = BINARY_REMAINDER,
    FLOOR_DIVIDE = BINARY_FLOOR_DIVIDE,
    TRUE_DIVIDE = BINARY_TRUE_DIVIDE,
    AND = BINARY_AND,
    OR = BINARY_OR,
    XOR = BINARY_XOR,
    LSHIFT = BINARY_LSHIFT,
    RSHIFT = BINARY_RSHIFT
  };
  enum { LT, LE, EQ, NE, GT, GE };
#define BINARY(k, l, r, d)                                                                         \
  binary_words[k][FORM_INDEX(l, r)][#d[0] != 'S'] = WORD_BINARY_##k##_##l##r##_##d + 1;
#define COMPARE(k, l, r, d)                                                                        \
  compare_words[k][FORM_INDEX(l, r)][#d[0] != 'S'] = WORD_COMPARE_##k##_##l##r##_##d + 1;
#define SUBSCRIPT(k, l, r, d)                                                                      \
  subscript_words[FORM_INDEX(l, r)][#d[0] != 'S'] = WORD_SUBSCRIPT_##k##_##l##r##_##d + 1;
  FORMS_BINARY(BINARY)
  FORMS_COMPARE(COMPARE)
  FORMS_SUBSCRIPT(SUBSCRIPT)
#undef BINARY
#undef COMPARE
#undef SUBSCRIPT
  static const uint8_t others[] = {OP_NOP,          OP_PRECALL,       OP_CACHE,
                                   OP_KW_NAMES,     OP_CALL,          OP_CALL_FUNCTION_EX,
                                   OP_LOAD_CLOSURE, OP_LOAD_FAST,     OP_LOAD_CONST,
                                   OP_COPY,         OP_SWAP,          OP_IS_OP,
                                   OP_CONTAINS_OP,  OP_BUILD_SLICE,   OP_UNPACK_SEQUENCE,
                                   OP_BINARY_OP,    OP_BINARY_SUBSCR, OP_COMPARE_OP};
  for (unsigned opcode = 0; opcode < ARRAY_SIZE(is_plain); opcode++)
    is_plain[opcode] = word_of_opcode[opcode] && !opcode_is_jump((uint8_t)opcode);
  for (size_t i = 0; i < ARRAY_SIZE(others); i++)
    is_plain[others[i]] = false;
}

static bool is_load(const struct instruction *at, uint32_t limit) {
  return at->argument <= limit &&
         ((at->opcode == OP_LOAD_FAST && is_bound(at)) || at->opcode == OP_LOAD_CONST);
}

static uint32_t jump_truth(uint8_t opcode) {
  return opcode == OP_POP_JUMP_FORWARD_IF_TRUE || opcode == OP_POP_JUMP_BACKWARD_IF_TRUE;
}
static bool is_truth_jump(uint8_t opcode) {
  return jump_truth(opcode) || opcode == OP_POP_JUMP_FORWARD_IF_FALSE ||
         opcode == OP_POP_JUMP_BACKWARD_IF_FALSE;
}

/* Tries a register form that begins at i with `loads` operands from variables and constants;
 * returns how many instructions it took, 0: none. */
static uint32_t emit_form(struct work *w, uint32_t i, uint32_t loads) {
  const struct instruction *at = &w->list[i], *op = at + loads;
  if (i + loads >= w->n ||
      (op->opcode != OP_BINARY_OP && op->opcode != OP_BINARY_SUBSCR && op->opcode != OP_COMPARE_OP))
    return 0;
  for (uint32_t k = 1; k <= loads; k++)
    if (at[k].is_leader)
      return 0;
  for (uint32_t k = 0; k < loads; k++)
    if (!is_load(&at[k], k + 1 == loads ? 255 : 65535))
      return 0;
  unsigned source = SOURCE_SS;
  if (loads == 1)
    source = at[0].opcode == OP_LOAD_FAST ? SOURCE_SL : SOURCE_SC;
  else if (loads == 2) {
    if (at[0].opcode == OP_LOAD_FAST)
      source = at[1].opcode == OP_LOAD_FAST ? SOURCE_LL : SOURCE_LC;
    else if (at[1].opcode == OP_LOAD_FAST)
      source = SOURCE_CL;
    else
      return 0;
  }
  bool renews = w->computed && op->opcode == OP_BINARY_OP;
  uint32_t a = loads == 2 ? at[0].argument : renews, b = loads ? op[-1].argument : 0;
  const struct instruction *behind = i + loads + 1 < w->n && !op[1].is_leader ? op + 1 : NULL;
  const uint16_t *words;
  if (op->opcode == OP_BINARY_OP)
    words = binary_words[op->argument % BINARY_INPLACE][source];
  else if (op->opcode == OP_BINARY_SUBSCR)
    words = subscript_words[source];
  else if (op->opcode == OP_COMPARE_OP && op->argument < 6)
    words = compare_words[op->argument][source];
  else
    return 0;
  if (op->opcode == OP_COMPARE_OP && behind && is_truth_jump(behind->opcode) && words[1]) {
    w->computed = false;
    uint32_t word = emit(w, words[1] - 1u, word_pack(a, b, jump_truth(behind->opcode)), op->unit);
    add_fixup(w, word + 1, behind->target);
    return loads + 2;
  }
  if (op->opcode != OP_COMPARE_OP && behind && behind->opcode == OP_STORE_FAST &&
      behind->argument <= 255 && words[1]) {
    w->computed = false;
    emit(w, words[1] - 1u, word_pack(a, b, behind->argument), op->unit);
    return loads + 2;
  }
  if (!words[0])
    return 0;
  emit(w, words[0] - 1u, word_pack(a, b, 0), op->unit);
  w->computed = op->opcode == OP_BINARY_OP;
  return loads + 1;
}

/* The word of an instruction that also does the work of those behind it, where it can: they keep
 * their words, which are jumped to or run where it can't. 0: there is none. Changes *argument. */
static uint32_t word_with_next(const struct work *w, const struct instruction *at,
                               uint32_t *argument) {
  const struct instruction *end = w->list + w->n, *next = at + 1;
  if (next >= end)
    return NO_WORD;
  switch (at->opcode) {
  case OP_LOAD_FAST:
    if (!is_bound(at))
      return NO_WORD;
    if (next->opcode == OP_RETURN_VALUE)
      return WORD_RETURN_FAST + 1;
    return next->opcode == OP_LOAD_ATTR     ? WORD_LOAD_FAST_ATTR + 1
           : next->opcode == OP_LOAD_METHOD ? WORD_LOAD_FAST_METHOD + 1
           : next->opcode == OP_STORE_ATTR  ? WORD_LOAD_FAST_STORE_ATTR + 1
                                            : NO_WORD;
  case OP_LOAD_CONST:
    return next->opcode == OP_RETURN_VALUE ? WORD_RETURN_CONST + 1 : NO_WORD;
  case OP_COPY:
    return at->argument == 1 && next->opcode == OP_LOAD_ATTR ? WORD_COPY_ATTR + 1 : NO_WORD;
  case OP_SWAP:
    return at->argument == 2 && next->opcode == OP_STORE_ATTR ? WORD_SWAP_STORE_ATTR + 1 : NO_WORD;
  case OP_IS_OP:
  case OP_CONTAINS_OP:
    if (!is_truth_jump(next->opcode) || next->is_leader)
      return NO_WORD;
    *argument |= jump_truth(next->opcode) << 1;
    return at->opcode == OP_IS_OP ? WORD_IS_OP_JUMP + 1 : WORD_CONTAINS_OP_JUMP + 1;
  case OP_BUILD_SLICE:
    return at->argument == 2 && next->opcode == OP_BINARY_SUBSCR && !next->is_leader
               ? WORD_BUILD_SLICE_GET + 1
               : NO_WORD;
  case OP_UNPACK_SEQUENCE:
    return at->argument == 2 && next + 1 < end && next->opcode == OP_STORE_FAST &&
                   next[1].opcode == OP_STORE_FAST
               ? WORD_UNPACK_STORE_TWO + 1
               : NO_WORD;
  default:
    return NO_WORD;
  }
}

static void emit_one(struct work *w, const struct instruction *at) {
  bool traced = w->traced;
  uint32_t word = word_of_opcode[at->opcode], argument = at->argument;
  switch (at->opcode) {
  case OP_NOP:
  case OP_PRECALL:
  case OP_CACHE:
    return;
  case OP_KW_NAMES:
    w->kwnames = at->argument + 1;
    return;
  case OP_CALL:
    if (w->kwnames) {
      emit(w, traced ? WORD_CALL_KW_TRACED : WORD_CALL_KW,
           (argument & 0xffff) | (w->kwnames - 1) << 16, at->unit);
      w->kwnames = 0;
      return;
    }
    if (traced)
      word = WORD_CALL_TRACED + 1;
    break;
  case OP_CALL_FUNCTION_EX:
    if (traced)
      word = WORD_CALL_EX_TRACED + 1;
    break;
  case OP_LOAD_CLOSURE:
    word = WORD_LOAD_FAST + 1;
    break;
  case OP_LOAD_FAST:
    if (traced || !is_bound(at))
      word = WORD_LOAD_FAST_CHECK + 1;
    break;
  case OP_POP_JUMP_FORWARD_IF_TRUE:
  case OP_POP_JUMP_BACKWARD_IF_TRUE:
    word = WORD_POP_JUMP_IF_TRUE + 1;
    break;
  case OP_POP_JUMP_FORWARD_IF_FALSE:
  case OP_POP_JUMP_BACKWARD_IF_FALSE:
    word = WORD_POP_JUMP_IF_FALSE + 1;
    break;
  case OP_POP_JUMP_FORWARD_IF_NONE:
  case OP_POP_JUMP_BACKWARD_IF_NONE:
    word = WORD_POP_JUMP_IF_NONE + 1;
    break;
  case OP_POP_JUMP_FORWARD_IF_NOT_NONE:
  case OP_POP_JUMP_BACKWARD_IF_NOT_NONE:
    word = WORD_POP_JUMP_IF_NOT_NONE + 1;
    break;
  default:
    break;
  }
  uint32_t fused = traced ? NO_WORD : word_with_next(w, at, &argument);
  uint32_t placed = emit(w, (fused ? fused : word) - 1, argument, at->unit);
  if (opcode_is_jump(at->opcode))
    add_fixup(w, placed, at->target);
}

/* One word, with what it can take of the instructions behind; returns how many it took. */
static uint32_t emit_fused(struct work *w, uint32_t i) {
  const struct instruction *at = &w->list[i];
  uint32_t took = 0, ignored = 0;
  bool loads_first = at->opcode == OP_LOAD_FAST || at->opcode == OP_LOAD_CONST;
  w->computed &= !at->is_leader;
  for (uint32_t loads = loads_first ? 3 : 1; loads-- > 0 && !took;)
    took = emit_form(w, i, loads);
  w->computed &= took != 0;
  if (!took && i + 2 < w->n && at[2].opcode == OP_STORE_SUBSCR && !at[1].is_leader &&
      !at[2].is_leader && at->opcode == OP_LOAD_FAST && at[1].opcode == OP_LOAD_FAST &&
      is_load(at, 65535) && is_load(&at[1], 255)) {
    emit(w, WORD_STORE_SUBSCR_LL, word_pack(at->argument, at[1].argument, 0), at[2].unit);
    took = 3;
  }
  if (!took && at->opcode == OP_LOAD_FAST && i + 1 < w->n && at[1].opcode == OP_LOAD_FAST &&
      !at[1].is_leader && is_bound(at) && is_bound(&at[1]) && at[1].argument < 65536 &&
      at->argument < 65536 && !word_with_next(w, &at[1], &ignored)) {
    emit(w, WORD_LOAD_FAST_2, at->argument | at[1].argument << 16, at->unit);
    took = 2;
  }
  if (took)
    return took;
  emit_one(w, at);
  return 1;
}

static void emit_all(struct work *w) {
  for (uint32_t i = 0, took; i < w->n; i += took) {
    struct instruction *at = &w->list[i];
    uint32_t first = w->words_n;
    if (is_plain[at->opcode]) {
      emit(w, word_of_opcode[at->opcode] - 1u, at->argument, at->unit);
      w->computed = false;
      took = 1;
    } else
      took = emit_fused(w, i);
    at->target = first; /* from here on: the word that begins it */
    if (w->starts && w->starts[first] == ~0u)
      w->starts[first] = at->start;
    for (uint32_t k = 1; k < took; k++)
      at[k].target = w->words_n;
  }
}

static void emit_all_traced(struct work *w) {
  bool has_begun = false; /* before the first RESUME there is nothing to tell */
  for (uint32_t i = 0; i < w->n; i++) {
    struct instruction *at = &w->list[i];
    uint32_t first = w->words_n;
    if (has_begun && at->opcode != OP_RESUME)
      emit(w, WORD_TRACE, at->start << 1 | at->is_leader, at->start);
    has_begun |= at->opcode == OP_RESUME;
    emit_one(w, at);
    at->target = first;
  }
}

static void resolve(struct work *w, struct derived *d) {
  uint32_t unit = 0;
  for (uint32_t i = 0; i < w->n; i++)
    for (; unit <= w->list[i].unit; unit++) /* caches belong to what is behind them */
      d->from_canonical[unit] = w->list[i].target;
  while (unit <= w->units_n)
    d->from_canonical[unit++] = d->words_n;
  for (const struct fixup *f = w->fixups, *end = f + w->fixups_n; f < end; f++) {
    uint32_t target = f->target < w->n ? w->list[f->target].target : d->words_n;
    d->words[f->word] = (uint32_t)d->words[f->word] | (uint64_t)(target - (f->word + 1)) << 32;
  }
  for (uint32_t h = 0; h < d->handlers_n; h++) {
    struct derived_handler *each = &d->handlers[h];
    each->start = w->list[each->start].target;
    each->end = each->end < w->n ? w->list[each->end].target : d->words_n;
    each->target = w->list[each->target].target;
  }
}

/* ---- The buffers ---- */

/* A buffer of just the size, with what stands in the scratch buffer. */
static struct derived *finish(struct work *w) {
  size_t words = (size_t)w->words_n + 1; /* what is behind the last may be looked at */
  size_t bytes = sizeof(struct derived) + words * 8 +
                 w->handlers_n * sizeof(struct derived_handler) + words * 4 +
                 ((size_t)w->units_n + 1) * 4;
  struct derived *d = gc_buffer_new(bytes);
  if (!d)
    return NULL;
  memset(d, 0, sizeof *d);
  d->bytes = bytes;
  d->words = (uint64_t *)(d + 1);
  d->handlers = (struct derived_handler *)(d->words + words);
  d->to_canonical = (uint32_t *)(d->handlers + w->handlers_n);
  d->from_canonical = d->to_canonical + words;
  d->words_n = w->words_n;
  d->handlers_n = w->handlers_n;
  d->units_n = w->units_n;
  d->is_traced = w->traced;
  memcpy(d->words, w->words, w->words_n * sizeof *d->words);
  memcpy(d->handlers, w->handlers, w->handlers_n * sizeof *d->handlers);
  memcpy(d->to_canonical, w->to_canonical, w->words_n * sizeof *d->to_canonical);
  d->words[w->words_n] = d->to_canonical[w->words_n] = 0;
  resolve(w, d);
  return d;
}

static void describe(struct derived *d, struct code *code) {
  d->code = code;
  d->variables = (uint32_t)tuple_length(code->localsplusnames);
  d->slots = d->variables + (uint32_t)code->stacksize + 3;
  d->argcount = (uint32_t)code->argcount;
  d->resumes = d->words_n && (uint32_t)d->words[0] == word_handlers[WORD_RESUME];
  d->has_names = !(code->flags & CODE_OPTIMIZED);
  d->is_simple = !(code->flags & (CODE_VARARGS | CODE_VARKEYWORDS)) && code->kwonlyargcount == 0;
  d->is_generator = (code->flags & (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR)) != 0;
}

enum { WORDS_EACH = 3, WORDS_EACH_TRACED = 4 }; /* at most, of an instruction */

static struct derived *derive(struct code *code, bool traced, uint32_t *starts) {
  static bool is_filled;
  if (!is_filled)
    fill_tables();
  is_filled = true;
  struct work w = {.code = code,
                   .units_n = (uint32_t)(bytes_length(code->code) / 2),
                   .starts = starts,
                   .traced = traced};
  w.n = count(code, w.units_n);
  size_t instructions = (size_t)w.n + 1, units = (size_t)w.units_n + 1;
  size_t words = instructions * (traced ? WORDS_EACH_TRACED : WORDS_EACH);
  size_t handlers = bytes_length(code->exceptiontable) / HANDLER_BYTES_MIN;
  size_t bytes = instructions * (sizeof *w.list + sizeof *w.fixups) +
                 words * (sizeof *w.words + sizeof *w.to_canonical) + units * sizeof *w.at_unit +
                 handlers * sizeof *w.handlers;
  char *scratch = gc_buffer_new(bytes);
  if (!scratch)
    return error_no_memory();
  w.list = (struct instruction *)scratch;
  w.words = (uint64_t *)(w.list + instructions);
  w.fixups = (struct fixup *)(w.words + words);
  w.handlers = (struct derived_handler *)(w.fixups + instructions);
  w.to_canonical = (uint32_t *)(w.handlers + handlers);
  w.at_unit = w.to_canonical + words;
  decode(&w);
  find_leaders(&w);
  read_handlers(&w);
  find_bound(&w);
  if (traced)
    emit_all_traced(&w);
  else
    emit_all(&w);
  struct derived *d = finish(&w);
  if (d)
    describe(d, code);
  gc_buffer_free(scratch, bytes);
  return d ? d : error_no_memory();
}

struct derived *derive_code(struct code *code) {
  struct derived *d = derive(code, false, NULL);
  if (!code->derived)
    code->derived = d;
  else if (d) /* something that died meanwhile has called it */
    gc_buffer_free(d, d->bytes);
  return code->derived;
}

struct derived *derive_function(struct function *function) {
  struct derived *d;
  struct code *code;
  bool is_another;
  do {
    code = (struct code *)hold(function->code);
    d = derived_of(code);
    is_another = function->code != &code->head;
    drop(&code->head);
  } while (d && is_another);
  return d;
}

static void fill_lines(struct derived *d, const struct code *code) {
  struct location_reader reader =
      location_read(bytes_data(code->linetable), bytes_length(code->linetable), code->firstlineno);
  struct location where;
  for (uint32_t unit = 0; unit < d->units_n; unit++)
    d->lines[unit] = -1;
  while (location_next(&reader, &where))
    for (uint32_t unit = reader.start; unit < reader.stop && unit < d->units_n; unit++)
      d->lines[unit] = where.line;
}

/* Behind the stream stand its two tables, in a buffer of their own. */
static size_t tables_bytes(const struct derived *plain) {
  return (plain->words_n + 1 + plain->units_n + 1) * sizeof(uint32_t);
}

struct derived *derive_traced(struct code *code) {
  struct derived *plain = derived_of(code);
  if (!plain || plain->traced)
    return plain ? plain->traced : NULL;
  uint32_t *tables = gc_buffer_new(tables_bytes(plain));
  if (!tables)
    return error_no_memory();
  for (uint32_t i = 0; i <= plain->words_n; i++)
    tables[i] = ~0u;
  struct derived *again = derive(code, false, tables), *d = again ? derive(code, true, NULL) : NULL;
  if (again)
    gc_buffer_free(again, again->bytes);
  if (plain->traced) { /* as in derive_code */
    if (d)
      gc_buffer_free(d, d->bytes);
    d = NULL;
  }
  if (!d) {
    gc_buffer_free(tables, tables_bytes(plain));
    return plain->traced;
  }
  d->starts = tables;
  d->lines = (int32_t *)(tables + plain->words_n + 1);
  fill_lines(d, code);
  d->plain = plain;
  return plain->traced = d;
}

void derive_release(void *derived) {
  struct derived *d = derived;
  if (!d)
    return;
  if (d->traced) {
    gc_buffer_free(d->traced->starts, tables_bytes(d));
    gc_buffer_free(d->traced, d->traced->bytes);
  }
  gc_buffer_free(d, d->bytes);
}
