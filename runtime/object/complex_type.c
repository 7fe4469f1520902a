/* complex as Python sees it: arithmetic, its constructor and methods. */
#include "runtime/object/attribute.h"
#include "runtime/object/complex.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/float_text.h"
#include "runtime/object/format_spec.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/number_text.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/warning.h"
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

typedef struct complex_number number;

static number value_of(const struct object *o) {
  const struct complex_object *c = (const struct complex_object *)o;
  return (number){c->real, c->imag};
}
static struct object *from(number c) { return complex_from(c.real, c.imag); }

/* ---- Arithmetic ---- */

static number product(number a, number b) {
  return (number){a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real};
}

bool complex_divide(number a, number b, number *result) {
  double real = fabs(b.real), imag = fabs(b.imag);
  *result = (number){0, 0};
  if (real >= imag) {
    if (real == 0)
      return false;
    double ratio = b.imag / b.real, divisor = b.real + b.imag * ratio;
    *result = (number){(a.real + a.imag * ratio) / divisor, (a.imag - a.real * ratio) / divisor};
  } else if (imag >= real) {
    double ratio = b.real / b.imag, divisor = b.real * ratio + b.imag;
    *result = (number){(a.real * ratio + a.imag) / divisor, (a.imag * ratio - a.real) / divisor};
  } else
    *result = (number){NAN, NAN};
  return true;
}

static number power_of_whole(number x, unsigned n) {
  number result = {1, 0};
  for (; n; n >>= 1) {
    if (n & 1)
      result = product(result, x);
    x = product(x, x);
  }
  return result;
}

/* False: 0 to a negative or complex power. */
static bool power_of_any(number a, number b, number *result) {
  *result = (number){b.real == 0 && b.imag == 0, 0};
  if (result->real == 1)
    return true;
  if (a.real == 0 && a.imag == 0)
    return b.imag == 0 && b.real >= 0;
  double absolute = hypot(a.real, a.imag), length = pow(absolute, b.real);
  double angle = atan2(a.imag, a.real), phase = angle * b.real;
  if (b.imag != 0) {
    length /= exp(angle * b.imag);
    phase += b.imag * log(absolute);
  }
  *result = (number){length * cos(phase), length * sin(phase)};
  return true;
}

static struct object *power_of(number a, number b) {
  number result;
  bool defined;
  errno = 0;
  if (b.imag == 0 && b.real == floor(b.real) && fabs(b.real) <= 100) {
    result = power_of_whole(a, (unsigned)fabs(b.real));
    defined = b.real > 0 || complex_divide((number){1, 0}, result, &result);
  } else
    defined = power_of_any(a, b, &result);
  /* The C library says of infinite angles that they are out of the domain, which is told alike. */
  if (!defined || errno == EDOM)
    return error_format(ERROR_ZERO_DIVISION, "0.0 to a negative or complex power");
  if (isinf(result.real) || isinf(result.imag))
    return error_format(ERROR_OVERFLOW, "complex exponentiation");
  return from(result);
}
struct object *complex_power(double a, double b, double c, double d) {
  return power_of((number){a, b}, (number){c, d});
}

/* ---- Slots ---- */

/* 1, 0 when it is no number of these, -1: an int too large. */
static int operand(struct object *o, number *c) {
  if (is_any_complex(o))
    return *c = value_of(o), 1;
  c->imag = 0;
  if (is_any_float(o))
    return c->real = float_value(o), 1;
  if (!is_any_int(o))
    return 0;
  return int_to_double(o, &c->real) < 0 ? -1 : 1;
}
#define OPERANDS(a, b, x, y)                                                                       \
  number x, y;                                                                                     \
  int known = operand(a, &x);                                                                      \
  if (known > 0)                                                                                   \
    known = operand(b, &y);                                                                        \
  if (known <= 0)                                                                                  \
  return known ? NULL : hold(NOT_IMPLEMENTED)

static struct object *add(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  return complex_from(x.real + y.real, x.imag + y.imag);
}
static struct object *subtract(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  return complex_from(x.real - y.real, x.imag - y.imag);
}
static struct object *multiply(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  return from(product(x, y));
}
static struct object *true_divide(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  number result;
  if (!complex_divide(x, y, &result))
    return error_format(ERROR_ZERO_DIVISION, "complex division by zero");
  return from(result);
}
static struct object *power(struct object *a, struct object *b, struct object *modulus) {
  OPERANDS(a, b, x, y);
  if (modulus != NONE)
    return error_format(ERROR_VALUE, "complex modulo");
  return power_of(x, y);
}
static struct object *negative(struct object *o) {
  number c = value_of(o);
  return complex_from(-c.real, -c.imag);
}
static struct object *positive(struct object *o) {
  return is_complex(o) ? hold(o) : from(value_of(o));
}
static struct object *absolute(struct object *o) {
  number c = value_of(o);
  double result = hypot(c.real, c.imag);
  if (isinf(result) && isfinite(c.real) && isfinite(c.imag))
    return error_format(ERROR_OVERFLOW, "absolute value too large");
  return float_from(result);
}
static int truth(struct object *o) {
  number c = value_of(o);
  return c.real != 0 || c.imag != 0;
}
static struct object *compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if ((op != COMPARE_EQ && op != COMPARE_NE) ||
      !(is_any_complex(b) || is_any_float(b) || is_any_int(b)))
    return hold(NOT_IMPLEMENTED);
  return hold(bool_from(complex_equal(a, b) == (op == COMPARE_EQ)));
}

/* ---- From text ---- */

/* real, imaginary, or both: what stands between optional parentheses. */
static bool read_number(const char *p, const char *end, number *c) {
  double first;
  *c = (number){0, 0};
  const char *behind = float_read(p, &first);
  if (behind != p) {
    p = behind;
    if (*p == '+' || *p == '-') {
      c->real = first;
      behind = float_read(p, &c->imag);
      if (behind == p) { /* a sign alone */
        c->imag = *p == '-' ? -1 : 1;
        behind++;
      }
      p = behind;
      if ((*p | 0x20) != 'j')
        return false;
      p++;
    } else if ((*p | 0x20) == 'j') {
      c->imag = first;
      p++;
    } else
      c->real = first;
  } else {
    c->imag = *p == '-' ? -1 : 1;
    if (*p == '+' || *p == '-')
      p++;
    if ((*p | 0x20) != 'j')
      return false;
    p++;
  }
  return p == end;
}

static bool is_space(char c) { return c == ' ' || (c >= 9 && c <= 13); }

static struct object *from_text(struct object *text) {
  struct number_text t;
  if (number_text_open(&t, text) < 0)
    return NULL;
  number c = {0, 0};
  if (!number_text_drop_underscores(&t)) {
    number_text_close(&t);
    return error_format(ERROR_VALUE, "could not convert string to complex: %R", text);
  }
  bool valid = t.n && strlen(t.text) == t.n;
  if (valid) {
    char *p = (char *)(uintptr_t)t.text, *end = p + t.n;
    if (*p == '(') {
      valid = end[-1] == ')';
      p++, end--;
      while (is_space(*p))
        p++;
      while (end > p && is_space(end[-1]))
        end--;
      *end = 0;
    }
    valid = valid && read_number(p, end, &c);
  }
  number_text_close(&t);
  return valid ? from(c) : error_format(ERROR_VALUE, "complex() arg is a malformed string");
}

/* ---- The constructor ---- */

/* o.__complex__(), or NULL without an error when there is none. */
static struct object *by_special_method(struct object *o) {
  if (is_complex(o))
    return hold(o);
  struct object *args[] = {o}, *result = call_special(NAME(complex), args, 1);
  if (!result || is_complex(result))
    return result;
  if (!is_any_complex(result))
    error_format(ERROR_TYPE, "__complex__ returned non-complex (type %N)", result);
  else if (warning_format(ERROR_DEPRECATION_WARNING, 1,
                          "__complex__ returned non-complex (type %N).  The ability to return an "
                          "instance of a strict subclass of complex is deprecated, and may be "
                          "removed in a future version of Python.",
                          result) == 0)
    return result;
  drop(result);
  return NULL;
}

static bool is_real_or_complex(const struct object *o) {
  const struct type_number *n = &type_of(o)->number;
  return n->to_float || n->index || is_any_complex(o);
}

/* A number as a complex one; *was_complex tells whether it had an imaginary part of its own. */
static int read(struct object *o, number *c, bool *was_complex, const char *message) {
  *was_complex = false;
  struct object *own = message ? NULL : by_special_method(o);
  if (!own && error_pending() != ERROR_NONE)
    return -1;
  if (own || is_any_complex(o)) {
    *c = value_of(own ? own : o);
    *was_complex = true;
    drop_null(own);
    return 0;
  }
  c->imag = 0;
  return number_to_double(o, &c->real);
}

int number_to_complex(struct object *o, number *c) {
  bool was_complex;
  return read(o, c, &was_complex, NULL);
}

static struct object *exact_new(struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"real", "imag"};
  static const struct args_spec spec = {"complex", names, 2, 0, 2, 0};
  struct object *values[2];
  if (args_parse(&spec, args, n, kwnames, values) < 0)
    return NULL;
  struct object *r = values[0], *i = values[1];
  if (r && is_complex(r) && !i)
    return hold(r);
  if (r && is_any_str(r))
    return i ? error_format(ERROR_TYPE, "complex() can't take second arg if first is a string")
             : from_text(r);
  if (i && is_any_str(i))
    return error_format(ERROR_TYPE, "complex() second arg can't be a string");
  struct object *own = r ? by_special_method(r) : NULL;
  if (!own && error_pending() != ERROR_NONE)
    return NULL;
  if (r && !own && !is_real_or_complex(r))
    return error_format(ERROR_TYPE,
                        "complex() first argument must be a string or a number, not '%N'", r);
  if (i && !is_real_or_complex(i)) {
    drop_null(own);
    return error_format(ERROR_TYPE, "complex() second argument must be a number, not '%N'", i);
  }
  number real = {0, 0}, imag = {0, 0};
  bool real_is_complex = false, imag_is_complex = false;
  int status = r ? read(own ? own : r, &real, &real_is_complex, "") : 0;
  drop_null(own);
  if (status == 0 && i)
    status = read(i, &imag, &imag_is_complex, "");
  if (status < 0)
    return NULL;
  if (imag_is_complex)
    real.real -= imag.imag;
  if (!i)
    imag.real = real.imag;
  else if (real_is_complex)
    imag.real += real.imag;
  return complex_from(real.real, imag.real);
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct object *value = exact_new(args, n, kwnames);
  if (!value || t == &complex_type)
    return value;
  struct complex_object *o =
      (struct complex_object *)type_allocate(t, sizeof(struct complex_object));
  if (o) {
    o->real = value_of(value).real;
    o->imag = value_of(value).imag;
    if (t->shape.flags & GC_CONTAINER)
      gc_track(&o->head);
  }
  drop(value);
  return o ? &o->head : NULL;
}

/* ---- Methods ---- */

static struct object *conjugate(struct object *o) {
  number c = value_of(o);
  return complex_from(c.real, -c.imag);
}
static struct object *getnewargs(struct object *o) {
  number c = value_of(o);
  struct object *real = float_from(c.real), *imag = real ? float_from(c.imag) : NULL;
  struct object *result = imag ? tuple_pack(2, real, imag) : NULL;
  drop_null(real);
  drop_null(imag);
  return result;
}
static struct object *format(struct object *o, struct object *spec) {
  if (!is_any_str(spec))
    return args_wrong_type("__format__", "argument", "str", spec);
  return format_complex(o, spec);
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("conjugate", conjugate,
                   "($self, /)\n--\n\nThe number with its imaginary part negated."),
    METHOD_NOARGS_("__complex__", positive, "($self, /)\n--\n\nThe value as an exact complex."),
    METHOD_NOARGS_("__getnewargs__", getnewargs, "($self, /)\n--\n\n"),
    METHOD_ONE_("__format__", format,
                "($self, format_spec, /)\n--\n\nConvert to a string by format_spec."),
    {NULL}};
static const struct member_def members[] = {
    {"real", MEMBER_DOUBLE, MEMBER_READONLY, offsetof(struct complex_object, real),
     "the real part of a complex number"},
    {"imag", MEMBER_DOUBLE, MEMBER_READONLY, offsetof(struct complex_object, imag),
     "the imaginary part of a complex number"},
    {NULL}};

struct type complex_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct complex_object)},
    .name = "complex",
    .flags = TYPE_BASE | TYPE_IS_COMPLEX,
    .destroy = complex_destroy,
    .equal = complex_equal,
    .hash = complex_hash,
    .new_ = new_slot,
    .repr = complex_repr,
    .compare = compare_slot,
    .number = {.add = add,
               .subtract = subtract,
               .multiply = multiply,
               .power = power,
               .negative = negative,
               .positive = positive,
               .absolute = absolute,
               .truth = truth,
               .true_divide = true_divide},
    .methods = methods,
    .members = members,
    .doc = "(real=0, imag=0)\n--\n\nA complex number from a real part and an imaginary part, or "
           "from a string.",
    .base = &object_type,
};
