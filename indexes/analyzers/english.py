"""`english`: words in lower case, accents folded, possessives and a few stop words out, Snowball's English stems."""

from __future__ import annotations

from indexes.analyzers.native import NativeAnalyzer

WORDS = (
    "a an and are as at be but by for from had has have he her his if in into is it its no not of on or she such"
    " that the their then there these they this to was were which will with"
)
APOSTROPHES = "s t re ve ll d m"
"""What an apostrophe leaves behind: the possessive 's, and don't, we're, I've, I'll, he'd, I'm."""

ENGLISH = NativeAnalyzer("english", stop_words=f"{WORDS} {APOSTROPHES}".split(), stemmer="english")
