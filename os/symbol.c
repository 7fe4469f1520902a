/* dladdr knows exported functions only; for the others the symbol table in the file is read, anew
 * each time, since this is used in messages that are rare or last. */
#include "os/symbol.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The function that holds `offset` (relative to how far the file was moved when it was loaded). */
static const char *find_in_table(const char *file, size_t file_bytes, uintptr_t offset,
                                 uintptr_t *start) {
  const ElfW(Ehdr) *header = (const void *)file;
  if (file_bytes < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_shoff > file_bytes ||
      (file_bytes - header->e_shoff) / sizeof(ElfW(Shdr)) < header->e_shnum)
    return NULL;
  const ElfW(Shdr) *sections = (const void *)(file + header->e_shoff);
  for (unsigned i = 0; i < header->e_shnum; i++) {
    const ElfW(Shdr) *s = &sections[i];
    if (s->sh_type != SHT_SYMTAB || s->sh_link >= header->e_shnum ||
        s->sh_offset + s->sh_size > file_bytes)
      continue;
    const ElfW(Shdr) *strings = &sections[s->sh_link];
    const ElfW(Sym) *symbols = (const void *)(file + s->sh_offset);
    for (size_t k = 0; k < s->sh_size / sizeof *symbols; k++) {
      const ElfW(Sym) *y = &symbols[k];
      if (ELF64_ST_TYPE(y->st_info) == STT_FUNC && offset >= y->st_value &&
          offset - y->st_value < y->st_size && y->st_name < strings->sh_size) {
        *start = y->st_value;
        return file + strings->sh_offset + y->st_name;
      }
    }
  }
  return NULL;
}

/* False where the file can't be read or does not know. */
static bool describe_from_file(const char *path, uintptr_t offset, char *text, size_t text_bytes) {
  bool found = false;
  struct stat status;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  if (fstat(fd, &status) == 0 && status.st_size > 0) {
    size_t file_bytes = (size_t)status.st_size;
    char *file = mmap(NULL, file_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (file != MAP_FAILED) {
      uintptr_t start;
      const char *name = find_in_table(file, file_bytes, offset, &start);
      if (name) {
        snprintf(text, text_bytes, "%s+0x%zx", name, (size_t)(offset - start));
        found = true;
      }
      munmap(file, file_bytes);
    }
  }
  close(fd);
  return found;
}

void symbol_describe(const void *address, char *text, size_t text_bytes) {
  Dl_info info;
  struct link_map *map;
  if (!dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP) || !info.dli_fname) {
    snprintf(text, text_bytes, "%p", address);
    return;
  }
  uintptr_t offset = (uintptr_t)address - map->l_addr; /* 0: a program at a fixed address */
  const char *slash = strrchr(info.dli_fname, '/');
  bool is_program = info.dli_fname == slash || access(info.dli_fname, R_OK) != 0;
  /* The name a program was started by need not lead to its file. */
  if (describe_from_file(is_program ? "/proc/self/exe" : info.dli_fname, offset, text, text_bytes))
    return;
  if (info.dli_sname)
    snprintf(text, text_bytes, "%s+0x%zx", info.dli_sname,
             (size_t)((uintptr_t)address - (uintptr_t)info.dli_saddr));
  else
    snprintf(text, text_bytes, "%s+0x%zx", slash ? slash + 1 : info.dli_fname, (size_t)offset);
}
