"""Compiling: from a program and examples to a better program. One strategy, one file."""
