/* Texts for the command line: see help.c. */
#pragma once

extern const char help_options[], help_memory[];
extern const char help_environment[], help_implementation[]; /* --help-env, --help-xoptions */
