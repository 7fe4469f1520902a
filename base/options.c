/* Parsing of key=value lists. Values are looked up in the text each time: lists are short. */
#include "base/options.h"
#include "base/check.h"
#include "base/nearest.h"
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 64, VALUE_BYTES = 256 };

void options_fail(struct options *o, const char *format, ...) {
  if (o->failed)
    return;
  o->failed = true;
  int n = snprintf(o->error, o->error_bytes, "%s: ", o->who);
  if (n < 0 || (size_t)n >= o->error_bytes)
    return;
  va_list args;
  va_start(args, format);
  vsnprintf(o->error + n, o->error_bytes - (size_t)n, format, args);
  va_end(args);
}

static const char *const *find_row(const struct options *o, const char *key) {
  for (const char *const *row = o->table; row && row[0]; row += 3)
    if (!strcmp(row[0], key))
      return row;
  return NULL;
}

/* The value of a key in the text, and its length; NULL where it is not given. */
static const char *find_value(const struct options *o, const char *key, size_t *length) {
  size_t n = strlen(key);
  for (const char *p = o->text; *p; p += *p == ',') {
    size_t item = strcspn(p, ",");
    if (item > n && p[n] == '=' && !memcmp(p, key, n)) {
      *length = item - n - 1;
      return p + n + 1;
    }
    p += item;
  }
  return NULL;
}

static void fail_unknown(struct options *o, const char *key) {
  struct nearest nearest;
  nearest_start(&nearest, key);
  char known[512] = "";
  size_t n = 0;
  for (const char *const *row = o->table; row && row[0]; row += 3) {
    nearest_try(&nearest, row[0]);
    if (n < sizeof known)
      n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", row[0]);
  }
  const char *best = nearest_end(&nearest);
  if (!n)
    options_fail(o, "unknown option '%s': it has no options", key);
  else if (best)
    options_fail(o, "unknown option '%s', did you mean '%s'? (options: %s)", key, best, known);
  else
    options_fail(o, "unknown option '%s' (options: %s)", key, known);
}

void options_open(struct options *o, const char *who, const char *text, const char *const *table,
                  char *error, size_t error_bytes) {
  *o = (struct options){who, text ? text : "", table, error, error_bytes, false};
  for (const char *p = o->text; *p; p += *p == ',') {
    int item = (int)strcspn(p, ",");
    const char *equals = memchr(p, '=', (size_t)item);
    char key[KEY_BYTES];
    if (!equals || equals == p || equals - p >= KEY_BYTES) {
      options_fail(o, "'%.*s' is not of the form key=value", item, p);
      return;
    }
    snprintf(key, sizeof key, "%.*s", (int)(equals - p), p);
    size_t length;
    if (!find_row(o, key))
      fail_unknown(o, key);
    else if (find_value(o, key, &length) != equals + 1)
      options_fail(o, "option '%s' is given twice", key);
    p += item;
  }
}

static const char *const *row_of(const struct options *o, const char *key) {
  const char *const *row = find_row(o, key);
  if (!row)
    fatal("%s reads the option '%s', which is not in its table", o->who, key);
  return row;
}

bool options_given(const struct options *o, const char *key) {
  size_t length;
  row_of(o, key);
  return find_value(o, key, &length) != NULL;
}

size_t options_text(struct options *o, const char *key, char *value, size_t value_bytes) {
  const char *fallback = row_of(o, key)[2];
  size_t length;
  const char *given = find_value(o, key, &length);
  if (given && length >= value_bytes) {
    options_fail(o, "the value of option '%s' is longer than %zu characters", key, value_bytes - 1);
    given = NULL;
  }
  if (!given) {
    given = fallback ? fallback : "";
    length = strlen(given);
  }
  return (size_t)snprintf(value, value_bytes, "%.*s", (int)length, given);
}

bool options_read_size(const char *text, uint64_t *bytes) {
  if (*text < '0' || *text > '9')
    return false;
  char *end;
  errno = 0;
  unsigned long long n = strtoull(text, &end, 10);
  unsigned shift = 0;
  switch (*end) {
  case 'K':
  case 'k':
    shift = 10, end++;
    break;
  case 'M':
  case 'm':
    shift = 20, end++;
    break;
  case 'G':
  case 'g':
    shift = 30, end++;
    break;
  }
  if (errno || *end || n > UINT64_MAX >> shift)
    return false;
  *bytes = (uint64_t)n << shift;
  return true;
}

static uint64_t read_number(struct options *o, const char *key, uint64_t least, uint64_t most,
                            bool suffix) {
  char value[VALUE_BYTES];
  uint64_t n = 0;
  options_text(o, key, value, sizeof value);
  bool valid =
      options_read_size(value, &n) && (suffix || value[strspn(value, "0123456789")] == '\0');
  if (!valid)
    options_fail(o, "option '%s' wants %s, not '%s'", key,
                 suffix ? "a number of bytes such as 4096, 64K, 1M or 2G" : "a whole number",
                 value);
  else if (n < least || n > most)
    options_fail(o, "option '%s' must be from %llu to %llu, not %s", key, (unsigned long long)least,
                 (unsigned long long)most, value);
  return n;
}

uint64_t options_size(struct options *o, const char *key, uint64_t least, uint64_t most) {
  return read_number(o, key, least, most, true);
}

uint64_t options_count(struct options *o, const char *key, uint64_t least, uint64_t most) {
  return read_number(o, key, least, most, false);
}

double options_real(struct options *o, const char *key, double least, double most) {
  char value[VALUE_BYTES], *end;
  options_text(o, key, value, sizeof value);
  double x = strtod(value, &end);
  if (end == value || *end || isnan(x))
    options_fail(o, "option '%s' wants a number, not '%s'", key, value);
  else if (x < least || x > most)
    options_fail(o, "option '%s' must be from %g to %g, not %s", key, least, most, value);
  return x;
}

bool options_flag(struct options *o, const char *key) {
  static const char *const words[] = {"0", "1", "no", "yes", "off", "on", "false", "true", NULL};
  char value[VALUE_BYTES];
  options_text(o, key, value, sizeof value);
  for (unsigned i = 0; words[i]; i++)
    if (!strcmp(words[i], value))
      return i & 1;
  options_fail(o, "option '%s' wants yes or no (1 or 0), not '%s'", key, value);
  return false;
}

unsigned options_choice(struct options *o, const char *key, const char *const *words) {
  char value[VALUE_BYTES], known[512] = "";
  options_text(o, key, value, sizeof value);
  struct nearest nearest;
  nearest_start(&nearest, value);
  size_t n = 0;
  for (unsigned i = 0; words[i]; i++) {
    if (!strcmp(words[i], value))
      return i;
    nearest_try(&nearest, words[i]);
    if (n < sizeof known)
      n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", words[i]);
  }
  const char *best = nearest_end(&nearest);
  if (best)
    options_fail(o, "option '%s' can't be '%s', did you mean '%s'? (choices: %s)", key, value, best,
                 known);
  else
    options_fail(o, "option '%s' can't be '%s' (choices: %s)", key, value, known);
  return 0;
}
