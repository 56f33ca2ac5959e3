"""The nouns: examples and predictions, messages and what they cost."""
