"""Retrievers of other libraries as ours, and ours as theirs. One library, one file."""
