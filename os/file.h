/* Whole files: read, written so that a crash leaves the old or the new one, folders made. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* The file's bytes with a 0 behind them, in memory of the caller's (free). NULL with a message, and
 * errno says why. */
char *file_read(const char *path, size_t *bytes, char *error, size_t error_bytes);
/* The same of what is left to read from fd: a pipe, for one. NULL: errno says why. */
char *file_read_rest(int fd, size_t *bytes);
/* Everything that can be read from fd from its start, at most `limit` bytes from the end of it. */
char *file_read_tail(int fd, size_t limit, size_t *bytes);
/* Writes PATH.partial, syncs it, renames it to PATH and syncs the folder. On failure PATH is as it
 * was, the partial file is gone, errno says why, and there is a message. */
bool file_write_atomic(const char *path, const void *bytes, size_t n, char *error,
                       size_t error_bytes);
/* mkdir -p. */
bool file_make_folders(const char *path, char *error, size_t error_bytes);
/* Makes the folder, with those above it, and locks it for this process until the result is closed
 * or the process ends; children that exec do not keep the lock. -1 with a message: the folder can't
 * be made, or another process has it (then errno is EWOULDBLOCK). Where the file system has no
 * locks the folder counts as locked. */
int file_lock_folder(const char *path, char *error, size_t error_bytes);
/* The first line of a (small) file without its newline; false when it can't be read. */
bool file_read_line(const char *path, char *line, size_t line_bytes);
/* The folder that holds the running program, without a slash at the end; false when unknown. */
bool file_program_folder(char *path, size_t path_bytes);
