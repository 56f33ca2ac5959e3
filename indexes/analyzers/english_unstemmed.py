"""`english_unstemmed`: as `english`, but every form of a word is a term of its own: for names and exact words."""

from __future__ import annotations

from indexes.analyzers.english import ENGLISH
from indexes.analyzers.native import NativeAnalyzer

ENGLISH_UNSTEMMED = NativeAnalyzer("english_unstemmed", stop_words=ENGLISH.stop_words)
