"""The first verb: turn training questions into demonstrations."""
