/* The module `_opcode`: stack effects of instructions. */
#include "runtime/bytecode/opcode.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"

static bool fits(int64_t value) {
  if (value == (int32_t)value)
    return true;
  error_set(ERROR_OVERFLOW, "Python int too large to convert to C int");
  return false;
}

static struct object *stack_effect(struct object *self, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  static const char *const names[] = {"", "", "jump"};
  static const struct args_spec spec = {"stack_effect", names, 3, 2, 2, 1};
  struct object *v[3];
  int64_t opcode, argument = 0;
  if (args_parse(&spec, args, n, kwnames, v) < 0 ||
      number_to_i64(v[0], &opcode, ERROR_OVERFLOW) < 0 || !fits(opcode))
    return NULL;
  bool has_argument = v[1] && v[1] != NONE;
  if (opcode >= OPCODE_HAVE_ARGUMENT) {
    if (!has_argument)
      return error_format(ERROR_VALUE,
                          "stack_effect: opcode requires oparg but oparg was not specified");
    if (number_to_i64(v[1], &argument, ERROR_OVERFLOW) < 0 || !fits(argument))
      return NULL;
  } else if (has_argument)
    return error_format(ERROR_VALUE,
                        "stack_effect: opcode does not permit oparg but oparg was specified");
  struct object *jump = v[2] ? v[2] : NONE;
  if (jump != NONE && jump != TRUE_ && jump != FALSE_)
    return error_format(ERROR_VALUE, "stack_effect: jump must be False, True or None");
  if (opcode < 0 || opcode > UINT8_MAX || !opcode_facts[opcode].name)
    return error_format(ERROR_VALUE, "invalid opcode or oparg");
  int stays = opcode_stack_effect((uint8_t)opcode, (uint32_t)argument, false);
  int jumps = opcode_stack_effect((uint8_t)opcode, (uint32_t)argument, true);
  return int_from_i64(jump == TRUE_ ? jumps : jump == FALSE_ || stays > jumps ? stays : jumps);
}

/* CPython gathers them in special builds only. */
static struct object *statistics(struct object *self) { return hold(NONE); }

static const struct method_def methods[] = {
    METHOD_KEYWORDS_("stack_effect", stack_effect,
                     "stack_effect($module, opcode, oparg=None, /, *, jump=None)\n--\n\n"
                     "Compute the stack effect of the opcode."),
    METHOD_NOARGS_("get_specialization_stats", statistics,
                   "get_specialization_stats($module, /)\n--\n\nReturn the specialization stats"),
    {NULL}};

int module__opcode_fill(struct object *module) {
  if (module_add_functions(module, methods) < 0)
    return -1;
  return module_add_text(module, "__doc__", "Opcode support module.");
}
