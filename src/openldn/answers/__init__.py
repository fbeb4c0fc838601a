"""Answers of the core as JSON: the same values for the command line, saved files and the clinic."""
