/* Bodies of instructions that are long or rare. Each borrows its operands, returns a reference the
 * caller owns (or 0), and NULL (-1) with an error pending. `sp` is the end of the operands. */
#pragma once
#include "runtime/vm/frame.h"

void operation_unbound(struct frame *f, uint32_t variable);
void operation_unbound_cell(struct frame *f, uint32_t variable);
struct object *operation_load_classderef(struct frame *f, uint32_t variable);
struct object *operation_load_name(struct frame *f, struct object *name);
int operation_store_name(struct frame *f, struct object *name, struct object *value);
int operation_delete_name(struct frame *f, struct object *name);
struct object *operation_load_global(struct frame *f, struct object *name);
int operation_delete_global(struct frame *f, struct object *name);

/* The operator of the instruction that f stands behind, in any of its forms. */
struct object *operation_binary(struct frame *f, struct object *a, struct object *b);

/* *args is replaced by a tuple if it is none. */
struct object *operation_call_ex(struct object *callable, struct object **args,
                                 struct object *kwargs);
/* f(**kwargs) of a function in Python: the dict at *kwargs gives way to a tuple of its names, and
 * its values, held, are put at `values`. False: nothing was done, since a name is no str (the
 * general call says so) or, with an error, memory is exhausted. */
bool operation_spread_names(struct object **kwargs, struct object **values);
/* The code object is at sp[-1]; *taken says how many operands below it went into the function. */
struct object *operation_make_function(struct frame *f, struct object **sp, uint32_t flags,
                                       uint32_t *taken);

/* 1: yielded *result, 0: ended with it. */
int operation_send(struct object *receiver, struct object *value, struct object **result);
struct object *operation_yield_from_iter(struct frame *f, struct object *o);
struct object *operation_get_awaitable(struct object *o, uint32_t where);
struct object *operation_get_aiter(struct object *o);
struct object *operation_get_anext(struct object *o);

int operation_exception_match(struct object *exception, struct object *classes);
int operation_group_match(struct object **sp);
struct object *operation_prepare_reraise(struct object *original, struct object *list);
/* True: the handled exception is raised again as it is. */
bool operation_raise(struct object *exception, struct object *cause);
/* sp[-1] becomes __exit__, sp[0] the result of __enter__. */
int operation_before_with(struct object **sp, bool is_async);
struct object *operation_with_except(struct object *leave, struct object *exception);

struct object *operation_build_set(struct object **items, uint32_t n);
struct object *operation_build_map(struct object **pairs, uint32_t n);
struct object *operation_build_const_map(struct object **values, struct object *keys);
struct object *operation_build_string(struct object **parts, uint32_t n);
int operation_list_extend(struct object *list, struct object *iterable);
/* The items of a list and of a tuple behind them, as a tuple. */
struct object *operation_join_to_tuple(struct object *list, struct object *tuple);
int operation_set_update(struct object *set, struct object *iterable);
int operation_dict_update(struct object *dict, struct object *other);
int operation_dict_merge(struct object *dict, struct object *other, struct object *callable);
/* sp[-1] is replaced by the items, first on top; after >= 0: with a starred target. */
int operation_unpack(struct object **sp, struct object *whole, uint32_t before, int after);
struct object *operation_format(struct object *o, struct object *spec, uint32_t conversion);

struct object *operation_match_keys(struct object *o, struct object *keys);
struct object *operation_match_class(struct object *o, struct object *cls, struct object *names,
                                     uint32_t positional);

struct object *operation_load_build_class(struct frame *f);
int operation_setup_annotations(struct frame *f);
struct object *operation_import_name(struct frame *f, struct object *name, struct object *from,
                                     struct object *level);
struct object *operation_import_from(struct object *module, struct object *name);
int operation_import_star(struct frame *f, struct object *module);
