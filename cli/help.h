/* Help, printed from the tables of commands and options. */
#pragma once
#include "cli/cli.h"
#include <stdio.h>

void help_all(FILE *out);
void help_command(FILE *out, const struct cli_command *command);
