/* The loop. Handlers in the order of a reader's interest: variables, arithmetic, control,
 * attributes, calls, generators, exceptions, the rest (whose bodies stand in operations.c).
 *
 * Registers of the loop: ip, sp, locals, consts, f (see README.md). SYNC stores ip and sp in the
 * frame: before anything that allocates, runs foreign code, or fails. In the tracing family the
 * slots below f->sp are the roots, so a value is taken off the stack only when it is not needed any
 * more. */
#include "runtime/bytecode/opcode.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/range.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/generator.h"
#include "runtime/vm/operations.h"
#include "runtime/vm/signals.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/trace.h"
#include "runtime/vm/vm.h"
#include <string.h>

/* Computed goto wherever the compiler has it and doesn't merge the jumps. */
#ifndef INTERPRET_GOTO
#if defined(__GNUC__) && !defined(__clang__)
#define INTERPRET_GOTO 1
#else
#define INTERPRET_GOTO 0
#endif
#endif

uint32_t word_handlers[WORDS_N];
union vm_attention vm_attention;

/* ---- Arithmetic of the register forms ---- */

/* A result whose word is given; a dying int is reused: `box` may be NULL. */
ALWAYS_INLINE struct object *int_from_word(int64_t word) { return int_from_i64(word >> 1); }

enum {
  KIND_ADD = BINARY_ADD,
  KIND_SUBTRACT = BINARY_SUBTRACT,
  KIND_MULTIPLY = BINARY_MULTIPLY,
  KIND_REMAINDER = BINARY_REMAINDER,
  KIND_FLOOR_DIVIDE = BINARY_FLOOR_DIVIDE,
  KIND_TRUE_DIVIDE = BINARY_TRUE_DIVIDE,
  KIND_AND = BINARY_AND,
  KIND_OR = BINARY_OR,
  KIND_XOR = BINARY_XOR,
  KIND_LSHIFT = BINARY_LSHIFT,
  KIND_RSHIFT = BINARY_RSHIFT,
};

/* Words (twice the values) of two compact ints: false when the result needs the slow path. */
ALWAYS_INLINE bool int_binary(int kind, int64_t x, int64_t y, int64_t *word) {
  switch (kind) {
  case KIND_ADD:
    return !__builtin_add_overflow(x, y, word);
  case KIND_SUBTRACT:
    return !__builtin_sub_overflow(x, y, word);
  case KIND_MULTIPLY:
    return !__builtin_mul_overflow(x >> 1, y, word);
  case KIND_AND:
    return *word = x & y, true;
  case KIND_OR:
    return *word = x | y, true;
  case KIND_XOR:
    return *word = x ^ y, true;
  case KIND_RSHIFT:
    if (UNLIKELY(y < 0))
      return false;
    return *word = (x >> (y > 124 ? 62 : y >> 1)) & ~INT64_C(1), true;
  case KIND_LSHIFT: {
    if (UNLIKELY((uint64_t)y >= 2 * 62))
      return false;
    int64_t shifted = (int64_t)((uint64_t)x << (y >> 1));
    return *word = shifted, shifted >> (y >> 1) == x;
  }
  case KIND_FLOOR_DIVIDE: {
    if (UNLIKELY(y == 0 || y == -2))
      return false;
    int64_t quotient = x / y;
    quotient -= (quotient * y != x) & ((x ^ y) < 0);
    return *word = quotient * 2, true;
  }
  case KIND_REMAINDER: {
    if (UNLIKELY(y == 0))
      return false;
    if (y == -2)
      return *word = 0, true;
    int64_t rest = x % y;
    return *word = rest + (((rest != 0) & ((rest ^ y) < 0)) ? y : 0), true;
  }
  default:
    return false;
  }
}

ALWAYS_INLINE bool float_binary(int kind, double x, double y, double *result) {
  switch (kind) {
  case KIND_ADD:
    return *result = x + y, true;
  case KIND_SUBTRACT:
    return *result = x - y, true;
  case KIND_MULTIPLY:
    return *result = x * y, true;
  case KIND_TRUE_DIVIDE:
    return *result = x / y, y != 0;
  default:
    return false;
  }
}

/* The value of a float or of a small enough int, for mixed arithmetic. */
ALWAYS_INLINE bool as_double(const struct object *o, double *value) {
  if (is_float(o))
    return *value = float_value(o), true;
  if (type_of(o) == &int_type && int_is_compact(o)) {
    int64_t whole = ((const struct int_object *)o)->word >> 1;
    return *value = (double)whole, whole <= (INT64_C(1) << 53) && whole >= -(INT64_C(1) << 53);
  }
  return false;
}

/* Writes an int or float result over an object that only one reference holds and that dies. */
ALWAYS_INLINE bool reuse_int(struct object *o, int64_t word) {
  if (!GC_RC || !object_is_unshared(o) || type_of(o) != &int_type || !int_is_compact(o))
    return false;
  int64_t value = word >> 1;
  if (value >= INT_SMALL_MIN && value <= INT_SMALL_MAX)
    return false;
  ((struct int_object *)o)->word = word;
  return true;
}
ALWAYS_INLINE bool reuse_float(struct object *o, double value) {
  if (!GC_RC || !object_is_unshared(o) || !is_float(o))
    return false;
  ((struct float_object *)o)->value = value;
  return true;
}

/* In the tracing family no count tells who holds a number. But a result that the word before left
 * on the stack is held by nobody else, if that word computed it here (`fresh`) and did not get it
 * from somebody's method. It is written over, and is then the result; NULL: it can't be. */
ALWAYS_INLINE struct object *renew_int(struct object *o, struct object *fresh, int64_t word) {
  if (o != fresh || type_of(o) != &int_type || !int_is_compact(o))
    return NULL;
  int64_t before = ((struct int_object *)o)->word >> 1, value = word >> 1;
  if ((before >= INT_SMALL_MIN && before <= INT_SMALL_MAX) ||
      (value >= INT_SMALL_MIN && value <= INT_SMALL_MAX))
    return NULL;
  ((struct int_object *)o)->word = word;
  return o;
}
ALWAYS_INLINE struct object *renew_float(struct object *o, struct object *fresh, double value) {
  if (o != fresh || !is_float(o))
    return NULL;
  ((struct float_object *)o)->value = value;
  return o;
}

static NO_INLINE struct object *binary_slow(struct frame *f, struct object *a, struct object *b) {
  uint32_t unit = f->derived->to_canonical[f->ip - 1 - f->derived->words];
  uint32_t op = ((const unsigned char *)bytes_data(f->code->code))[2 * unit + 1];
  if (op >= BINARY_INPLACE)
    return number_inplace(a, b, (enum number_op)(op - BINARY_INPLACE));
  return number_binary(a, b, (enum number_op)op);
}

ALWAYS_INLINE bool compare_words(int op, int64_t x, int64_t y) {
  switch (op) {
  case COMPARE_LT:
    return x < y;
  case COMPARE_LE:
    return x <= y;
  case COMPARE_EQ:
    return x == y;
  case COMPARE_NE:
    return x != y;
  case COMPARE_GT:
    return x > y;
  default:
    return x >= y;
  }
}
ALWAYS_INLINE bool compare_doubles(int op, double x, double y) {
  switch (op) {
  case COMPARE_LT:
    return x < y;
  case COMPARE_LE:
    return x <= y;
  case COMPARE_EQ:
    return x == y;
  case COMPARE_NE:
    return x != y;
  case COMPARE_GT:
    return x > y;
  default:
    return x >= y;
  }
}

/* A new reference; NULL: ask object_get_item. */
ALWAYS_INLINE struct object *subscript_fast(struct object *o, struct object *key) {
  if (type_of(key) == &int_type && int_is_compact(key)) {
    int64_t i = ((struct int_object *)key)->word >> 1;
    if (is_list(o)) {
      int64_t n = (int64_t)list_length(o);
      i += i < 0 ? n : 0;
      if (LIKELY((uint64_t)i < (uint64_t)n))
        return hold(list_get_borrowed(o, (size_t)i));
    } else if (is_tuple(o)) {
      int64_t n = (int64_t)tuple_length(o);
      i += i < 0 ? n : 0;
      if (LIKELY((uint64_t)i < (uint64_t)n))
        return hold(tuple_get_borrowed(o, (size_t)i));
    }
  }
  return NULL;
}

static int safepoint(void) {
  gc_safepoint();
  return vm_attention.event ? interrupt_handle() : 0;
}

#define SYNC()      (f->ip = ip, f->sp = sp)
#define TOP         (sp[-1])
#define SECOND      (sp[-2])
#define CONSTANT(i) (consts[i])
#define NAME_AT(i)  (((struct tuple *)f->code->names)->items[i])
#define LOAD_FRAME()                                                                               \
  (ip = f->ip, sp = f->sp, locals = f->locals, consts = ((struct tuple *)f->code->consts)->items)
#define IS_SAFEPOINT_DUE() UNLIKELY(gc_heap.due | vm_attention.any)
/* Behind a call. */
#define SAFEPOINT()                                                                                \
  do {                                                                                             \
    if (IS_SAFEPOINT_DUE()) {                                                                      \
      SYNC();                                                                                      \
      if (safepoint() < 0)                                                                         \
        goto error;                                                                                \
      if (UNLIKELY(vm_attention.tracing)) {                                                        \
        trace_adopt(f);                                                                            \
        ip = f->ip;                                                                                \
      }                                                                                            \
    }                                                                                              \
  } while (0)
/* Backward jumps look at what is due, before they jump: what is raised there belongs to them. */
#define JUMP_BY(distance)                                                                          \
  do {                                                                                             \
    int32_t jump_by_ = (distance);                                                                 \
    if (jump_by_ < 0 && IS_SAFEPOINT_DUE()) {                                                      \
      SYNC();                                                                                      \
      if (safepoint() < 0)                                                                         \
        goto error;                                                                                \
      ip += jump_by_;                                                                              \
      if (UNLIKELY(vm_attention.tracing)) {                                                        \
        f->ip = ip;                                                                                \
        trace_adopt(f);                                                                            \
        ip = f->ip;                                                                                \
      }                                                                                            \
    } else {                                                                                       \
      ip += jump_by_;                                                                              \
    }                                                                                              \
  } while (0)
/* A stack operand is replaced by a result, or the failure goes on. */
#define REPLACE_TOP(call)                                                                          \
  do {                                                                                             \
    SYNC();                                                                                        \
    struct object *result_ = (call);                                                               \
    if (UNLIKELY(!result_))                                                                        \
      goto error;                                                                                  \
    struct object *before_ = TOP;                                                                  \
    TOP = result_;                                                                                 \
    drop(before_);                                                                                 \
  } while (0)
#define REPLACE_TWO(call)                                                                          \
  do {                                                                                             \
    SYNC();                                                                                        \
    struct object *result_ = (call);                                                               \
    if (UNLIKELY(!result_))                                                                        \
      goto error;                                                                                  \
    struct object *b_ = TOP, *a_ = SECOND;                                                         \
    sp--;                                                                                          \
    TOP = result_;                                                                                 \
    drop(a_);                                                                                      \
    drop(b_);                                                                                      \
  } while (0)
#define POP_AND_DROP()                                                                             \
  do {                                                                                             \
    struct object *popped_ = *--sp;                                                                \
    drop(popped_);                                                                                 \
  } while (0)
#define TRY(call)                                                                                  \
  do {                                                                                             \
    SYNC();                                                                                        \
    if (UNLIKELY((call) < 0))                                                                      \
      goto error;                                                                                  \
  } while (0)

#if INTERPRET_GOTO
#define OP(name) op_##name:
#define NEXT                                                                                       \
  do {                                                                                             \
    w = *ip++;                                                                                     \
    goto *((char *)&&op_base + (int32_t)(uint32_t)w);                                              \
  } while (0)
#else
#define OP(name) case WORD_##name:
#define NEXT     goto dispatch
#endif

/* ---- Operand sources of the register forms ---- */
#define LEFT_S  SECOND
#define LEFT_L  locals[word_a(w)]
#define LEFT_C  CONSTANT(word_a(w))
#define RIGHT_S TOP
#define RIGHT_L locals[word_b(w)]
#define RIGHT_C CONSTANT(word_b(w))
/* Where the right operand is not on the stack, the left one is at its top. */
#define OPERANDS_SS struct object *a = SECOND, *b = TOP
#define OPERANDS_SL struct object *a = TOP, *b = RIGHT_L
#define OPERANDS_SC struct object *a = TOP, *b = RIGHT_C
#define OPERANDS_LL struct object *a = LEFT_L, *b = RIGHT_L
#define OPERANDS_LC struct object *a = LEFT_L, *b = RIGHT_C
#define OPERANDS_CL struct object *a = LEFT_C, *b = RIGHT_L
#define POPPED_SS   2
#define POPPED_SL   1
#define POPPED_SC   1
#define POPPED_LL   0
#define POPPED_LC   0
#define POPPED_CL   0
/* Takes the stack operands off and puts the result where it belongs. */
#define FINISH(popped, destination, result)                                                        \
  do {                                                                                             \
    sp -= popped;                                                                                  \
    FINISH_##destination(result);                                                                  \
    if (popped >= 1)                                                                               \
      drop(a);                                                                                     \
    if (popped == 2)                                                                               \
      drop(b);                                                                                     \
  } while (0)
#define FINISH_S(result) (*sp++ = (result))
#define FINISH_L(result)                                                                           \
  do {                                                                                             \
    struct object *old_ = locals[word_c(w)];                                                       \
    locals[word_c(w)] = (result);                                                                  \
    drop_null(old_);                                                                               \
  } while (0)
#define IS_S_S 1
#define IS_S_L 0
/* The box of the left stack operand, or of the old destination, may be written over. */
#define REUSE(kind_, popped, destination, value)                                                   \
  if (popped && IS_S_##destination && reuse_##kind_(a, value)) {                                   \
    sp -= popped - 1;                                                                              \
    if (popped == 2)                                                                               \
      drop(b);                                                                                     \
    NEXT;                                                                                          \
  }                                                                                                \
  if (!IS_S_##destination && locals[word_c(w)] && reuse_##kind_(locals[word_c(w)], value)) {       \
    sp -= popped;                                                                                  \
    if (popped >= 1)                                                                               \
      drop(a);                                                                                     \
    if (popped == 2)                                                                               \
      drop(b);                                                                                     \
    NEXT;                                                                                          \
  }

/* Derivation says in A of a form with stack operands whether the word before computed the top. */
#define RENEW(kind_, popped, value)                                                                \
  (GC_TRACING && popped && word_a(w) ? renew_##kind_(TOP, fresh, value) : NULL)
#define NOTE_FRESH(destination, value)                                                             \
  if (GC_TRACING && IS_S_##destination)                                                            \
  fresh = (value)

#define FORM_BINARY_(kind, sources, destination)                                                   \
  OP(BINARY_##kind##_##sources##_##destination) {                                                  \
    OPERANDS_##sources;                                                                            \
    int64_t word;                                                                                  \
    double x, y, z;                                                                                \
    if (KIND_##kind != KIND_TRUE_DIVIDE && LIKELY(int_both_compact(a, b)) &&                       \
        LIKELY(int_binary(KIND_##kind, ((struct int_object *)a)->word,                             \
                          ((struct int_object *)b)->word, &word))) {                               \
      REUSE(int, POPPED_##sources, destination, word)                                              \
      SYNC();                                                                                      \
      if (!(r = RENEW(int, POPPED_##sources, word)))                                               \
        r = int_from_word(word);                                                                   \
      NOTE_FRESH(destination, r);                                                                  \
    } else if ((is_float(a) || is_float(b)) && as_double(a, &x) && as_double(b, &y) &&             \
               float_binary(KIND_##kind, x, y, &z)) {                                              \
      REUSE(float, POPPED_##sources, destination, z)                                               \
      SYNC();                                                                                      \
      if (!(r = RENEW(float, POPPED_##sources, z)))                                                \
        r = float_from(z);                                                                         \
      NOTE_FRESH(destination, r);                                                                  \
    } else {                                                                                       \
      SYNC();                                                                                      \
      if (GC_RC && KIND_##kind == KIND_ADD && POPPED_##sources == 0 && !IS_S_##destination &&      \
          is_str(a) && is_str(b) && locals[word_c(w)] == a && a != b) {                            \
        if (UNLIKELY(                                                                              \
                !str_append(&locals[word_c(w)], b))) /* in place: it is about to be rebound */     \
          goto error;                                                                              \
        NEXT;                                                                                      \
      }                                                                                            \
      r = binary_slow(f, a, b);                                                                    \
      NOTE_FRESH(destination, NULL);                                                               \
    }                                                                                              \
    if (UNLIKELY(!r))                                                                              \
      goto error;                                                                                  \
    FINISH(POPPED_##sources, destination, r);                                                      \
    NEXT;                                                                                          \
  }
#define FORM_BINARY(kind, l, r, destination) FORM_BINARY_(kind, l##r, destination)

#define FORM_SUBSCRIPT_(kind, sources, destination)                                                \
  OP(SUBSCRIPT_##kind##_##sources##_##destination) {                                               \
    OPERANDS_##sources;                                                                            \
    r = subscript_fast(a, b);                                                                      \
    if (UNLIKELY(!r)) {                                                                            \
      SYNC();                                                                                      \
      if (UNLIKELY(!(r = object_get_item(a, b))))                                                  \
        goto error;                                                                                \
    }                                                                                              \
    FINISH(POPPED_##sources, destination, r);                                                      \
    NEXT;                                                                                          \
  }
#define FORM_SUBSCRIPT(kind, l, r, destination) FORM_SUBSCRIPT_(kind, l##r, destination)

#define COMPARE_FINISH_S                                                                           \
  if (LIKELY(known >= 0))                                                                          \
    r = hold(bool_from(known));                                                                    \
  else {                                                                                           \
    SYNC();                                                                                        \
    if (UNLIKELY(!(r = compare(a, b, op))))                                                        \
      goto error;                                                                                  \
  }                                                                                                \
  sp -= popped;                                                                                    \
  *sp++ = r;
#define COMPARE_FINISH_J                                                                           \
  if (UNLIKELY(known < 0)) {                                                                       \
    SYNC();                                                                                        \
    if (UNLIKELY(!(r = compare(a, b, op))))                                                        \
      goto error;                                                                                  \
    known = object_truth(r);                                                                       \
    drop(r);                                                                                       \
    if (UNLIKELY(known < 0))                                                                       \
      goto error;                                                                                  \
  }                                                                                                \
  sp -= popped;
#define COMPARE_AFTER_S
#define COMPARE_AFTER_J                                                                            \
  uint64_t where = *ip++;                                                                          \
  if (known == (int)word_c(w))                                                                     \
    JUMP_BY(word_jump(where));
#define FORM_COMPARE_(kind, sources, destination)                                                  \
  OP(COMPARE_##kind##_##sources##_##destination) {                                                 \
    OPERANDS_##sources;                                                                            \
    int known = -1;                                                                                \
    const enum compare_op op = COMPARE_##kind;                                                     \
    enum { popped = POPPED_##sources };                                                            \
    if (LIKELY(int_both_compact(a, b)))                                                            \
      known = compare_words(op, ((struct int_object *)a)->word, ((struct int_object *)b)->word);   \
    else if (is_float(a) && is_float(b))                                                           \
      known = compare_doubles(op, float_value(a), float_value(b));                                 \
    else if ((op == COMPARE_EQ || op == COMPARE_NE) && is_str(a) && is_str(b))                     \
      known = (a == b || str_same_text(a, b)) == (op == COMPARE_EQ);                               \
    COMPARE_FINISH_##destination if (popped >= 1) drop(a);                                         \
    if (popped == 2)                                                                               \
      drop(b);                                                                                     \
    COMPARE_AFTER_##destination NEXT;                                                              \
  }
#define FORM_COMPARE(kind, l, r, destination) FORM_COMPARE_(kind, l##r, destination)

/* ---- Calls ---- */

static struct object **free_slots(struct frame *f) {
  return f->free ? f->free : f->locals + f->derived->slots;
}

NO_INLINE static void set_recursion_error(void) {
  error_set(ERROR_RECURSION, "maximum recursion depth exceeded");
}

/* Makes the next control frame over a window whose arguments are in place; NULL: RecursionError. */
ALWAYS_INLINE struct frame *push_frame(struct frame *f, struct function *function,
                                       struct derived *d, struct object **result,
                                       struct object **locals, uint32_t bound, uint32_t flags) {
  struct frame *g = f ? f->next : vm_stack.frames;
  uint32_t depth = f ? f->depth + 1 : 1;
  if (UNLIKELY(depth > vm_recursion_limit) || UNLIKELY(g >= vm_stack.frames_end) ||
      UNLIKELY(locals + d->slots > vm_stack.end)) {
    set_recursion_error();
    return NULL;
  }
  for (uint32_t i = bound; i < d->variables; i++)
    locals[i] = NULL;
  g->ip = d->words;
  g->locals = locals;
  g->sp = locals + d->variables;
  g->result = result;
  g->free = NULL;
  g->derived = d;
  g->code = (struct code *)function->code;
  g->globals = function->globals;
  g->builtins = function->builtins;
  g->function = &function->head;
  g->names = UNLIKELY(d->has_names) ? function->globals : NULL;
  g->object = NULL;
  g->previous = f;
  g->next = g + 1;
  g->flags = flags;
  g->depth = depth;
  vm_stack.top = g;
  return g;
}

/* Functions in C, called without a detour where what is called is one and the count of arguments
 * fits; else *called stays false and the general way tells what is wrong. */
ALWAYS_INLINE struct object *call_def_fast(const struct method_def *def, struct object *self,
                                           struct object *const *args, size_t n, bool *called) {
  unsigned form = def->flags & METHOD_FORM;
  if (UNLIKELY((form == METHOD_NOARGS && n != 0) || (form == METHOD_ONE && n != 1)))
    return NULL;
  *called = true;
  switch (form) {
  case METHOD_NOARGS:
    return def->noargs(self);
  case METHOD_ONE:
    return def->one(self, args[0]);
  case METHOD_FAST:
    return def->fast(self, args, n);
  default:
    return def->keywords(self, args, n, NULL);
  }
}
ALWAYS_INLINE struct object *call_c_fast(struct object *callable, struct object *const *args,
                                         size_t n, bool *called) {
  if (type_of(callable) == &method_descriptor_type) {
    const struct descriptor *method = (const struct descriptor *)callable;
    if (LIKELY(n > 0) && LIKELY(&type_of(args[0])->head == method->owner))
      return call_def_fast(method->method, args[0], args + 1, n - 1, called);
  } else if (type_of(callable) == &builtin_function_type) {
    const struct builtin_function *function = (const struct builtin_function *)callable;
    return call_def_fast(function->def, function->self, args, n, called);
  }
  return NULL;
}

static void drop_slots(struct object **first, struct object **end) {
  for (; GC_RC && first < end; first++) {
    struct object *o = *first;
    *first = NULL;
    drop_null(o);
  }
}

/* What a frame holds by itself, where nobody else does for as long as it runs. */
static void release_owned(struct frame *f) {
  if (f->flags & FRAME_OWNS_CODE)
    drop(&f->code->head);
  if (f->flags & FRAME_OWNS_FUNCTION)
    drop(f->function);
}

/* What died with the variables may have asked for the frame (a traceback through a generator that was
 * closed does): its object must not go on pointing here. */
ALWAYS_INLINE void detach_late(struct frame *f) {
  if (UNLIKELY(f->object != NULL))
    frame_detach(f);
}

/* A frame ends: what it owns is dropped. */
static void pop_frame(struct frame *f) {
  if (UNLIKELY(f->object != NULL))
    frame_detach(f);
  drop_slots(f->result, f->locals + f->derived->variables);
  detach_late(f);
  release_owned(f);
  vm_stack.top = f->previous;
}

struct object *vm_call_function(struct object *function, struct object *const *args, size_t n,
                                struct object *kwnames) {
  n = call_count(n);
  struct function *fn = (struct function *)function;
  struct frame *f = vm_stack.top;
  struct derived *d = derived_of((struct code *)fn->code);
  if (!d)
    return NULL;
  struct object **window = f ? free_slots(f) : vm_stack.first;
  if (UNLIKELY(thread_c_stack_is_low()) || UNLIKELY(window + d->slots > vm_stack.end)) {
    set_recursion_error();
    return NULL;
  }
  uint32_t bound = d->argcount;
  if (d->is_simple && n == bound && !kwnames) {
    for (size_t i = 0; i < n; i++)
      window[i] = hold(args[i]);
  } else {
    if (bind_arguments(fn, window, args, n, kwnames) < 0)
      return NULL;
    bound = d->variables;
  }
  struct frame *g = push_frame(f, fn, d, window, window, bound, FRAME_ENTRY);
  if (!g) {
    drop_slots(window, window + bound);
    return NULL;
  }
  hold(function); /* the caller may have found it where it can be replaced */
  struct object *result = interpret(g);
  drop(function);
  return result;
}

struct object *vm_run_in_frame(struct function *fn, struct object *names) {
  struct frame *f = vm_stack.top;
  struct derived *d = derived_of((struct code *)fn->code);
  if (!d)
    return NULL;
  struct object **window = f ? free_slots(f) : vm_stack.first;
  if (thread_c_stack_is_low()) {
    set_recursion_error();
    return NULL;
  }
  struct frame *g = push_frame(f, fn, d, window, window, 0, FRAME_ENTRY);
  if (!g)
    return NULL;
  g->names = names;
  return interpret(g);
}

/* A class whose instances come from object.__new__ and have an __init__ in Python: the instance,
 * made; *init borrowed. NULL without an error: call it the general way. */
static struct object *construct(struct type *t, struct function **init) {
  if (!(t->flags & TYPE_HEAP) || t->construct || t->new_ != object_type.new_ ||
      type_of(&t->head) != &type_type)
    return NULL;
  struct object *found = type_lookup_borrowed(t, NAME(init));
  if (!found || !is_function(found) || ((struct function *)found)->entry != vm_call_function)
    return NULL;
  *init = (struct function *)found;
  return t->new_(t, NULL, 0, NULL);
}

static struct object *run(struct frame *f, bool raising);
struct object *interpret(struct frame *f) {
  return run(f, false);
}
struct object *interpret_raising(struct frame *f) {
  return run(f, true);
}

void interpret_open(void) { run(NULL, false); }

static struct object *run(struct frame *f, bool raising) {
#if INTERPRET_GOTO
  if (!f) {
#define WORD(name, caches)                                                                         \
  word_handlers[WORD_##name] = (uint32_t)(int32_t)((char *)&&op_##name - (char *)&&op_base);
    WORDS(WORD)
#undef WORD
    return NULL;
  }
#else
  if (!f) {
    for (uint32_t i = 0; i < WORDS_N; i++)
      word_handlers[i] = i;
    return NULL;
  }
#endif
  const uint64_t *ip;
  struct object **sp, **locals, **consts;
  uint64_t w;
  struct object *r, *kwnames, **args, **base; /* of a call under way */
  struct object *fresh = NULL;                /* tracing: what arithmetic left on the stack last */
  struct function *fn;
  struct derived *d;
  size_t n;
  uint32_t flags;
  bool is_reraise, tells;
  LOAD_FRAME();
  if (UNLIKELY(raising))
    goto error;
#if INTERPRET_GOTO
op_base:
  NEXT;
#else
dispatch:
  w = *ip++;
  switch ((enum word)(uint32_t)w) {
  case WORDS_N:
    break;
#endif

  /* ---- Variables ---- */
  OP(LOAD_FAST) {
    *sp++ = hold(locals[word_argument(w)]);
    NEXT;
  }
  OP(LOAD_FAST_2) {
    sp[0] = hold(locals[word_a(w)]);
    sp[1] = hold(locals[word_argument(w) >> 16]);
    sp += 2;
    NEXT;
  }
  OP(LOAD_FAST_CHECK) {
    if (UNLIKELY(!(r = locals[word_argument(w)]))) {
      SYNC();
      operation_unbound(f, word_argument(w));
      goto error;
    }
    *sp++ = hold(r);
    NEXT;
  }
  OP(STORE_FAST) {
    struct object **slot = &locals[word_argument(w)], *before = *slot;
    *slot = *--sp;
    drop_null(before);
    NEXT;
  }
  OP(DELETE_FAST) {
    r = locals[word_argument(w)];
    if (UNLIKELY(!r)) {
      SYNC();
      operation_unbound(f, word_argument(w));
      goto error;
    }
    locals[word_argument(w)] = NULL;
    drop(r);
    NEXT;
  }
  OP(LOAD_CONST) {
    *sp++ = hold(CONSTANT(word_argument(w)));
    NEXT;
  }
  OP(POP_TOP) {
    POP_AND_DROP();
    NEXT;
  }
  OP(PUSH_NULL) {
    *sp++ = NULL;
    NEXT;
  }
  OP(COPY) {
    r = sp[-(ptrdiff_t)word_argument(w)];
    if (r)
      hold(r);
    *sp++ = r;
    NEXT;
  }
  OP(SWAP) {
    struct object **other = &sp[-(ptrdiff_t)word_argument(w)];
    r = TOP;
    TOP = *other;
    *other = r;
    NEXT;
  }
  OP(MAKE_CELL) {
    SYNC();
    if (UNLIKELY(!(r = cell_new(locals[word_argument(w)]))))
      goto error;
    struct object *before = locals[word_argument(w)];
    locals[word_argument(w)] = r;
    drop_null(before);
    NEXT;
  }
  OP(COPY_FREE_VARS) {
    struct object *closure = ((struct function *)f->function)->closure;
    uint32_t count = word_argument(w), first = f->derived->variables - count;
    for (uint32_t i = 0; i < count; i++)
      locals[first + i] = hold(tuple_get_borrowed(closure, i));
    NEXT;
  }
  OP(LOAD_DEREF) {
    r = cell_get_borrowed(locals[word_argument(w)]);
    if (UNLIKELY(!r)) {
      SYNC();
      operation_unbound_cell(f, word_argument(w));
      goto error;
    }
    *sp++ = hold(r);
    NEXT;
  }
  OP(STORE_DEREF) {
    r = *--sp;
    cell_set_taking(locals[word_argument(w)], r);
    NEXT;
  }
  OP(DELETE_DEREF) {
    if (UNLIKELY(!cell_get_borrowed(locals[word_argument(w)]))) {
      SYNC();
      operation_unbound_cell(f, word_argument(w));
      goto error;
    }
    cell_set_taking(locals[word_argument(w)], NULL);
    NEXT;
  }
  OP(LOAD_CLASSDEREF) {
    SYNC();
    if (UNLIKELY(!(r = operation_load_classderef(f, word_argument(w)))))
      goto error;
    *sp++ = r;
    NEXT;
  }
  OP(LOAD_NAME) {
    SYNC();
    if (UNLIKELY(!(r = operation_load_name(f, NAME_AT(word_argument(w))))))
      goto error;
    *sp++ = r;
    NEXT;
  }
  OP(STORE_NAME) {
    TRY(operation_store_name(f, NAME_AT(word_argument(w)), TOP));
    POP_AND_DROP();
    NEXT;
  }
  OP(DELETE_NAME) {
    TRY(operation_delete_name(f, NAME_AT(word_argument(w))));
    NEXT;
  }
  OP(STORE_GLOBAL) {
    TRY(dict_set(f->globals, NAME_AT(word_argument(w)), TOP));
    POP_AND_DROP();
    NEXT;
  }
  OP(DELETE_GLOBAL) {
    TRY(operation_delete_global(f, NAME_AT(word_argument(w))));
    NEXT;
  }
  OP(LOAD_GLOBAL) {
    struct object *name = NAME_AT(word_argument(w) >> 1);
    SYNC();
    if (UNLIKELY(!(r = operation_load_global(f, name))))
      goto error;
    specialize_global((uint64_t *)(uintptr_t)ip - 1, f->globals, f->builtins, name);
    ip += 2;
    if (word_argument(w) & 1)
      *sp++ = NULL;
    *sp++ = r;
    NEXT;
  }
  OP(LOAD_GLOBAL_MODULE) {
    const struct dict *globals = (const struct dict *)f->globals;
    uint64_t at = ip[1];
    if (UNLIKELY(at >= globals->slots) ||
        UNLIKELY(globals->pairs[at] != NAME_AT(word_argument(w) >> 1)))
      goto op_global_again;
    ip += 2;
    if (word_argument(w) & 1)
      *sp++ = NULL;
    *sp++ = hold(globals->pairs[at + 1]);
    NEXT;
  }
  OP(LOAD_GLOBAL_BUILTIN) {
    const struct dict *globals = (const struct dict *)f->globals,
                      *b = (const struct dict *)f->builtins;
    uint64_t at = ip[1];
    if (UNLIKELY(ip[0] != ((uint64_t)globals->table << 32 | (uint32_t)globals->slots)) ||
        UNLIKELY(at >= b->slots) || UNLIKELY(b->pairs[at] != NAME_AT(word_argument(w) >> 1)))
      goto op_global_again;
    ip += 2;
    if (word_argument(w) & 1)
      *sp++ = NULL;
    *sp++ = hold(b->pairs[at + 1]);
    NEXT;
  }
op_global_again : {
  SYNC();
  if (UNLIKELY(!(r = operation_load_global(f, NAME_AT(word_argument(w) >> 1)))))
    goto error;
  specialize_global((uint64_t *)(uintptr_t)ip - 1, f->globals, f->builtins,
                    NAME_AT(word_argument(w) >> 1));
  ip += 2;
  if (word_argument(w) & 1)
    *sp++ = NULL;
  *sp++ = r;
  NEXT;
}

  /* ---- Arithmetic, comparison, items ---- */
  FORMS_BINARY(FORM_BINARY)
  FORMS_SUBSCRIPT(FORM_SUBSCRIPT)
  FORMS_COMPARE(FORM_COMPARE)
  OP(BINARY_OP) {
    REPLACE_TWO(binary_slow(f, SECOND, TOP));
    NEXT;
  }
  OP(COMPARE_OP) {
    REPLACE_TWO(compare(SECOND, TOP, (enum compare_op)word_argument(w)));
    NEXT;
  }
  OP(BINARY_SUBSCR) {
    REPLACE_TWO(object_get_item(SECOND, TOP));
    NEXT;
  }
  OP(STORE_SUBSCR) {
    struct object *key = TOP, *o = SECOND, *value = sp[-3];
    if (is_list(o) && type_of(key) == &int_type && int_is_compact(key)) {
      int64_t i = ((struct int_object *)key)->word >> 1, items_n = (int64_t)list_length(o);
      i += i < 0 ? items_n : 0;
      if (LIKELY((uint64_t)i < (uint64_t)items_n)) {
        sp -= 3;
        list_set_taking(o, (size_t)i, value);
        drop(o);
        drop(key);
        NEXT;
      }
    }
    TRY(is_dict(o) ? dict_set(o, key, value) : object_set_item(o, key, value));
    sp -= 3;
    drop(value);
    drop(o);
    drop(key);
    NEXT;
  }
  OP(DELETE_SUBSCR) {
    TRY(object_set_item(SECOND, TOP, NULL));
    POP_AND_DROP();
    POP_AND_DROP();
    NEXT;
  }
  OP(UNARY_POSITIVE) {
    REPLACE_TOP(number_positive(TOP));
    NEXT;
  }
  OP(UNARY_NEGATIVE) {
    REPLACE_TOP(number_negative(TOP));
    NEXT;
  }
  OP(UNARY_INVERT) {
    REPLACE_TOP(number_invert(TOP));
    NEXT;
  }
  OP(UNARY_NOT) {
    SYNC();
    int truth = object_truth(TOP);
    if (UNLIKELY(truth < 0))
      goto error;
    POP_AND_DROP();
    *sp++ = hold(bool_from(!truth));
    NEXT;
  }
  OP(IS_OP) {
    bool same = (TOP == SECOND) != word_argument(w);
    POP_AND_DROP();
    POP_AND_DROP();
    *sp++ = hold(bool_from(same));
    NEXT;
  }
  OP(CONTAINS_OP) {
    SYNC();
    int found = object_contains(TOP, SECOND);
    if (UNLIKELY(found < 0))
      goto error;
    POP_AND_DROP();
    POP_AND_DROP();
    *sp++ = hold(bool_from(found != (int)word_argument(w)));
    NEXT;
  }

  /* ---- Control ---- */
  OP(RESUME) {
    if (IS_SAFEPOINT_DUE()) {
      SYNC();
      if (safepoint() < 0)
        goto error;
      if (UNLIKELY(vm_attention.tracing)) {
        if (trace_enter(f) < 0)
          goto error_in_frame;
        LOAD_FRAME();
      }
    }
    NEXT;
  }
  OP(TRACE) {
    fresh = NULL;
    SYNC();
    if (trace_instruction(f, word_argument(w)) < 0)
      goto error_in_frame;
    LOAD_FRAME();
    NEXT;
  }
  OP(JUMP_FORWARD) {
    ip += word_jump(w);
    NEXT;
  }
  OP(JUMP_BACKWARD) {
    JUMP_BY(word_jump(w));
    NEXT;
  }
  OP(JUMP_BACKWARD_NO_INTERRUPT) {
    ip += word_jump(w);
    NEXT;
  }
#define TRUTH(o)                                                                                   \
  int truth = (o) == TRUE_ ? 1 : (o) == FALSE_ || (o) == NONE ? 0 : -1;                            \
  if (UNLIKELY(truth < 0)) {                                                                       \
    SYNC();                                                                                        \
    truth = object_truth(o);                                                                       \
    if (UNLIKELY(truth < 0))                                                                       \
      goto error;                                                                                  \
  }
  OP(POP_JUMP_IF_TRUE) {
    TRUTH(TOP)
    POP_AND_DROP();
    if (truth)
      JUMP_BY(word_jump(w));
    NEXT;
  }
  OP(POP_JUMP_IF_FALSE) {
    TRUTH(TOP)
    POP_AND_DROP();
    if (!truth)
      JUMP_BY(word_jump(w));
    NEXT;
  }
  OP(JUMP_IF_TRUE_OR_POP) {
    TRUTH(TOP)
    if (truth)
      ip += word_jump(w);
    else
      POP_AND_DROP();
    NEXT;
  }
  OP(JUMP_IF_FALSE_OR_POP) {
    TRUTH(TOP)
    if (!truth)
      ip += word_jump(w);
    else
      POP_AND_DROP();
    NEXT;
  }
  OP(POP_JUMP_IF_NONE) {
    bool none = TOP == NONE;
    POP_AND_DROP();
    if (none)
      JUMP_BY(word_jump(w));
    NEXT;
  }
  OP(POP_JUMP_IF_NOT_NONE) {
    bool none = TOP == NONE;
    POP_AND_DROP();
    if (!none)
      JUMP_BY(word_jump(w));
    NEXT;
  }
  OP(GET_ITER) {
    REPLACE_TOP(iterate(TOP));
    NEXT;
  }
  OP(FOR_ITER) {
    struct object *iterator = TOP;
    if (type_of(iterator) == &list_iterator_type) {
      struct list_iterator *it = (struct list_iterator *)iterator;
      const struct list *l = (const struct list *)it->sequence;
      if (LIKELY(l != NULL) && LIKELY((uint64_t)it->i < l->n)) {
        *sp++ = hold(l->items[it->i++]);
        NEXT;
      }
    }
    SYNC();
    if (type_of(iterator) == &range_iterator_type && LIKELY((r = range_iterator_next(iterator)))) {
      *sp++ = r;
      NEXT;
    }
    if (is_generator(iterator) && ((struct generator *)iterator)->state <= GENERATOR_SUSPENDED) {
      struct generator *g = (struct generator *)iterator;
      *g->frame.sp++ = hold(NONE);
      g->frame.flags = FRAME_GENERATOR | FRAME_FOR;
      goto enter_generator;
    }
    r = type_of(iterator)->next(iterator);
    if (LIKELY(r != NULL)) {
      *sp++ = r;
      NEXT;
    }
    if (UNLIKELY(error_pending() != ERROR_NONE)) {
      if (!error_matches(ERROR_STOP_ITERATION))
        goto error;
      if (UNLIKELY(vm_thread->trace != NULL))
        trace_exception(f);
      error_clear();
    }
    POP_AND_DROP();
    ip += word_jump(w);
    NEXT;
  }

  /* ---- Attributes ---- */
  /* The first cache word of the general forms counts the runs before the next attempt to fit. */
  OP(LOAD_ATTR_SLOT) {
    struct object *o = TOP;
    if (LIKELY(type_of(o)->version == (uint32_t)ip[0]) &&
        LIKELY((r = instance_read_borrowed(o, ip[0] >> 32)) != NULL)) {
      ip += 2;
      TOP = hold(r);
      drop(o);
      NEXT;
    }
    goto attribute_again;
  }
  OP(LOAD_ATTR_CLASS) {
    struct object *o = TOP;
    if (LIKELY(type_of(o)->version == (uint32_t)ip[0]) &&
        (!(ip[0] >> 32) || instance_hides_not(o, NAME_AT(word_argument(w))))) {
      TOP = hold((struct object *)(uintptr_t)ip[1]);
      ip += 2;
      drop(o);
      NEXT;
    }
    goto attribute_again;
  }
  OP(LOAD_ATTR_DICT) {
    struct object *o = TOP;
    if (LIKELY(type_of(o)->version == (uint32_t)ip[0])) {
      struct object *dict = instance_read_borrowed(o, ip[0] >> 32);
      if (LIKELY(dict != NULL) &&
          LIKELY((r = dict_pair_value_borrowed(dict, ip[1], NAME_AT(word_argument(w)))) != NULL)) {
        ip += 2;
        TOP = hold(r);
        drop(o);
        NEXT;
      }
    }
    goto attribute_again;
  }
  OP(LOAD_ATTR_MODULE) {
    struct object *o = TOP;
    if (LIKELY(type_of(o) == &module_type) &&
        LIKELY((r = dict_pair_value_borrowed(module_dict_borrowed(o), ip[1],
                                             NAME_AT(word_argument(w)))) != NULL)) {
      ip += 2;
      TOP = hold(r);
      drop(o);
      NEXT;
    }
    goto attribute_again;
  }
  OP(LOAD_ATTR_TYPE) {
    struct object *o = TOP;
    if (LIKELY(type_of(o) == &type_type) &&
        LIKELY(((struct type *)o)->version == (uint32_t)ip[0])) {
      TOP = hold((struct object *)(uintptr_t)ip[1]);
      ip += 2;
      drop(o);
      NEXT;
    }
    goto attribute_again;
  }
  OP(LOAD_ATTR_PROPERTY) {
    if (LIKELY(type_of(TOP)->version == (uint32_t)ip[0])) {
      fn = (struct function *)(uintptr_t)ip[1];
      ip += 2;
      SYNC();
      base = args = sp - 1;
      n = 1;
      kwnames = NULL;
      hold(&fn->head);
      flags = FRAME_OWNS_FUNCTION;
      if (UNLIKELY(!(d = derived_of((struct code *)fn->code))))
        goto enter_failed;
      goto enter_function;
    }
    goto attribute_again;
  }
attribute_again:
  ((uint64_t *)(uintptr_t)ip)[0] = 0;
#if !INTERPRET_GOTO
  __attribute__((fallthrough));
#endif
  OP(LOAD_ATTR) {
    struct object *o = TOP, *name = NAME_AT(word_argument(w));
    SYNC();
    if (UNLIKELY(!(r = attribute_get(o, name))))
      goto error;
    if (ip[0])
      ((uint64_t *)(uintptr_t)ip)[0]--;
    else
      specialize_attribute((uint64_t *)(uintptr_t)ip - 1, o, name);
    ip += 2;
    TOP = r;
    drop(o);
    NEXT;
  }
  OP(LOAD_METHOD_CACHED) {
    struct object *o = TOP;
    if (LIKELY(type_of(o)->version == (uint32_t)ip[0]) &&
        (!(ip[0] >> 32) || instance_hides_not(o, NAME_AT(word_argument(w))))) {
      TOP = hold((struct object *)(uintptr_t)ip[1]);
      *sp++ = o;
      ip += 2;
      NEXT;
    }
    goto method_again;
  }
  OP(LOAD_METHOD_SLOT) {
    struct object *o = TOP;
    if (LIKELY(type_of(o)->version == (uint32_t)ip[0]) &&
        LIKELY((r = instance_read_borrowed(o, ip[0] >> 32)) != NULL)) {
      ip += 2;
      TOP = NULL;
      *sp++ = hold(r);
      drop(o);
      NEXT;
    }
    goto method_again;
  }
  OP(LOAD_METHOD_MODULE) {
    struct object *o = TOP;
    if (LIKELY(type_of(o) == &module_type) &&
        LIKELY((r = dict_pair_value_borrowed(module_dict_borrowed(o), ip[1],
                                             NAME_AT(word_argument(w)))) != NULL)) {
      ip += 2;
      TOP = NULL;
      *sp++ = hold(r);
      drop(o);
      NEXT;
    }
    goto method_again;
  }
  OP(LOAD_METHOD_TYPE) {
    struct object *o = TOP;
    if (LIKELY(type_of(o) == &type_type) &&
        LIKELY(((struct type *)o)->version == (uint32_t)ip[0])) {
      TOP = NULL;
      *sp++ = hold((struct object *)(uintptr_t)ip[1]);
      ip += 2;
      drop(o);
      NEXT;
    }
  }
method_again:
  ((uint64_t *)(uintptr_t)ip)[0] = 0;
#if !INTERPRET_GOTO
  __attribute__((fallthrough));
#endif
  OP(LOAD_METHOD) {
    struct object *o = TOP, *name = NAME_AT(word_argument(w));
    bool self_apart = false;
    SYNC();
    if (UNLIKELY(!(r = attribute_get_method(o, name, &self_apart))))
      goto error;
    if (ip[0])
      ((uint64_t *)(uintptr_t)ip)[0]--;
    else
      specialize_method((uint64_t *)(uintptr_t)ip - 1, o, name);
    ip += 2;
    if (self_apart) {
      TOP = r;
      *sp++ = o;
    } else {
      TOP = NULL;
      *sp++ = r;
      drop(o);
    }
    NEXT;
  }
  OP(STORE_ATTR_SLOT) {
    struct object *o = TOP;
    if (LIKELY(type_of(o)->version == (uint32_t)ip[0])) {
      struct object **slot = instance_slot(o, ip[0] >> 32);
      if (LIKELY(*slot != NULL)) {
        r = SECOND;
        sp -= 2;
        ip += 2;
        store(o, slot, r);
        drop(o);
        NEXT;
      }
      if (ip[1] && instance_add_taking(o, ip[0] >> 32, SECOND)) {
        sp -= 2;
        ip += 2;
        drop(o);
        NEXT;
      }
    }
    goto store_again;
  }
  OP(STORE_ATTR_DICT) {
    struct object *o = TOP;
    if (LIKELY(type_of(o)->version == (uint32_t)ip[0])) {
      struct object *dict = instance_read_borrowed(o, ip[0] >> 32);
      if (LIKELY(dict != NULL) &&
          LIKELY(dict_pair_value_borrowed(dict, ip[1], NAME_AT(word_argument(w))) != NULL)) {
        r = SECOND;
        size_t pair = ip[1];
        sp -= 2;
        ip += 2;
        SYNC();
        dict_overwrite_taking(dict, pair, r);
        drop(o);
        NEXT;
      }
    }
  }
store_again:
  ((uint64_t *)(uintptr_t)ip)[0] = 0;
#if !INTERPRET_GOTO
  __attribute__((fallthrough));
#endif
  OP(STORE_ATTR) {
    struct object *name = NAME_AT(word_argument(w));
    TRY(attribute_set(TOP, name, SECOND));
    if (ip[0])
      ((uint64_t *)(uintptr_t)ip)[0]--;
    else
      specialize_store((uint64_t *)(uintptr_t)ip - 1, TOP, name);
    ip += 2;
    POP_AND_DROP();
    POP_AND_DROP();
    NEXT;
  }
  OP(DELETE_ATTR) {
    TRY(attribute_set(TOP, NAME_AT(word_argument(w)), NULL));
    POP_AND_DROP();
    NEXT;
  }

  /* ---- Calls ---- */
  OP(CALL_KW_TRACED) {
    kwnames = CONSTANT(word_argument(w) >> 16);
    n = word_a(w);
    tells = true;
    goto call;
  }
  OP(CALL_TRACED) {
    kwnames = NULL;
    n = word_argument(w);
    tells = true;
    goto call;
  }
  OP(CALL_KW) {
    kwnames = CONSTANT(word_argument(w) >> 16);
    n = word_a(w);
    tells = false;
    goto call;
  }
  OP(CALL) {
    kwnames = NULL;
    n = word_argument(w);
    tells = false;
  }
call : {
  base = sp - n - 2;
  struct object *callable = base[0];
  args = base + 2;
  if (callable) {
    args--;
    n++;
  } else if (is_method(callable = base[1])) {
    struct method *m = (struct method *)callable;
    base[0] = hold(m->function);
    base[1] = hold(m->self);
    drop(callable);
    callable = base[0];
    args--;
    n++;
  }
  if (is_function(callable) && LIKELY(((struct function *)callable)->entry == vm_call_function)) {
    fn = (struct function *)callable;
    d = derived_of((struct code *)fn->code);
    SYNC();
    if (UNLIKELY(!d))
      goto error;
    flags = 0;
    goto enter_function;
  }
  SYNC();
  if (!base[0] && is_type(callable)) {
    struct object *made = construct((struct type *)callable, &fn);
    if (made) {
      base[0] = made; /* what the call returns; its second reference is self */
      base[1] = hold(made);
      hold(&fn->head); /* the class may let go of it meanwhile */
      drop(callable);
      args = base + 1;
      n++;
      flags = FRAME_CONSTRUCT | FRAME_OWNS_FUNCTION;
      if (UNLIKELY(!(d = derived_of((struct code *)fn->code))))
        goto enter_failed;
      goto enter_function;
    }
    if (UNLIKELY(error_pending() != ERROR_NONE))
      goto error;
  }
  if (LIKELY(!kwnames) && LIKELY(!tells)) {
    bool was_called = false;
    r = call_c_fast(callable, args, n, &was_called);
    if (LIKELY(r != NULL))
      goto called;
    if (was_called && LIKELY(error_pending() != ERROR_NONE))
      goto error;
    if (was_called) {
      error_format(ERROR_SYSTEM, "%R returned NULL without setting an exception", callable);
      goto error;
    }
  }
  n = (n - (kwnames ? tuple_length(kwnames) : 0)) | CALL_SCRATCH;
  r = UNLIKELY(tells) ? trace_c_call(f, callable, args, n, kwnames)
                      : call_object(callable, args, n, kwnames);
  if (UNLIKELY(!r))
    goto error;
called:
  while (sp > base) {
    struct object *o = *--sp;
    drop_null(o);
  }
  *sp++ = r;
  SAFEPOINT();
  NEXT;
}
enter_function : {
  struct object **owned = base, **window;
  uint32_t bound = d->argcount;
  if (UNLIKELY(f->free != NULL)) { /* windows of a generator's callees are not in its heap */
    if (UNLIKELY(f->free + (sp - base) + d->slots > vm_stack.end)) {
      set_recursion_error();
      goto enter_failed;
    }
    memcpy(f->free, base, (size_t)(sp - base) * sizeof *sp);
    args = f->free + (args - base);
    owned = f->free;
  }
  window = args;
  if (UNLIKELY(!d->is_simple || n != bound || kwnames)) {
    window = args + n;
    size_t named = kwnames ? tuple_length(kwnames) : 0;
    if (UNLIKELY(window + d->slots > vm_stack.end)) {
      set_recursion_error();
      goto enter_failed;
    }
    if (bind_arguments(fn, window, args, n - named, kwnames) < 0)
      goto enter_failed;
    bound = d->variables;
  }
  struct frame *g = push_frame(f, fn, d, owned, window, bound, flags);
  if (UNLIKELY(!g)) {
    if (window != args)
      drop_slots(window, window + bound);
    goto enter_failed;
  }
  f->sp = base; /* the callee owns what is above */
  f = g;
  LOAD_FRAME();
  NEXT;
}
enter_failed:
  if (flags & FRAME_OWNS_FUNCTION)
    drop(&fn->head);
  goto error;
  OP(CALL_EX_TRACED) {
    SYNC();
    bool has_kwargs = word_argument(w) & 1;
    base = sp - 3 - has_kwargs;
    r = trace_c_call_ex(f, base[1], &base[2], has_kwargs ? base[3] : NULL);
    goto called_ex;
  }
  OP(CALL_FUNCTION_EX) {
    SYNC();
    bool has_kwargs = word_argument(w) & 1;
    base = sp - 3 - has_kwargs; /* NULL, callable, args, kwargs? */
    r = operation_call_ex(base[1], &base[2], has_kwargs ? base[3] : NULL);
  }
called_ex : {
  if (UNLIKELY(!r))
    goto error;
  while (sp > base) {
    struct object *o = *--sp;
    drop_null(o);
  }
  *sp++ = r;
  SAFEPOINT();
  NEXT;
}
  OP(MAKE_FUNCTION) {
    SYNC();
    uint32_t taken = 0;
    if (UNLIKELY(!(r = operation_make_function(f, sp, word_argument(w), &taken))))
      goto error;
    sp -= taken;
    POP_AND_DROP();
    *sp++ = r;
    NEXT;
  }
  OP(RETURN_VALUE) {
    r = *--sp;
    goto leave;
  }
leave : {
  if (UNLIKELY(f->flags & FRAME_TRACED)) {
    SYNC();
    if (trace_leave(f, r) < 0) {
      drop(r);
      goto leave_failed;
    }
  }
  if (UNLIKELY(f->object != NULL)) {
    SYNC();
    if (!(f->flags & FRAME_GENERATOR))
      frame_detach(f);
  }
  if (UNLIKELY(f->flags)) {
    flags = f->flags;
    if (flags & FRAME_GENERATOR) {
      struct frame *below = f->previous;
      f->sp = sp; /* what is dropped with the window ends there */
      generator_leave(generator_of_frame(f), true);
      if (flags & FRAME_ENTRY)
        return r;
      f = below;
      LOAD_FRAME();
      if (flags & FRAME_FOR) {
        drop(r);
        POP_AND_DROP();
      } else {
        struct object *receiver = TOP;
        TOP = r;
        drop(receiver);
      }
      ip += word_jump(ip[-1]);
      NEXT;
    }
    if (flags & FRAME_CONSTRUCT) {
      if (UNLIKELY(r != NONE)) {
        error_format(ERROR_TYPE, "__init__() should return None, not '%N'", r);
        drop(r);
        SYNC();
        goto leave_failed;
      }
      drop(r);
      r = f->result[0];
      f->result[0] = NULL;
    }
    drop_slots(f->result, locals + f->derived->variables);
    detach_late(f);
    release_owned(f);
    vm_stack.top = f->previous;
    if (flags & FRAME_ENTRY)
      return r;
  } else {
    drop_slots(f->result, locals + f->derived->variables);
    detach_late(f);
    vm_stack.top = f->previous;
  }
  f = f->previous;
  LOAD_FRAME();
  *sp++ = r;
  NEXT;
}

  /* ---- Generators ---- */
  OP(RETURN_GENERATOR) {
    SYNC();
    if (UNLIKELY(!(r = generator_from_frame(f))))
      goto error;
    goto leave;
  }
enter_generator : {
  struct generator *g = (struct generator *)TOP;
  if (UNLIKELY(f->depth >= vm_recursion_limit)) {
    struct object *sent = *--g->frame.sp;
    drop(sent);
    set_recursion_error();
    goto error;
  }
  generator_enter(g, f, free_slots(f));
  f = &g->frame;
  LOAD_FRAME();
  NEXT;
}
  OP(YIELD_VALUE) {
    r = *--sp;
    SYNC();
    flags = f->flags;
    if (UNLIKELY(flags & FRAME_TRACED)) {
      generator_of_frame(f)->state = GENERATOR_SUSPENDED; /* it is, to the trace function */
      int told = trace_leave(f, r);
      generator_of_frame(f)->state = GENERATOR_RUNNING;
      if (told < 0) {
        drop(r);
        goto leave_failed;
      }
    }
    struct frame *below = f->previous;
    generator_leave(generator_of_frame(f), false);
    if (flags & FRAME_ENTRY)
      return r;
    f = below;
    LOAD_FRAME();
    *sp++ = r;
    NEXT;
  }
  OP(SEND) {
    struct object *receiver = SECOND, *value = TOP;
    SYNC();
    if ((is_generator(receiver) || is_coroutine(receiver)) &&
        (((struct generator *)receiver)->state == GENERATOR_SUSPENDED ||
         (((struct generator *)receiver)->state == GENERATOR_CREATED && value == NONE))) {
      struct generator *g = (struct generator *)receiver;
      *g->frame.sp++ = value;
      sp--;
      f->sp = sp;
      g->frame.flags = FRAME_GENERATOR | FRAME_SEND;
      goto enter_generator;
    }
    int sent = operation_send(receiver, value, &r);
    if (UNLIKELY(sent < 0))
      goto error;
    POP_AND_DROP();
    if (sent) {
      *sp++ = r;
    } else {
      TOP = r;
      drop(receiver);
      ip += word_jump(w);
    }
    NEXT;
  }
  OP(GET_YIELD_FROM_ITER) {
    REPLACE_TOP(operation_yield_from_iter(f, TOP));
    NEXT;
  }
  OP(GET_AWAITABLE) {
    REPLACE_TOP(operation_get_awaitable(TOP, word_argument(w)));
    NEXT;
  }
  OP(GET_AITER) {
    REPLACE_TOP(operation_get_aiter(TOP));
    NEXT;
  }
  OP(GET_ANEXT) {
    SYNC();
    if (UNLIKELY(!(r = operation_get_anext(TOP))))
      goto error;
    *sp++ = r;
    NEXT;
  }
  OP(ASYNC_GEN_WRAP) {
    REPLACE_TOP(async_generator_wrap(TOP));
    NEXT;
  }
  OP(END_ASYNC_FOR) {
    SYNC();
    if (exception_matches(TOP, &exception_type(ERROR_STOP_ASYNC_ITERATION)->head)) {
      POP_AND_DROP();
      POP_AND_DROP();
      NEXT;
    }
    r = *--sp;
    error_restore_taking(r);
    f->sp = sp;
    goto reraise;
  }

  /* ---- Exceptions and with ---- */
  OP(PUSH_EXC_INFO) {
    struct error_handled *handled = error_thread.handled;
    r = TOP;
    TOP = handled->value ? handled->value : hold(NONE);
    *sp++ = r;
    handled->value = hold(r);
    NEXT;
  }
  OP(POP_EXCEPT) {
    struct error_handled *handled = error_thread.handled;
    struct object *before = handled->value;
    r = *--sp;
    handled->value = r == NONE ? NULL : r;
    drop_null(before);
    NEXT;
  }
  OP(CHECK_EXC_MATCH) {
    SYNC();
    int matches = operation_exception_match(SECOND, TOP);
    if (UNLIKELY(matches < 0))
      goto error;
    POP_AND_DROP();
    *sp++ = hold(bool_from(matches));
    NEXT;
  }
  OP(CHECK_EG_MATCH) {
    TRY(operation_group_match(sp));
    NEXT;
  }
  OP(PREP_RERAISE_STAR) {
    REPLACE_TWO(operation_prepare_reraise(SECOND, TOP));
    NEXT;
  }
  OP(RAISE_VARARGS) {
    SYNC();
    uint32_t given = word_argument(w);
    bool again = operation_raise(given ? sp[-(ptrdiff_t)given] : NULL, given == 2 ? TOP : NULL);
    while (given--)
      POP_AND_DROP();
    SYNC();
    if (again)
      goto reraise;
    goto error;
  }
  OP(RERAISE) {
    SYNC();
    r = *--sp;
    if (word_argument(w)) {
      struct object *last = sp[-(ptrdiff_t)word_argument(w)];
      uint32_t unit = (uint32_t)(int_value(last) / 2);
      if (unit < f->derived->units_n)
        f->ip = f->derived->words + f->derived->from_canonical[unit] + 1;
    }
    error_restore_taking(r);
    f->sp = sp;
    goto reraise;
  }
  OP(LOAD_ASSERTION_ERROR) {
    *sp++ = hold(&exception_type(ERROR_ASSERTION)->head);
    NEXT;
  }
  OP(BEFORE_WITH) {
    TRY(operation_before_with(sp, false));
    sp++;
    NEXT;
  }
  OP(BEFORE_ASYNC_WITH) {
    TRY(operation_before_with(sp, true));
    sp++;
    NEXT;
  }
  OP(WITH_EXCEPT_START) {
    SYNC();
    if (UNLIKELY(!(r = operation_with_except(sp[-4], TOP))))
      goto error;
    *sp++ = r;
    NEXT;
  }

  /* ---- Building ---- */
#define BUILD(taken, call)                                                                         \
  do {                                                                                             \
    SYNC();                                                                                        \
    uint32_t taken_ = (taken);                                                                     \
    if (UNLIKELY(!(r = (call))))                                                                   \
      goto error;                                                                                  \
    while (taken_--)                                                                               \
      POP_AND_DROP();                                                                              \
    *sp++ = r;                                                                                     \
  } while (0)
  OP(BUILD_TUPLE) {
    uint32_t count = word_argument(w);
    SYNC();
    if (UNLIKELY(!(r = tuple_new(count))))
      goto error;
    sp -= count;
    for (uint32_t i = 0; i < count; i++)
      tuple_init_taking(r, i, sp[i]);
    *sp++ = r;
    NEXT;
  }
  OP(BUILD_LIST) {
    uint32_t count = word_argument(w);
    SYNC();
    if (UNLIKELY(!(r = list_new(count))))
      goto error;
    sp -= count;
    for (uint32_t i = 0; i < count; i++)
      list_append_taking(r, sp[i]);
    *sp++ = r;
    NEXT;
  }
  OP(BUILD_SET) {
    BUILD(word_argument(w), operation_build_set(sp - word_argument(w), word_argument(w)));
    NEXT;
  }
  OP(BUILD_MAP) {
    BUILD(2 * word_argument(w), operation_build_map(sp - 2 * word_argument(w), word_argument(w)));
    NEXT;
  }
  OP(BUILD_CONST_KEY_MAP) {
    BUILD(word_argument(w) + 1, operation_build_const_map(sp - 1 - word_argument(w), TOP));
    NEXT;
  }
  OP(BUILD_STRING) {
    BUILD(word_argument(w), operation_build_string(sp - word_argument(w), word_argument(w)));
    NEXT;
  }
  OP(BUILD_SLICE) {
    BUILD(word_argument(w),
          word_argument(w) == 3 ? slice_new(sp[-3], SECOND, TOP) : slice_new(SECOND, TOP, NULL));
    NEXT;
  }
  OP(LIST_TO_TUPLE) {
    REPLACE_TOP(iterate_to_tuple(TOP));
    NEXT;
  }
  OP(LIST_APPEND) {
    SYNC();
    r = *--sp;
    if (UNLIKELY(list_append_taking(sp[-(ptrdiff_t)word_argument(w)], r) < 0))
      goto error;
    NEXT;
  }
  OP(SET_ADD) {
    TRY(set_add(sp[-1 - (ptrdiff_t)word_argument(w)], TOP));
    POP_AND_DROP();
    NEXT;
  }
  OP(MAP_ADD) {
    TRY(dict_set(sp[-2 - (ptrdiff_t)word_argument(w)], SECOND, TOP));
    POP_AND_DROP();
    POP_AND_DROP();
    NEXT;
  }
  OP(LIST_EXTEND) {
    TRY(operation_list_extend(sp[-1 - (ptrdiff_t)word_argument(w)], TOP));
    POP_AND_DROP();
    NEXT;
  }
  OP(SET_UPDATE) {
    TRY(operation_set_update(sp[-1 - (ptrdiff_t)word_argument(w)], TOP));
    POP_AND_DROP();
    NEXT;
  }
  OP(DICT_UPDATE) {
    TRY(operation_dict_update(sp[-1 - (ptrdiff_t)word_argument(w)], TOP));
    POP_AND_DROP();
    NEXT;
  }
  OP(DICT_MERGE) {
    /* below the dict n deep: the positional arguments and the callable they are for */
    TRY(operation_dict_merge(sp[-1 - (ptrdiff_t)word_argument(w)], TOP,
                             sp[-3 - (ptrdiff_t)word_argument(w)]));
    POP_AND_DROP();
    NEXT;
  }
  OP(UNPACK_SEQUENCE) {
    uint32_t count = word_argument(w);
    struct object *whole = TOP;
    if ((is_tuple(whole) && tuple_length(whole) == count) ||
        (is_list(whole) && list_length(whole) == count)) {
      struct object **items =
          is_tuple(whole) ? ((struct tuple *)whole)->items : ((struct list *)whole)->items;
      sp--;
      for (uint32_t i = count; i-- > 0;)
        *sp++ = hold(items[i]);
      drop(whole);
      NEXT;
    }
    TRY(operation_unpack(sp, whole, count, -1));
    sp += (ptrdiff_t)count - 1;
    drop(whole);
    NEXT;
  }
  OP(UNPACK_EX) {
    uint32_t before = word_argument(w) & 255, after = word_argument(w) >> 8;
    struct object *whole = TOP;
    TRY(operation_unpack(sp, whole, before, (int)after));
    sp += before + after;
    drop(whole);
    NEXT;
  }
  OP(FORMAT_VALUE) {
    SYNC();
    bool has_spec = word_argument(w) & 4;
    if (UNLIKELY(!(r = operation_format(has_spec ? SECOND : TOP, has_spec ? TOP : NULL,
                                        word_argument(w) & 3))))
      goto error;
    POP_AND_DROP();
    if (has_spec)
      POP_AND_DROP();
    *sp++ = r;
    NEXT;
  }

  /* ---- Patterns ---- */
  OP(GET_LEN) {
    SYNC();
    int64_t length = object_length(TOP);
    if (UNLIKELY(length < 0) || UNLIKELY(!(r = int_from_i64(length))))
      goto error;
    *sp++ = r;
    NEXT;
  }
  OP(MATCH_MAPPING) {
    r = bool_from(type_has(type_of(TOP), TYPE_MAPPING));
    *sp++ = hold(r);
    NEXT;
  }
  OP(MATCH_SEQUENCE) {
    r = bool_from(type_has(type_of(TOP), TYPE_SEQUENCE));
    *sp++ = hold(r);
    NEXT;
  }
  OP(MATCH_KEYS) {
    SYNC();
    if (UNLIKELY(!(r = operation_match_keys(SECOND, TOP))))
      goto error;
    *sp++ = r;
    NEXT;
  }
  OP(MATCH_CLASS) {
    SYNC();
    if (UNLIKELY(!(r = operation_match_class(sp[-3], SECOND, TOP, word_argument(w)))))
      goto error;
    for (int i = 0; i < 3; i++)
      POP_AND_DROP();
    *sp++ = r;
    NEXT;
  }

  /* ---- Modules and classes ---- */
  OP(LOAD_BUILD_CLASS) {
    SYNC();
    if (UNLIKELY(!(r = operation_load_build_class(f))))
      goto error;
    *sp++ = r;
    NEXT;
  }
  OP(SETUP_ANNOTATIONS) {
    TRY(operation_setup_annotations(f));
    NEXT;
  }
  OP(IMPORT_NAME) {
    REPLACE_TWO(operation_import_name(f, NAME_AT(word_argument(w)), TOP, SECOND));
    NEXT;
  }
  OP(IMPORT_FROM) {
    SYNC();
    if (UNLIKELY(!(r = operation_import_from(TOP, NAME_AT(word_argument(w))))))
      goto error;
    *sp++ = r;
    NEXT;
  }
  OP(IMPORT_STAR) {
    TRY(operation_import_star(f, TOP));
    POP_AND_DROP();
    NEXT;
  }
  OP(PRINT_EXPR) {
    TRY(vm_display(TOP));
    POP_AND_DROP();
    NEXT;
  }
#if !INTERPRET_GOTO
}
fatal("a word of the derived stream has no handler: %u", (unsigned)w);
#endif

leave_failed : /* an error of its own when the frame's work is done: no handler in it applies */
               is_reraise = false;
goto leave_by_error;
reraise : is_reraise = true;
goto unwind;
error_in_frame : /* f->ip and f->sp are exact already */
                 ip = f->ip;
sp = f->sp;
error : f->ip = ip;
f->sp = sp;
is_reraise = false;
unwind : for (;;) {
  const uint64_t *handler = unwind_to_handler(f, ip, is_reraise);
  if (handler) {
    f->ip = handler;
    LOAD_FRAME();
    NEXT;
  }
  if (UNLIKELY(f->flags & FRAME_TRACED))
    (void)trace_leave(f, NULL); /* an error of its own is pending then */
leave_by_error:;
  flags = f->flags;
  struct frame *below = f->previous;
  if (flags & FRAME_GENERATOR) {
    struct generator *g = generator_of_frame(f);
    generator_convert_stop(g);
    generator_leave(g, true);
  } else {
    drop_slots(f->locals + f->derived->variables, f->sp);
    pop_frame(f);
  }
  if (flags & FRAME_ENTRY)
    return NULL;
  f = below;
  ip = f->ip;
  is_reraise = false;
}
}
