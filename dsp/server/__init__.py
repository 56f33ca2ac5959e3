"""A program behind HTTP, over asyncio and the standard library alone."""
