/* unicodedata for the rest of the interpreter: \N{...} in literals and codecs. */
#pragma once

/* The hooks of runtime/object/codec.h; at the end the index of names is freed. */
void unicodedata_open(void);
void unicodedata_close(void);
