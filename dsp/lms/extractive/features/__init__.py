"""About 220 named features of a candidate answer, in groups: one file each."""
