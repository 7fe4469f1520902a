/* Checking the code of a pattern, and making the engine's program of it.
 *
 * The engine trusts its program: every op is whole, every skip leads to the op that its structure
 * asks for, groups exist. Code is read once from front to back, by the grammar that sre_compile
 * writes; what does not fit it is refused. */
#include "runtime/modules/sre/sre.h"
#include "runtime/object/exception.h"
#include <string.h>

struct reader {
  struct sre_pattern *p;
  const uint32_t *code;
  bool no_memory;
};

static size_t skip_of(const struct reader *r, size_t pc, size_t end) {
  /* The place a skip word at pc leads to; 0: out of bounds. */
  if (pc >= end || r->code[pc] == 0 || r->code[pc] > end - pc)
    return 0;
  return pc + r->code[pc];
}

/* A set from pc on, its FAILURE included, ends exactly at end. */
static bool check_set(const struct reader *r, size_t pc, size_t end) {
  const uint32_t *code = r->code;
  while (pc < end) {
    size_t left = end - pc - 1;
    switch (code[pc]) {
    case SRE_FAILURE:
      return left == 0;
    case SRE_NEGATE:
      pc++;
      break;
    case SRE_LITERAL:
      pc += 2;
      break;
    case SRE_RANGE:
    case SRE_RANGE_UNI_IGNORE:
      pc += 3;
      break;
    case SRE_CHARSET:
      pc += 9;
      break;
    case SRE_BIGCHARSET: {
      if (left < 65 || code[pc + 1] > (left - 65) / 8)
        return false;
      const uint8_t *blocks = (const uint8_t *)(code + pc + 2);
      for (int i = 0; i < 256; i++)
        if (blocks[i] >= code[pc + 1])
          return false;
      pc += 66 + (size_t)code[pc + 1] * 8;
      break;
    }
    case SRE_CATEGORY:
      if (left < 1 || code[pc + 1] >= SRE_CATEGORIES_N)
        return false;
      pc += 2;
      break;
    default:
      return false;
    }
  }
  return false;
}
static bool set_asks_locale(const struct reader *r, size_t pc) {
  for (const uint32_t *code = r->code; code[pc] != SRE_FAILURE;) {
    switch (code[pc]) {
    case SRE_NEGATE:
      pc++;
      break;
    case SRE_CATEGORY:
      if ((code[pc + 1] & ~1u) == SRE_CATEGORY_LOC_WORD)
        return true;
      pc += 2;
      break;
    case SRE_LITERAL:
      pc += 2;
      break;
    case SRE_CHARSET:
      pc += 9;
      break;
    case SRE_BIGCHARSET:
      pc += 66 + (size_t)code[pc + 1] * 8;
      break;
    default:
      pc += 3;
    }
  }
  return false;
}

/* ---- Tables ---- */

/* The number of a table with these contents; -1: no memory. */
static int64_t add_table(struct sre_pattern *p, const uint8_t *contents) {
  for (size_t i = 0; i < p->tables_n; i++)
    if (memcmp(p->tables[i], contents, sizeof(sre_table)) == 0)
      return (int64_t)i;
  size_t bytes = p->tables_n * sizeof(sre_table);
  void *more = gc_buffer_resize_own(p->tables, bytes, bytes + sizeof(sre_table));
  if (!more)
    return -1;
  p->tables = more;
  memcpy(p->tables[p->tables_n], contents, sizeof(sre_table));
  return (int64_t)p->tables_n++;
}

/* Has the single-character op at pc looked up in a table. */
static bool tabulate(struct reader *r, size_t pc) {
  sre_table table;
  for (uint32_t c = 0; c < 256; c++)
    table[c] = sre_unit_matches(r->code + pc, c);
  int64_t number = add_table(r->p, table);
  if (number < 0) {
    r->no_memory = true;
    return false;
  }
  bool is_in =
      r->code[pc] == SRE_IN || r->code[pc] == SRE_IN_IGNORE || r->code[pc] == SRE_IN_UNI_IGNORE;
  r->p->program[pc] = is_in ? SRE_SET : SRE_SET1;
  r->p->program[pc + (is_in ? 2 : 1)] = (uint32_t)number;
  return true;
}

/* ---- Ops ---- */

/* The single-character op at pc, tabulated where that pays: the place behind it; 0: it is none. */
static size_t unit(struct reader *r, size_t pc, size_t end) {
  if (pc >= end)
    return 0;
  size_t left = end - pc - 1;
  switch (r->code[pc]) {
  case SRE_ANY:
  case SRE_ANY_ALL:
    return pc + 1;
  case SRE_CATEGORY:
    return left && r->code[pc + 1] < SRE_CATEGORIES_N ? pc + 2 : 0;
  case SRE_LITERAL:
  case SRE_NOT_LITERAL:
  case SRE_LITERAL_LOC_IGNORE:
  case SRE_NOT_LITERAL_LOC_IGNORE:
    return left ? pc + 2 : 0;
  case SRE_LITERAL_IGNORE:
  case SRE_NOT_LITERAL_IGNORE:
  case SRE_LITERAL_UNI_IGNORE:
  case SRE_NOT_LITERAL_UNI_IGNORE:
    return left && tabulate(r, pc) ? pc + 2 : 0;
  case SRE_IN:
  case SRE_IN_IGNORE:
  case SRE_IN_UNI_IGNORE:
  case SRE_IN_LOC_IGNORE: {
    size_t next = skip_of(r, pc + 1, end);
    if (!next || !check_set(r, pc + 2, next))
      return 0;
    bool asks = r->code[pc] == SRE_IN_LOC_IGNORE || set_asks_locale(r, pc + 2);
    return asks || tabulate(r, pc) ? next : 0;
  }
  default:
    return 0;
  }
}

static size_t op(struct reader *r, size_t pc, size_t end);

static bool sequence(struct reader *r, size_t pc, size_t end) {
  while (pc < end)
    if (!(pc = op(r, pc, end)))
      return false;
  return pc == end;
}
static bool nested(struct reader *r, size_t pc, size_t end) {
  if (pc > end || !object_enter())
    return false;
  bool fine = sequence(r, pc, end);
  object_leave();
  return fine;
}
/* The same with a SUCCESS as its last word. */
static bool part(struct reader *r, size_t pc, size_t end) {
  return end > pc && r->code[end - 1] == SRE_SUCCESS && nested(r, pc, end - 1);
}

static size_t branch(struct reader *r, size_t pc, size_t end) {
  size_t at = pc + 1, target = 0;
  while (at < end && r->code[at]) {
    size_t next = skip_of(r, at, end);
    if (!next || next - at < 3 || r->code[next - 2] != SRE_JUMP || !nested(r, at + 1, next - 2))
      return 0;
    size_t leads = skip_of(r, next - 1, end);
    if (!leads || (target && leads != target))
      return 0;
    target = leads;
    at = next;
  }
  return at < end && at > pc + 1 && target == at + 1 ? target : 0;
}

/* <group> <skip> yes JUMP <skip> no, or only <group> <skip> yes. */
static size_t conditional(struct reader *r, size_t pc, size_t end) {
  if (end - pc < 3 || r->code[pc + 1] >= r->p->groups || r->code[pc + 2] < 2 ||
      r->code[pc + 2] > end - pc - 1)
    return 0;
  size_t no = pc + 1 + r->code[pc + 2], at = pc + 3;
  while (at && at < no) {
    if (at == no - 2 && r->code[at] == SRE_JUMP) {
      size_t behind = skip_of(r, at + 1, end);
      return behind && nested(r, no, behind) ? behind : 0;
    }
    at = op(r, at, no);
  }
  return at == no ? no : 0;
}

static size_t repeat(struct reader *r, size_t pc, size_t end) {
  size_t next = skip_of(r, pc + 1, end);
  if (!next || next - pc < 4 || r->code[pc + 2] > r->code[pc + 3])
    return 0;
  switch (r->code[pc]) {
  case SRE_REPEAT:
    if (next >= end || (r->code[next] != SRE_MAX_UNTIL && r->code[next] != SRE_MIN_UNTIL))
      return 0;
    return nested(r, pc + 4, next) ? next + 1 : 0;
  case SRE_POSSESSIVE_REPEAT:
    return next < end && part(r, pc + 4, next + 1) ? next + 1 : 0;
  default: /* of a single character */
    return r->code[next - 1] == SRE_SUCCESS && unit(r, pc + 4, next - 1) == next - 1 ? next : 0;
  }
}

/* Checks the op at pc and what is in it: the place behind it; 0: it is wrong. */
static size_t op(struct reader *r, size_t pc, size_t end) {
  size_t left = end - pc - 1, next;
  uint32_t argument = left ? r->code[pc + 1] : 0;
  switch (r->code[pc]) {
  case SRE_FAILURE:
    return pc + 1;
  case SRE_MARK:
    return left && argument < 2 * r->p->groups ? pc + 2 : 0;
  case SRE_AT:
    return left && argument < SRE_ATS_N ? pc + 2 : 0;
  case SRE_GROUPREF:
  case SRE_GROUPREF_IGNORE:
  case SRE_GROUPREF_UNI_IGNORE:
  case SRE_GROUPREF_LOC_IGNORE:
    return left && argument < r->p->groups ? pc + 2 : 0;
  case SRE_GROUPREF_EXISTS: {
    if (!object_enter())
      return 0;
    next = conditional(r, pc, end);
    object_leave();
    return next;
  }
  case SRE_BRANCH:
    return branch(r, pc, end);
  case SRE_REPEAT:
  case SRE_REPEAT_ONE:
  case SRE_MIN_REPEAT_ONE:
  case SRE_POSSESSIVE_REPEAT:
  case SRE_POSSESSIVE_REPEAT_ONE:
    return left > 3 ? repeat(r, pc, end) : 0;
  case SRE_ASSERT:
  case SRE_ASSERT_NOT:
    next = skip_of(r, pc + 1, end);
    return next && next - pc > 3 && r->code[pc + 2] <= INT32_MAX && part(r, pc + 3, next) ? next
                                                                                          : 0;
  case SRE_ATOMIC_GROUP:
    next = skip_of(r, pc + 1, end);
    return next && part(r, pc + 2, next) ? next : 0;
  default:
    return unit(r, pc, end);
  }
}

/* ---- What stands behind a repeat ---- */

static uint32_t tail_of(const uint32_t *program, uint32_t pc) {
  while (program[pc] == SRE_MARK)
    pc += 2;
  switch (program[pc]) {
  case SRE_SUCCESS:
    return SRE_TAIL_END;
  case SRE_LITERAL:
  case SRE_SET:
  case SRE_SET1:
  case SRE_NOT_LITERAL:
    return pc;
  case SRE_REPEAT_ONE:
  case SRE_MIN_REPEAT_ONE:
  case SRE_POSSESSIVE_REPEAT_ONE:
    return program[pc + 2] ? tail_of(program, pc + 4) : SRE_TAIL_UNKNOWN;
  default:
    return SRE_TAIL_UNKNOWN;
  }
}

/* Goes through a program whose code has been checked. */
static void note_tails(uint32_t *program, size_t pc, size_t end) {
  while (pc < end) {
    switch (program[pc]) {
    case SRE_REPEAT_ONE:
    case SRE_MIN_REPEAT_ONE:
    case SRE_POSSESSIVE_REPEAT_ONE: {
      size_t behind = pc + 1 + program[pc + 1];
      program[behind - 1] = tail_of(program, (uint32_t)behind);
      pc = behind;
      break;
    }
    case SRE_REPEAT:
    case SRE_POSSESSIVE_REPEAT:
      pc += 4;
      break;
    case SRE_ASSERT:
    case SRE_ASSERT_NOT:
    case SRE_GROUPREF_EXISTS:
      pc += 3;
      break;
    case SRE_SET:
    case SRE_IN:
    case SRE_IN_LOC_IGNORE:
      pc += 1 + program[pc + 1];
      break;
    case SRE_BRANCH: { /* op by op; the skip words between are passed over here */
      size_t at = pc + 1;
      while (program[at]) {
        size_t next = at + program[at];
        note_tails(program, at + 1, next);
        at = next;
      }
      pc = at + 1;
      break;
    }
    case SRE_ANY:
    case SRE_ANY_ALL:
    case SRE_SUCCESS:
    case SRE_FAILURE:
    case SRE_MAX_UNTIL:
    case SRE_MIN_UNTIL:
      pc++;
      break;
    default: /* an op and an argument: ATOMIC_GROUP and its skip too */
      pc += 2;
    }
  }
}

/* ---- What a match begins with ---- */

struct beginning {
  const struct sre_pattern *p;
  sre_table table;
  bool is_wide;
  int steps; /* left: alternatives in alternatives are many */
};
static void add_unit(struct beginning *b, uint32_t pc) {
  for (uint32_t c = 0; c < 256; c++)
    b->table[c] |= sre_unit_matches(b->p->code + pc, c);
  if (b->p->code[pc] != SRE_LITERAL || b->p->code[pc + 1] > 255)
    b->is_wide = true;
}
/* Adds all that the program can begin with at pc; false: it may be nothing, or can't be known. */
static bool add_beginnings(struct beginning *b, uint32_t pc) {
  const uint32_t *program = b->p->program;
  for (;;) {
    if (b->steps-- <= 0)
      return false;
    switch (program[pc]) {
    case SRE_MARK:
    case SRE_AT:
      pc += 2;
      break;
    case SRE_ASSERT: /* what they ask for can only forbid more */
    case SRE_ASSERT_NOT:
    case SRE_JUMP:
      pc += 1 + program[pc + 1];
      break;
    case SRE_ATOMIC_GROUP:
      pc += 2;
      break;
    case SRE_BRANCH:
      for (pc++; program[pc]; pc += program[pc])
        if (!add_beginnings(b, pc + 1))
          return false;
      return true;
    case SRE_REPEAT_ONE:
    case SRE_MIN_REPEAT_ONE:
    case SRE_POSSESSIVE_REPEAT_ONE:
      if (program[pc + 3])
        add_unit(b, pc + 4);
      if (program[pc + 2])
        return true;
      pc += 1 + program[pc + 1];
      break;
    case SRE_REPEAT:
    case SRE_POSSESSIVE_REPEAT:
      if (!program[pc + 2])
        return false;
      pc += 4;
      break;
    case SRE_ANY:
    case SRE_ANY_ALL:
    case SRE_CATEGORY:
    case SRE_LITERAL:
    case SRE_NOT_LITERAL:
    case SRE_SET:
    case SRE_SET1:
      add_unit(b, pc);
      return true;
    default: /* the end, a reference, or what depends on the locale */
      return false;
    }
  }
}

static bool note_beginning(struct sre_pattern *p) {
  const uint32_t *start = p->program + p->start;
  if (start[0] == SRE_AT) {
    p->is_anchored = start[1] == SRE_AT_BEGINNING || start[1] == SRE_AT_BEGINNING_STRING;
    p->is_lined = start[1] == SRE_AT_BEGINNING_LINE;
    if (p->is_anchored || p->is_lined)
      return true;
  }
  struct beginning b = {.p = p, .steps = 200};
  if (!add_beginnings(&b, p->start))
    return true;
  if (p->min_width == 0)
    p->min_width = 1;
  size_t most = 0;
  for (int c = 0; c < 256; c++)
    most += b.table[c];
  if (most >= 255) /* looking would not pass over anything */
    return true;
  int64_t number = add_table(p, b.table);
  if (number < 0)
    return false;
  p->first = p->tables[number];
  p->is_first_wide = b.is_wide;
  return true;
}

/* ---- The whole ---- */

/* <INFO> <skip> <flags> <min> <max> [<length> <skip> prefix overlaps | set] */
static bool info(struct reader *r, size_t end) {
  struct sre_pattern *p = r->p;
  const uint32_t *code = r->code;
  size_t next = skip_of(r, 1, end);
  if (!next || next < 5)
    return false;
  uint32_t flags = code[2];
  p->start = (uint32_t)next;
  p->min_width = code[3] <= INT32_MAX ? code[3] : INT32_MAX;
  if ((flags & ~7u) || ((flags & SRE_INFO_PREFIX) && (flags & SRE_INFO_CHARSET)) ||
      ((flags & SRE_INFO_LITERAL) && !(flags & SRE_INFO_PREFIX)))
    return false;
  if (flags & SRE_INFO_CHARSET)
    return check_set(r, 5, next);
  if (!(flags & SRE_INFO_PREFIX))
    return next == 5;
  if (next < 7 || code[5] > (next - 7) / 2 || code[6] > code[5] || code[5] == 0 ||
      next != 7 + 2 * (size_t)code[5])
    return false;
  p->prefix.n = code[5];
  p->prefix_skip = code[6];
  p->is_literal = (flags & SRE_INFO_LITERAL) != 0;
  for (size_t i = 0; i < p->prefix_skip; i++) /* the program is entered behind them */
    if (end - next < 2 * i + 2 || code[next + 2 * i] != SRE_LITERAL)
      return false;
  return true;
}
/* The prefix as a needle of its narrowest kind, behind the program. */
static void note_prefix(struct sre_pattern *p) {
  const uint32_t *prefix = p->code + 7;
  uint32_t *room = p->program + p->code_n;
  uint32_t bits = 0;
  for (size_t i = 0; i < p->prefix.n; i++)
    bits |= prefix[i];
  p->prefix.kind = bits < 256 ? 0 : bits < 65536 ? 1 : 2;
  p->prefix.data = room;
  for (size_t i = 0; i < p->prefix.n; i++)
    if (p->prefix.kind == 0)
      ((uint8_t *)room)[i] = (uint8_t)prefix[i];
    else if (p->prefix.kind == 1)
      ((uint16_t *)room)[i] = (uint16_t)prefix[i];
    else
      room[i] = prefix[i];
}

int sre_prepare(struct sre_pattern *p) {
  struct reader r = {.p = p, .code = p->code};
  size_t n = p->code_n;
  memcpy(p->program, p->code, n * sizeof *p->code);
  bool fine = n > 0 && n <= UINT32_MAX / 2 && p->code[n - 1] == SRE_SUCCESS;
  if (fine && p->code[0] == SRE_INFO)
    fine = info(&r, n - 1);
  fine = fine && sequence(&r, p->start, n - 1);
  if (fine) {
    note_tails(p->program, p->start, n);
    note_prefix(p);
    r.no_memory = !note_beginning(p);
  }
  if (r.no_memory) {
    error_no_memory();
    return -1;
  }
  if (!fine && error_pending() == ERROR_NONE)
    error_set(ERROR_RUNTIME, "invalid SRE code");
  return fine ? 0 : -1;
}
