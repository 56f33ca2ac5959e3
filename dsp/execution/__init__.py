"""How a function is run over items: one after the other, or in threads."""
