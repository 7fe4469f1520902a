/* try, with, and the way out of blocks by break, continue and return. */
#include "runtime/compile/unit.h"

bool blocks_push(struct compiler *c, struct frame_block block) {
  if (c->failed)
    return false;
  if (c->unit->blocks_n >= FRAME_BLOCKS_MAX) {
    unit_error(c, "too many statically nested blocks");
    return false;
  }
  c->unit->blocks[c->unit->blocks_n++] = block;
  return true;
}

void blocks_pop(struct compiler *c) {
  if (!c->failed)
    c->unit->blocks_n--;
}

/* ---- The way out ---- */

static void call_exit(struct compiler *c) {
  for (int i = 0; i < 3; i++)
    unit_const(c, NONE);
  unit_emit(c, OP_PRECALL, 2);
  unit_emit(c, OP_CALL, 2);
}

static void await_result(struct compiler *c, uint32_t kind) {
  unit_emit(c, OP_GET_AWAITABLE, kind);
  unit_const(c, NONE);
  unit_yield_from(c, true);
}

static void unbind(struct compiler *c, struct object *name) {
  unit_const(c, NONE);
  unit_variable(c, name, expr_context_Store);
  unit_variable(c, name, expr_context_Del);
}

static void below_value(struct compiler *c, bool keeps_value) {
  if (keeps_value)
    unit_emit(c, OP_SWAP, 2);
}

static void unwind_finally(struct compiler *c, const struct frame_block *b, bool keeps_value) {
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  if (keeps_value && !blocks_push(c, (struct frame_block){.kind = FRAME_POP_VALUE}))
    return;
  statements_compile(c, b->finally);
  if (keeps_value)
    blocks_pop(c);
  unit_nowhere(c);
}

static void unwind_with(struct compiler *c, const struct frame_block *b, bool keeps_value) {
  unit_at(c, b->with);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  below_value(c, keeps_value);
  call_exit(c);
  if (b->kind == FRAME_ASYNC_WITH)
    await_result(c, 2);
  unit_emit(c, OP_POP_TOP, 0);
  unit_nowhere(c);
}

void blocks_unwind_one(struct compiler *c, const struct frame_block *b, bool keeps_value) {
  switch (b->kind) {
  case FRAME_WHILE:
  case FRAME_EXCEPTION_HANDLER:
  case FRAME_EXCEPTION_GROUP_HANDLER:
  case FRAME_ASYNC_COMPREHENSION:
    return;
  case FRAME_FOR:
  case FRAME_POP_VALUE:
    below_value(c, keeps_value);
    return unit_emit(c, OP_POP_TOP, 0);
  case FRAME_TRY_EXCEPT:
    return unit_emit(c, PSEUDO_POP_BLOCK, 0);
  case FRAME_FINALLY_TRY:
    return unwind_finally(c, b, keeps_value);
  case FRAME_FINALLY_END:
    below_value(c, keeps_value);
    unit_emit(c, OP_POP_TOP, 0);
    below_value(c, keeps_value);
    unit_emit(c, PSEUDO_POP_BLOCK, 0);
    return unit_emit(c, OP_POP_EXCEPT, 0);
  case FRAME_WITH:
  case FRAME_ASYNC_WITH:
    return unwind_with(c, b, keeps_value);
  case FRAME_HANDLER_CLEANUP:
    if (b->name)
      unit_emit(c, PSEUDO_POP_BLOCK, 0);
    below_value(c, keeps_value);
    unit_emit(c, PSEUDO_POP_BLOCK, 0);
    unit_emit(c, OP_POP_EXCEPT, 0);
    if (b->name)
      unbind(c, b->name);
    return;
  }
}

struct frame_block *blocks_unwind(struct compiler *c, bool keeps_value, bool to_loop) {
  struct unit *u = c->unit;
  if (u->blocks_n == 0 || c->failed)
    return NULL;
  struct frame_block *top = &u->blocks[u->blocks_n - 1];
  if (top->kind == FRAME_EXCEPTION_GROUP_HANDLER) {
    unit_error(c, "'break', 'continue' and 'return' cannot appear in an except* block");
    return NULL;
  }
  if (to_loop && (top->kind == FRAME_WHILE || top->kind == FRAME_FOR))
    return top;
  struct frame_block copy = *top;
  u->blocks_n--;
  blocks_unwind_one(c, &copy, keeps_value);
  struct frame_block *loop = blocks_unwind(c, keeps_value, to_loop);
  if (!c->failed)
    u->blocks[u->blocks_n++] = copy;
  return loop;
}

/* ---- try ---- */

static void raise_again(struct compiler *c) {
  unit_emit(c, OP_COPY, 3);
  unit_emit(c, OP_POP_EXCEPT, 0);
  unit_emit(c, OP_RERAISE, 1);
}

/* except TYPE as NAME: name is unbound at the end, whatever happens in the body. */
static void compile_named_handler(struct compiler *c, const struct node *n, struct block *end) {
  struct object *name = n->ExceptHandler.name;
  struct block *cleanup_end = unit_block(c), *cleanup_body = unit_block(c);
  unit_variable(c, name, expr_context_Store);
  unit_jump(c, PSEUDO_SETUP_CLEANUP, cleanup_end);
  unit_continue(c, cleanup_body);
  if (!blocks_push(c, (struct frame_block){
                          .kind = FRAME_HANDLER_CLEANUP, .start = cleanup_body, .name = name}))
    return;
  statements_compile(c, &n->ExceptHandler.body);
  blocks_pop(c);
  unit_nowhere(c);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  unit_emit(c, OP_POP_EXCEPT, 0);
  unbind(c, name);
  unit_jump(c, PSEUDO_JUMP, end);
  unit_continue(c, cleanup_end);
  unit_nowhere(c);
  unbind(c, name);
  unit_emit(c, OP_RERAISE, 1);
}

static void compile_plain_handler(struct compiler *c, const struct node *n, struct block *end) {
  struct block *cleanup_body = unit_block(c);
  unit_emit(c, OP_POP_TOP, 0);
  unit_continue(c, cleanup_body);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_HANDLER_CLEANUP, .start = cleanup_body}))
    return;
  statements_compile(c, &n->ExceptHandler.body);
  blocks_pop(c);
  unit_nowhere(c);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  unit_emit(c, OP_POP_EXCEPT, 0);
  unit_jump(c, PSEUDO_JUMP, end);
}

static void compile_try_except(struct compiler *c, const struct node *n) {
  struct block *body = unit_block(c), *except = unit_block(c), *end = unit_block(c),
               *cleanup = unit_block(c);
  unit_jump(c, PSEUDO_SETUP_FINALLY, except);
  unit_continue(c, body);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_TRY_EXCEPT, .start = body}))
    return;
  statements_compile(c, &n->Try.body);
  blocks_pop(c);
  unit_emit_nowhere(c, PSEUDO_POP_BLOCK, 0);
  statements_compile(c, &n->Try.orelse);
  unit_jump_nowhere(c, PSEUDO_JUMP, end);
  unit_continue(c, except);
  unit_nowhere(c);
  unit_jump(c, PSEUDO_SETUP_CLEANUP, cleanup);
  unit_emit(c, OP_PUSH_EXC_INFO, 0);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_EXCEPTION_HANDLER}))
    return;
  for (uint32_t i = 0; i < n->Try.handlers.n && !c->failed; i++) {
    const struct node *handler = n->Try.handlers.items[i];
    unit_at(c, handler);
    if (!handler->ExceptHandler.type && i + 1 < n->Try.handlers.n) {
      unit_error(c, "default 'except:' must be last");
      return;
    }
    except = unit_block(c);
    if (handler->ExceptHandler.type) {
      expressions_compile(c, handler->ExceptHandler.type);
      unit_emit(c, OP_CHECK_EXC_MATCH, 0);
      unit_jump(c, PSEUDO_POP_JUMP_IF_FALSE, except);
    }
    if (handler->ExceptHandler.name)
      compile_named_handler(c, handler, end);
    else
      compile_plain_handler(c, handler, end);
    unit_continue(c, except);
  }
  unit_nowhere(c);
  blocks_pop(c);
  unit_emit(c, OP_RERAISE, 0);
  unit_continue(c, cleanup);
  raise_again(c);
  unit_continue(c, end);
}

static void compile_try_star_except(struct compiler *c, const struct node *n);

/* The finally clause stands twice: at the end of the body, and as a handler. Try and TryStar have
 * the same fields. */
static void compile_try_finally(struct compiler *c, const struct node *n) {
  struct block *body = unit_block(c), *end = unit_block(c), *exit = unit_block(c),
               *cleanup = unit_block(c);
  unit_jump(c, PSEUDO_SETUP_FINALLY, end);
  unit_continue(c, body);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_FINALLY_TRY,
                                           .start = body,
                                           .exit = end,
                                           .finally = &n->Try.finalbody}))
    return;
  if (!n->Try.handlers.n)
    statements_compile(c, &n->Try.body);
  else if (n->kind == NODE_TryStar)
    compile_try_star_except(c, n);
  else
    compile_try_except(c, n);
  unit_emit_nowhere(c, PSEUDO_POP_BLOCK, 0);
  blocks_pop(c);
  statements_compile(c, &n->Try.finalbody);
  unit_jump_nowhere(c, PSEUDO_JUMP, exit);
  unit_continue(c, end);
  unit_nowhere(c);
  unit_jump(c, PSEUDO_SETUP_CLEANUP, cleanup);
  unit_emit(c, OP_PUSH_EXC_INFO, 0);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_FINALLY_END, .start = end}))
    return;
  statements_compile(c, &n->Try.finalbody);
  blocks_pop(c);
  unit_emit(c, OP_RERAISE, 0);
  unit_continue(c, cleanup);
  raise_again(c);
  unit_continue(c, exit);
}

void blocks_compile_try(struct compiler *c, const struct node *n) {
  if (n->Try.finalbody.n)
    compile_try_finally(c, n);
  else
    compile_try_except(c, n);
}

/* ---- except* ---- */

/* The body of one handler. On the stack: the group, exceptions raised so far, what is left of the
 * group, what matched. */
static void compile_star_handler(struct compiler *c, const struct node *n, struct block *except) {
  struct object *name = n->ExceptHandler.name;
  struct block *cleanup_end = unit_block(c), *cleanup_body = unit_block(c);
  if (name)
    unit_variable(c, name, expr_context_Store);
  else
    unit_emit(c, OP_POP_TOP, 0);
  unit_jump(c, PSEUDO_SETUP_CLEANUP, cleanup_end);
  unit_continue(c, cleanup_body);
  if (!blocks_push(c, (struct frame_block){
                          .kind = FRAME_HANDLER_CLEANUP, .start = cleanup_body, .name = name}))
    return;
  statements_compile(c, &n->ExceptHandler.body);
  blocks_pop(c);
  unit_nowhere(c);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  if (name)
    unbind(c, name);
  unit_jump(c, PSEUDO_JUMP, except);
  unit_continue(c, cleanup_end);
  unit_nowhere(c);
  if (name)
    unbind(c, name);
  unit_emit(c, OP_LIST_APPEND, 3);
  unit_emit(c, OP_POP_TOP, 0);
  unit_jump(c, PSEUDO_JUMP, except);
}

static void compile_star_handlers(struct compiler *c, const struct tree_nodes *handlers,
                                  struct block *reraise_star) {
  for (uint32_t i = 0; i < handlers->n && !c->failed; i++) {
    const struct node *handler = handlers->items[i];
    unit_at(c, handler);
    struct block *except = unit_block(c), *match = unit_block(c);
    if (i == 0) {
      unit_emit(c, OP_COPY, 1);
      unit_emit(c, OP_BUILD_LIST, 0);
      unit_emit(c, OP_SWAP, 2);
    }
    if (handler->ExceptHandler.type) {
      expressions_compile(c, handler->ExceptHandler.type);
      unit_emit(c, OP_CHECK_EG_MATCH, 0);
      unit_emit(c, OP_COPY, 1);
      unit_jump(c, PSEUDO_POP_JUMP_IF_NOT_NONE, match);
      unit_emit(c, OP_POP_TOP, 0);
      unit_jump(c, PSEUDO_JUMP, except);
    }
    unit_continue(c, match);
    compile_star_handler(c, handler, except);
    unit_continue(c, except);
    if (i + 1 == handlers->n) {
      unit_emit(c, OP_LIST_APPEND, 1);
      unit_jump(c, PSEUDO_JUMP, reraise_star);
    }
  }
}

static void compile_try_star_except(struct compiler *c, const struct node *n) {
  struct block *body = unit_block(c), *except = unit_block(c), *orelse = unit_block(c),
               *end = unit_block(c), *cleanup = unit_block(c), *reraise_star = unit_block(c);
  unit_jump(c, PSEUDO_SETUP_FINALLY, except);
  unit_continue(c, body);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_TRY_EXCEPT, .start = body}))
    return;
  statements_compile(c, &n->TryStar.body);
  blocks_pop(c);
  unit_emit_nowhere(c, PSEUDO_POP_BLOCK, 0);
  unit_jump_nowhere(c, PSEUDO_JUMP, orelse);
  unit_continue(c, except);
  unit_nowhere(c);
  unit_jump(c, PSEUDO_SETUP_CLEANUP, cleanup);
  unit_emit(c, OP_PUSH_EXC_INFO, 0);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_EXCEPTION_GROUP_HANDLER}))
    return;
  compile_star_handlers(c, &n->TryStar.handlers, reraise_star);
  unit_nowhere(c);
  blocks_pop(c);
  struct block *reraise = unit_block(c);
  unit_continue(c, reraise_star);
  unit_emit(c, OP_PREP_RERAISE_STAR, 0);
  unit_emit(c, OP_COPY, 1);
  unit_jump(c, PSEUDO_POP_JUMP_IF_NOT_NONE, reraise);
  unit_emit(c, OP_POP_TOP, 0);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  unit_emit(c, OP_POP_EXCEPT, 0);
  unit_jump(c, PSEUDO_JUMP, end);
  unit_continue(c, reraise);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  unit_emit(c, OP_SWAP, 2);
  unit_emit(c, OP_POP_EXCEPT, 0);
  unit_emit(c, OP_RERAISE, 0);
  unit_continue(c, cleanup);
  raise_again(c);
  unit_continue(c, orelse);
  statements_compile(c, &n->TryStar.orelse);
  unit_continue(c, end);
}

void blocks_compile_try_star(struct compiler *c, const struct node *n) {
  if (n->TryStar.finalbody.n)
    compile_try_finally(c, n);
  else
    compile_try_star_except(c, n);
}

/* ---- with ---- */

/* Behind the call of __exit__ with the exception: its result decides. */
static void finish_with(struct compiler *c, struct block *cleanup) {
  struct block *suppress = unit_block(c);
  unit_jump(c, PSEUDO_POP_JUMP_IF_TRUE, suppress);
  unit_emit(c, OP_RERAISE, 2);
  unit_continue(c, cleanup);
  unit_nowhere(c);
  raise_again(c);
  unit_continue(c, suppress);
  unit_emit(c, OP_POP_TOP, 0);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  unit_emit(c, OP_POP_EXCEPT, 0);
  unit_emit(c, OP_POP_TOP, 0);
  unit_emit(c, OP_POP_TOP, 0);
}

/* One item, the others inside it. With and AsyncWith have the same fields. */
static void compile_with_from(struct compiler *c, const struct node *n, uint32_t at) {
  bool is_async = n->kind == NODE_AsyncWith;
  const struct node *item = n->With.items.items[at];
  struct block *block = unit_block(c), *final = unit_block(c), *exit = unit_block(c),
               *cleanup = unit_block(c);
  expressions_compile(c, item->withitem.context_expr);
  unit_emit(c, is_async ? OP_BEFORE_ASYNC_WITH : OP_BEFORE_WITH, 0);
  if (is_async)
    await_result(c, 1);
  unit_jump(c, PSEUDO_SETUP_WITH, final);
  unit_continue(c, block);
  if (!blocks_push(c, (struct frame_block){.kind = is_async ? FRAME_ASYNC_WITH : FRAME_WITH,
                                           .start = block,
                                           .exit = final,
                                           .with = n}))
    return;
  if (item->withitem.optional_vars)
    expressions_compile(c, item->withitem.optional_vars);
  else
    unit_emit(c, OP_POP_TOP, 0);
  if (at + 1 == n->With.items.n)
    statements_compile(c, &n->With.body);
  else
    compile_with_from(c, n, at + 1);
  blocks_pop(c);
  if (!is_async)
    unit_nowhere(c);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  unit_at(c, n);
  call_exit(c);
  if (is_async)
    await_result(c, 2);
  unit_emit(c, OP_POP_TOP, 0);
  unit_jump(c, PSEUDO_JUMP, exit);
  unit_continue(c, final);
  unit_jump(c, PSEUDO_SETUP_CLEANUP, cleanup);
  unit_emit(c, OP_PUSH_EXC_INFO, 0);
  unit_emit(c, OP_WITH_EXCEPT_START, 0);
  if (is_async)
    await_result(c, 2);
  finish_with(c, cleanup);
  unit_continue(c, exit);
}

void blocks_compile_with(struct compiler *c, const struct node *n) {
  if (n->kind == NODE_AsyncWith) {
    if (unit_awaits_at_top(c))
      c->unit->scope->is_coroutine = true;
    else if (c->unit->kind != UNIT_ASYNC_FUNCTION) {
      unit_error(c, "'async with' outside async function");
      return;
    }
  }
  compile_with_from(c, n, 0);
}
