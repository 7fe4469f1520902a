/* What sys says about the language, the machine and the start of the program. */
#include "runtime/modules/sys_facts.h"
#include "runtime/modules/sys.h"
#include "runtime/modules/sys_library.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/object/tuple.h"
#include <float.h>
#include <stdlib.h>
#include <string.h>

struct sys_start sys_start = {.int_max_str_digits = -1, .utf8_mode = -1};

const char *sys_environment(const char *name) {
  const char *value = sys_start.ignore_environment ? NULL : getenv(name);
  return value && *value ? value : NULL;
}

enum { MAJOR = 3, MINOR = 11, MICRO = 2, HEXVERSION = 0x030b02f0, API_VERSION = 1013 };

static struct struct_sequence_type version_info_type = STRUCT_SEQUENCE_TYPE,
                                   flags_type = STRUCT_SEQUENCE_TYPE,
                                   float_info_type = STRUCT_SEQUENCE_TYPE,
                                   int_info_type = STRUCT_SEQUENCE_TYPE,
                                   hash_info_type = STRUCT_SEQUENCE_TYPE,
                                   thread_info_type = STRUCT_SEQUENCE_TYPE;

static const struct struct_sequence_field version_fields[] = {
    {"major", "Major release number"},
    {"minor", "Minor release number"},
    {"micro", "Patch release number"},
    {"releaselevel", "'alpha', 'beta', 'candidate', or 'final'"},
    {"serial", "Serial release number"},
    {NULL, NULL}};
static const struct struct_sequence_def version_def = {
    .name = "sys.version_info",
    .doc = "sys.version_info\n\nVersion information as a named tuple.",
    .fields = version_fields,
    .sequence_n = 5,
    .is_closed = true};

static const struct struct_sequence_field flag_fields[] = {
    {"debug", "-d"},
    {"inspect", "-i"},
    {"interactive", "-i"},
    {"optimize", "-O or -OO"},
    {"dont_write_bytecode", "-B"},
    {"no_user_site", "-s"},
    {"no_site", "-S"},
    {"ignore_environment", "-E"},
    {"verbose", "-v"},
    {"bytes_warning", "-b"},
    {"quiet", "-q"},
    {"hash_randomization", "-R"},
    {"isolated", "-I"},
    {"dev_mode", "-X dev"},
    {"utf8_mode", "-X utf8"},
    {"warn_default_encoding", "-X warn_default_encoding"},
    {"safe_path", "-P"},
    {"int_max_str_digits", "-X int_max_str_digits"},
    {NULL, NULL}};
static const struct struct_sequence_def flags_def = {
    .name = "sys.flags",
    .doc = "sys.flags\n\nFlags provided through command line arguments or environment vars.",
    .fields = flag_fields,
    .sequence_n = 18,
    .is_closed = true};

static const struct struct_sequence_field float_fields[] = {
    {"max", "DBL_MAX -- maximum representable finite float"},
    {"max_exp", "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable"},
    {"max_10_exp", "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable"},
    {"min", "DBL_MIN -- Minimum positive normalized float"},
    {"min_exp", "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float"},
    {"min_10_exp", "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float"},
    {"dig", "DBL_DIG -- maximum number of decimal digits that can be represented"},
    {"mant_dig", "DBL_MANT_DIG -- mantissa digits"},
    {"epsilon", "DBL_EPSILON -- Difference between 1 and the next representable float"},
    {"radix", "FLT_RADIX -- radix of exponent"},
    {"rounds", "FLT_ROUNDS -- rounding mode used for arithmetic operations"},
    {NULL, NULL}};
static const struct struct_sequence_def float_def = {
    .name = "sys.float_info",
    .doc = "sys.float_info\n\nLow level information about the float type.",
    .fields = float_fields,
    .sequence_n = 11};

static const struct struct_sequence_field int_fields[] = {
    {"bits_per_digit", "size of a digit in bits"},
    {"sizeof_digit", "size in bytes of the C type used to represent a digit"},
    {"default_max_str_digits", "maximum string conversion digits limitation"},
    {"str_digits_check_threshold", "minimum positive value for int_max_str_digits"},
    {NULL, NULL}};
static const struct struct_sequence_def int_def = {
    .name = "sys.int_info",
    .doc = "sys.int_info\n\nHow Python ints are represented.",
    .fields = int_fields,
    .sequence_n = 4};

static const struct struct_sequence_field hash_fields[] = {
    {"width", "width of the type used for hashing, in bits"},
    {"modulus", "prime number giving the modulus on which the hash function is based"},
    {"inf", "value to be used for hash of a positive infinity"},
    {"nan", "value to be used for hash of a nan"},
    {"imag", "multiplier used for the imaginary part of a complex number"},
    {"algorithm", "name of the algorithm for hashing of str, bytes and memoryviews"},
    {"hash_bits", "internal output size of hash algorithm"},
    {"seed_bits", "seed size of hash algorithm"},
    {"cutoff", "small string optimization cutoff"},
    {NULL, NULL}};
static const struct struct_sequence_def hash_def = {
    .name = "sys.hash_info",
    .doc = "hash_info\n\nParameters used for computing hashes.",
    .fields = hash_fields,
    .sequence_n = 9};

static const struct struct_sequence_field thread_fields[] = {
    {"name", "name of the thread implementation"},
    {"lock", "name of the lock implementation"},
    {"version", "name and version of the thread library"},
    {NULL, NULL}};
static const struct struct_sequence_def thread_def = {
    .name = "sys.thread_info",
    .doc = "sys.thread_info\n\nThe thread implementation.",
    .fields = thread_fields,
    .sequence_n = 3};

static struct object *text(const char *utf8) { return str_from_utf8(utf8, strlen(utf8)); }

static struct object *sequence_new(struct struct_sequence_type *t,
                                   const struct struct_sequence_def *def,
                                   struct object *const *values, size_t n) {
  if (struct_sequence_ready(t, def) < 0) {
    for (size_t i = 0; i < n; i++)
      drop_null(values[i]);
    return NULL;
  }
  return struct_sequence_from_taking(t, values, n);
}
#define SEQUENCE(type, def, ...)                                                                   \
  sequence_new(&(type), &(def), (struct object *[]){__VA_ARGS__},                                  \
               sizeof((struct object *[]){__VA_ARGS__}) / sizeof(struct object *))

static struct object *version_info(void) {
  return SEQUENCE(version_info_type, version_def, int_from_i64(MAJOR), int_from_i64(MINOR),
                  int_from_i64(MICRO), str_intern("final"), int_from_i64(0));
}
static struct object *flags(void) {
  const struct sys_start *s = &sys_start;
  bytes_warning_level = s->bytes_warning;
  codec_checks_names = s->dev_mode;
  return SEQUENCE(
      flags_type, flags_def, int_from_i64(s->debug), int_from_i64(s->inspect),
      int_from_i64(s->interactive), int_from_i64(s->optimize), int_from_i64(s->dont_write_bytecode),
      int_from_i64(s->no_user_site), int_from_i64(s->no_site), int_from_i64(s->ignore_environment),
      int_from_i64(s->verbose), int_from_i64(s->bytes_warning), int_from_i64(s->quiet),
      int_from_i64(s->hash_randomization), int_from_i64(s->isolated), bool_from(s->dev_mode),
      int_from_i64(s->utf8_mode), int_from_i64(s->warn_default_encoding), bool_from(s->safe_path),
      int_from_i64(s->int_max_str_digits));
}
static struct object *float_info(void) {
  return SEQUENCE(float_info_type, float_def, float_from(DBL_MAX), int_from_i64(DBL_MAX_EXP),
                  int_from_i64(DBL_MAX_10_EXP), float_from(DBL_MIN), int_from_i64(DBL_MIN_EXP),
                  int_from_i64(DBL_MIN_10_EXP), int_from_i64(DBL_DIG), int_from_i64(DBL_MANT_DIG),
                  float_from(DBL_EPSILON), int_from_i64(FLT_RADIX), int_from_i64(1));
}
/* Programs reckon with CPython's digits (30 bits in 4 bytes); ours have 64. */
static struct object *int_info(void) {
  return SEQUENCE(int_info_type, int_def, int_from_i64(30), int_from_i64(4),
                  int_from_i64(SYS_DIGITS_DEFAULT), int_from_i64(SYS_DIGITS_THRESHOLD));
}
static struct object *hash_info(void) {
  return SEQUENCE(hash_info_type, hash_def, int_from_i64(64), int_from_i64(INT_HASH_MODULUS),
                  int_from_i64(314159), int_from_i64(0), int_from_i64(1000003), text("siphash13"),
                  int_from_i64(64), int_from_i64(128), int_from_i64(0));
}
static struct object *thread_info(void) {
  return SEQUENCE(thread_info_type, thread_def, text("pthread"), text("semaphore"),
                  text("NPTL 2.36"));
}

static struct object *implementation(void) {
  struct object *dict = dict_new();
  const struct {
    const char *name;
    struct object *value;
  } fields[] = {{"name", text("ouroboros")},
                {"cache_tag", text("cpython-311")}, /* our code objects are CPython's */
                {"version", version_info()},
                {"hexversion", int_from_i64(HEXVERSION)},
                {"_multiarch", text("x86_64-linux-gnu")}};
  bool complete = dict != NULL;
  for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
    struct object *key = str_intern(fields[i].name);
    complete = complete && key && fields[i].value && dict_set(dict, key, fields[i].value) == 0;
    drop_null(fields[i].value);
  }
  struct object *result = complete ? namespace_new(dict) : NULL;
  drop_null(dict);
  return result;
}

static struct object *module_names(void) {
  size_t n = 0;
  while (module_rows[n].name)
    n++;
  struct object *names = tuple_new(n);
  for (size_t i = 0; names && i < n; i++) {
    struct object *name = str_intern(module_rows[i].name);
    if (!name) {
      drop(names);
      return NULL;
    }
    tuple_init_taking(names, i, name);
  }
  return names;
}

int sys_facts_fill(struct object *module) {
  const struct {
    const char *name;
    struct object *value; /* owned */
  } facts[] = {
      {"version_info", version_info()},
      {"flags", flags()},
      {"float_info", float_info()},
      {"int_info", int_info()},
      {"hash_info", hash_info()},
      {"thread_info", thread_info()},
      {"implementation", implementation()},
      {"hexversion", int_from_i64(HEXVERSION)},
      {"api_version", int_from_i64(API_VERSION)},
      {"version", text(SYS_VERSION " [" __VERSION__ "]")},
      {"copyright", text("Copyright (c) the authors of Ouroboros.\nAll Rights Reserved.")},
      {"platform", text("linux")},
      {"byteorder", text(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "little" : "big")},
      {"float_repr_style", text("short")},
      {"platlibdir", text("lib")},
      {"abiflags", text("")},
      {"_framework", text("")},
      {"_git",
       tuple_pack_taking(3, text("Ouroboros"), text(""), text(""))}, /* platform takes it apart */
      {"maxsize", int_from_i64(INT64_MAX)},
      {"maxunicode", int_from_i64(0x10ffff)},
      {"builtin_module_names", module_names()},
      {"stdlib_module_names", sys_library_names()},
      {"dont_write_bytecode", hold(bool_from(sys_start.dont_write_bytecode))},
      {"pycache_prefix", hold(NONE)},
      {"warnoptions", list_new(0)},
      {"_xoptions", dict_new()},
      {"meta_path", list_new(0)},
      {"path_hooks", list_new(0)},
      {"path_importer_cache", dict_new()},
      {"path", list_new(0)},
      {"modules", sys_modules()},
  };
  int done = 0;
  for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
    if (module_add_taking(module, facts[i].name, facts[i].value) < 0)
      done = -1;
  static const char *const kept[][2] = {{"excepthook", "__excepthook__"},
                                        {"displayhook", "__displayhook__"},
                                        {"unraisablehook", "__unraisablehook__"},
                                        {"breakpointhook", "__breakpointhook__"}};
  for (size_t i = 0; done == 0 && i < ARRAY_SIZE(kept); i++) {
    struct object *key = str_intern(kept[i][0]);
    struct object *value = key ? dict_get_borrowed(module_dict_borrowed(module), key) : NULL;
    done = value ? module_add(module, kept[i][1], value) : -1;
  }
  return done;
}
