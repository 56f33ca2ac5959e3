"""Makes `weights.json`; nothing that answers imports it."""
