/* What the files of the module _sre share: compiled patterns, and the state of a match.
 *
 * A pattern keeps the code that sre_compile made (for equality), and beside it a program of the
 * same layout in which the engine runs: sets and characters without regard to case are looked up in
 * tables of the first 256 code points, and spare words say what follows a repeat (program.c).
 *
 * Matching backtracks over a stack of its own (engine.inc); nothing recurses in C. */
#pragma once
#include "runtime/object/protocol.h"
#include "runtime/object/text_search.h"

enum sre_op { /* as in re/_constants.py of 3.11 */
              SRE_FAILURE,
              SRE_SUCCESS,
              SRE_ANY,
              SRE_ANY_ALL,
              SRE_ASSERT,
              SRE_ASSERT_NOT,
              SRE_AT,
              SRE_BRANCH,
              SRE_CATEGORY,
              SRE_CHARSET,
              SRE_BIGCHARSET,
              SRE_GROUPREF,
              SRE_GROUPREF_EXISTS,
              SRE_IN,
              SRE_INFO,
              SRE_JUMP,
              SRE_LITERAL,
              SRE_MARK,
              SRE_MAX_UNTIL,
              SRE_MIN_UNTIL,
              SRE_NOT_LITERAL,
              SRE_NEGATE,
              SRE_RANGE,
              SRE_REPEAT,
              SRE_REPEAT_ONE,
              SRE_SUBPATTERN,
              SRE_MIN_REPEAT_ONE,
              SRE_ATOMIC_GROUP,
              SRE_POSSESSIVE_REPEAT,
              SRE_POSSESSIVE_REPEAT_ONE,
              SRE_GROUPREF_IGNORE,
              SRE_IN_IGNORE,
              SRE_LITERAL_IGNORE,
              SRE_NOT_LITERAL_IGNORE,
              SRE_GROUPREF_LOC_IGNORE,
              SRE_IN_LOC_IGNORE,
              SRE_LITERAL_LOC_IGNORE,
              SRE_NOT_LITERAL_LOC_IGNORE,
              SRE_GROUPREF_UNI_IGNORE,
              SRE_IN_UNI_IGNORE,
              SRE_LITERAL_UNI_IGNORE,
              SRE_NOT_LITERAL_UNI_IGNORE,
              SRE_RANGE_UNI_IGNORE,
              /* Of programs only: the character by a table. */
              SRE_SET,  /* <skip> <table> ...: was an IN */
              SRE_SET1, /* <table>: was a LITERAL or NOT_LITERAL without regard to case */
};
enum sre_at {
  SRE_AT_BEGINNING,
  SRE_AT_BEGINNING_LINE,
  SRE_AT_BEGINNING_STRING,
  SRE_AT_BOUNDARY,
  SRE_AT_NON_BOUNDARY,
  SRE_AT_END,
  SRE_AT_END_LINE,
  SRE_AT_END_STRING,
  SRE_AT_LOC_BOUNDARY,
  SRE_AT_LOC_NON_BOUNDARY,
  SRE_AT_UNI_BOUNDARY,
  SRE_AT_UNI_NON_BOUNDARY,
  SRE_ATS_N
};
enum sre_category { /* each odd one negates the one before it */
                    SRE_CATEGORY_DIGIT = 0,
                    SRE_CATEGORY_SPACE = 2,
                    SRE_CATEGORY_WORD = 4,
                    SRE_CATEGORY_LINEBREAK = 6,
                    SRE_CATEGORY_LOC_WORD = 8,
                    SRE_CATEGORY_UNI_DIGIT = 10,
                    SRE_CATEGORY_UNI_SPACE = 12,
                    SRE_CATEGORY_UNI_WORD = 14,
                    SRE_CATEGORY_UNI_LINEBREAK = 16,
                    SRE_CATEGORIES_N = 18
};
enum { SRE_INFO_PREFIX = 1, SRE_INFO_LITERAL = 2, SRE_INFO_CHARSET = 4 };
enum {
  SRE_FLAG_TEMPLATE = 1,
  SRE_FLAG_IGNORECASE = 2,
  SRE_FLAG_LOCALE = 4,
  SRE_FLAG_MULTILINE = 8,
  SRE_FLAG_DOTALL = 16,
  SRE_FLAG_UNICODE = 32,
  SRE_FLAG_VERBOSE = 64,
  SRE_FLAG_DEBUG = 128,
  SRE_FLAG_ASCII = 256,
};

#define SRE_MAGIC     20220615
#define SRE_MAXREPEAT UINT32_MAX
#define SRE_MAXGROUPS (UINT32_MAX / 4)

/* In the word behind a repeat's item (its SUCCESS): what stands behind the repeat, so that places
 * where that can't match are passed over. Else the place of the next single character's op. */
enum { SRE_TAIL_UNKNOWN = 0, SRE_TAIL_END = UINT32_MAX };

typedef uint8_t sre_table[256]; /* 1: the code point matches */

struct sre_pattern {
  struct object head;
  struct object *pattern;    /* what it was compiled from: str, bytes, or NONE */
  struct object *groupindex; /* dict: name -> number */
  struct object *indexgroup; /* tuple: name or None by number */
  struct object *weakrefs;   /* not owned */
  int32_t flags;
  int8_t is_bytes;  /* -1: compiled from neither str nor bytes; may match both */
  bool is_literal;  /* all of it is its prefix */
  bool is_anchored; /* can match at the beginning of the string only */
  bool is_lined;    /* can match at beginnings of lines only */
  uint32_t groups;
  size_t code_n;
  uint32_t *code;    /* item buffer: code, program, the prefix */
  uint32_t *program; /* code_n words */
  sre_table *tables; /* item buffer, tables_n of them */
  size_t tables_n;
  /* How to search: */
  uint32_t start;           /* where the program begins, behind INFO */
  uint32_t min_width;       /* of any match, in code points */
  struct text_units prefix; /* n 0: none */
  uint32_t prefix_skip;     /* so many code points of it need no program */
  const uint8_t *first;     /* a table of the code points a match begins with; NULL: unknown */
  bool is_first_wide;       /* any code point above 255 may begin it too */
};

extern struct type sre_pattern_type, sre_match_type, sre_scanner_type;

enum { SRE_MARKS_IN_PLACE = 12, SRE_STACK_IN_PLACE = 48 };
/* A string being matched. Lives on the C stack or in a scanner. */
struct sre_state {
  const struct sre_pattern *pattern;
  struct object *string;   /* owned */
  struct buffer_view view; /* of what is neither str nor bytes; object NULL: none */
  unsigned kind;           /* log2 of the bytes of a code point */
  bool is_bytes;
  bool match_all;              /* fullmatch */
  bool must_advance;           /* an empty match at `start` does not count */
  bool is_dirty;               /* marks may be set */
  const void *beginning, *end; /* of the string; where the match may not go beyond */
  const void *start;           /* of the match; before: where to begin. NULL: nothing is left */
  const void *ptr;             /* after a match: its end */
  int64_t pos, endpos, length;
  int32_t last_index; /* number of the group closed last, less one; -1: none */
  uint32_t steps;     /* for looking out for interrupts */
  const void **marks; /* NULL: not set */
  size_t marks_n;     /* twice the groups */
  uintptr_t *stack;
  size_t stack_n; /* words */
  const void *marks_in_place[SRE_MARKS_IN_PLACE];
  uintptr_t stack_in_place[SRE_STACK_IN_PLACE];
};

/* charset.c */
bool sre_in_category(uint32_t category, uint32_t c);
bool sre_in_set(const uint32_t *set, uint32_t c); /* set: behind the skip word */
uint32_t sre_lower_ascii(uint32_t c);
uint32_t sre_lower_unicode(uint32_t c);
uint32_t sre_lower_locale(uint32_t c);
bool sre_is_cased_ascii(uint32_t c);
bool sre_is_cased_unicode(uint32_t c);
bool sre_is_word(uint32_t at, uint32_t c); /* as the boundaries see it */
/* Whether the single-character op at `code` matches c; any op, without tables. */
bool sre_unit_matches(const uint32_t *code, uint32_t c);

/* program.c: makes the program of a pattern whose code is in place. -1 with ERROR_RUNTIME "invalid
 * SRE code" or ERROR_MEMORY. */
int sre_prepare(struct sre_pattern *p);

/* state.c */
int sre_open(struct sre_state *s, struct sre_pattern *p, struct object *string, int64_t pos,
             int64_t endpos);
void sre_close(struct sre_state *s);
/* 1: found, 0: not, -1: error. Both begin at s->start. */
int sre_match(struct sre_state *s);
int sre_search(struct sre_state *s);
/* Behind a match that was found: where the next search begins. */
static inline void sre_advance(struct sre_state *s) {
  s->must_advance = s->ptr == s->start;
  s->start = s->ptr;
}
static inline int64_t sre_offset(const struct sre_state *s, const void *at) {
  return ((const char *)at - (const char *)s->beginning) >> s->kind;
}
/* Part of the string of an open state as a new str or bytes. */
struct object *sre_slice(const struct sre_state *s, const void *from, const void *to);
/* The text of a group from 1; NULL string of a group that is not set: none, a new reference. */
struct object *sre_group_text(const struct sre_state *s, uint32_t group, struct object *none);
int sre_grow_stack(struct sre_state *s, size_t more_than);
int sre_interrupt(struct sre_state *s); /* -1: raises */

/* engine.c: by the kind of the string; at: where the match begins. */
int sre_run(struct sre_state *s, uint32_t pc, const void *at);
int sre_find(struct sre_state *s);

/* match.c: a Match of what the state has just found; NONE for status 0; NULL for -1. */
struct object *sre_match_new(struct sre_pattern *p, const struct sre_state *s, int status);
/* scanner.c */
struct object *sre_scanner_new(struct sre_pattern *p, struct object *string, int64_t pos,
                               int64_t endpos);
struct object *sre_scanner_search(struct object *o);
/* substitute.c */
struct object *sre_substitute(struct sre_pattern *p, struct object *replacement,
                              struct object *string, int64_t count, bool with_count);
/* pattern.c */
struct object *sre_pattern_new(struct object *pattern, int32_t flags, struct object *code,
                               int64_t groups, struct object *groupindex,
                               struct object *indexgroup);
/* re.NAME(a, b). */
struct object *sre_call_re(const char *name, struct object *a, struct object *b, struct object *c);
