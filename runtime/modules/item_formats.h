/* The hook of runtime/object/memoryview.h for formats that are the module struct's. */
#pragma once

void item_formats_open(void);
void item_formats_close(void);
