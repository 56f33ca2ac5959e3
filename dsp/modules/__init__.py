"""Where the verbs meet: pieces of programs that are called, traced, compiled, saved and loaded."""
