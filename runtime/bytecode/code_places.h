/* Places in the source of a code object, as Python asks for them. */
#pragma once
#include "runtime/object/type.h"

struct object *code_lines(struct object *code);     /* co_lines(): an iterator */
struct object *code_positions(struct object *code); /* co_positions(): an iterator */
struct object *code_lnotab(struct object *code);    /* co_lnotab: bytes, the format before 3.10 */
extern struct type line_iterator_type, positions_iterator_type;
