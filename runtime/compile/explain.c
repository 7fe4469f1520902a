/* What the second pass says. */
#include "runtime/compile/parser.h"
void explain_expression(struct parser *p) {}
void explain_named_expression(struct parser *p) {}
void explain_bracket(struct parser *p) {}
void explain_for_if_clause(struct parser *p) {}
void explain_arguments(struct parser *p) {}
void explain_parameters(struct parser *p, bool is_lambda) {}
void explain_assignment(struct parser *p) {}
void explain_delete(struct parser *p) {}
void explain_import(struct parser *p) {}
void explain_colon(struct parser *p, const char *what) {}
void explain_block(struct parser *p, size_t head, const char *what) {}
void explain_for_target(struct parser *p) {}
void explain_with_target(struct parser *p) {}
void explain_with_block(struct parser *p, size_t head) {}
void explain_with_colon(struct parser *p) {}
void explain_except(struct parser *p, bool is_star) {}
void explain_try(struct parser *p, bool has_handlers, bool is_star) {}
void explain_mapping_rest(struct parser *p, size_t start, size_t rest) {}
void explain_class_pattern(struct parser *p) {}
void *explain_as_pattern(struct parser *p) { return NULL; }
void *explain_match_colon(struct parser *p) { return NULL; }
