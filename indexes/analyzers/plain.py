"""`plain`: words in lower case, accents folded, and nothing else: for other languages, names and codes."""

from __future__ import annotations

from indexes.analyzers.native import NativeAnalyzer

PLAIN = NativeAnalyzer("plain")
