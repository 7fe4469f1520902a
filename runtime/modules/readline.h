/* Reading a line from the terminal with editing and history. */
#pragma once

enum readline_end { READLINE_LINE, READLINE_EOF, READLINE_INTERRUPTED, READLINE_NO_MEMORY };

/* Set once the module readline has been imported; NULL: plain reading. *line is to be freed by the
 * caller and ends without a newline. READLINE_INTERRUPTED: an exception of a signal's handler is
 * pending. Called with the GIL held. */
extern enum readline_end (*readline_read)(const char *prompt, char **line);
