/* The registers of the loop as its handlers see them, how they go on, and the register forms that
 * are made from the table of words. SYNC stores ip and sp in the frame: before anything that
 * allocates, runs foreign code, or fails. */
#pragma once

/* Computed goto wherever the compiler has it and doesn't merge the jumps. */
#ifndef INTERPRET_GOTO
#if defined(__GNUC__) && !defined(__clang__)
#define INTERPRET_GOTO 1
#else
#define INTERPRET_GOTO 0
#endif
#endif

/* gcc gives variables of a function this long the registers it sees fit, and takes them back for
 * whatever some handler needs: the four that every handler uses are told where to stay
 * (callee-saved ones). */
#if INTERPRET_GOTO && defined(__x86_64__)
#define LOOP_REGISTER(name) __asm__(name)
#else
#define LOOP_REGISTER(name)
#endif

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
/* Into the variables of the two STORE_FAST at ip, which is then behind them. */
#define STORE_TWO_TAKING(first_, second_)                                                          \
  do {                                                                                             \
    struct object **one_ = &locals[word_argument(ip[0])], **two_ = &locals[word_argument(ip[1])];  \
    struct object *before_one_ = *one_, *before_two_;                                              \
    *one_ = (first_);                                                                              \
    before_two_ = *two_;                                                                           \
    *two_ = (second_);                                                                             \
    ip += 2;                                                                                       \
    drop_null(before_one_);                                                                        \
    drop_null(before_two_);                                                                        \
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
#define FINISH(popped, destination, result) FINISH_BY(drop, popped, destination, result)
/* drop_: for what the operands are, mostly. */
#define FINISH_BY(drop_, popped, destination, result)                                              \
  do {                                                                                             \
    sp -= popped;                                                                                  \
    FINISH_##destination(drop_, result);                                                           \
    if (popped >= 1)                                                                               \
      drop_(a);                                                                                    \
    if (popped == 2)                                                                               \
      drop_(b);                                                                                    \
  } while (0)
#define FINISH_S(drop_, result) (*sp++ = (result))
#define FINISH_L(drop_, result)                                                                    \
  do {                                                                                             \
    struct object *old_ = locals[word_c(w)];                                                       \
    locals[word_c(w)] = (result);                                                                  \
    if (old_)                                                                                      \
      drop_(old_);                                                                                 \
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
      if (!(r = RENEW(int, POPPED_##sources, word)) && UNLIKELY(!(r = int_from_word(word))))       \
        goto error;                                                                                \
      NOTE_FRESH(destination, r);                                                                  \
      FINISH_BY(drop_int, POPPED_##sources, destination, r);                                       \
      NEXT;                                                                                        \
    } else if ((is_float(a) || is_float(b)) && as_double(a, &x) && as_double(b, &y) &&             \
               float_binary(KIND_##kind, x, y, &z)) {                                              \
      REUSE(float, POPPED_##sources, destination, z)                                               \
      SYNC();                                                                                      \
      if (!(r = RENEW(float, POPPED_##sources, z)) && UNLIKELY(!(r = new_float(z))))               \
        goto error;                                                                                \
      NOTE_FRESH(destination, r);                                                                  \
      FINISH_BY(drop_float, POPPED_##sources, destination, r);                                     \
      NEXT;                                                                                        \
    } else if (!is_divided(KIND_##kind) && type_of(a) == &int_type && type_of(b) == &int_type) {   \
      SYNC();                                                                                      \
      r = int_binary_wide(KIND_##kind, a, b);                                                      \
      NOTE_FRESH(destination, NULL);                                                               \
    } else {                                                                                       \
      SYNC();                                                                                      \
      if (GC_RC && KIND_##kind == KIND_ADD && POPPED_##sources == 0 && !IS_S_##destination &&      \
          is_str(a) && is_str(b) && locals[word_c(w)] == a && a != b) {                            \
        if (UNLIKELY(                                                                              \
                !str_append(&locals[word_c(w)], b))) /* in place: it is about to be rebound */     \
          goto error;                                                                              \
        NEXT;                                                                                      \
      }                                                                                            \
      r = operation_binary(f, a, b);                                                               \
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
      known = ordered_words(op, ((struct int_object *)a)->word, ((struct int_object *)b)->word);   \
    else if (is_float(a) && is_float(b))                                                           \
      known = ordered_doubles(op, float_value(a), float_value(b));                                 \
    else if ((op == COMPARE_EQ || op == COMPARE_NE) && is_str(a) && is_str(b))                     \
      known = (a == b || str_same_text(a, b)) == (op == COMPARE_EQ);                               \
    COMPARE_FINISH_##destination if (popped >= 1) drop_number(a);                                  \
    if (popped == 2)                                                                               \
      drop_number(b);                                                                              \
    COMPARE_AFTER_##destination NEXT;                                                              \
  }
#define FORM_COMPARE(kind, l, r, destination) FORM_COMPARE_(kind, l##r, destination)
