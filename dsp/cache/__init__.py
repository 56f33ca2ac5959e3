"""Content-addressed bytes: in memory, on disk, or one before the other. It knows nothing of language models."""
