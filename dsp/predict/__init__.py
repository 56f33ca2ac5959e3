"""The third verb: let the language model fill in the fields that are asked for."""
