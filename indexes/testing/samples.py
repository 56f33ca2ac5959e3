"""Passages and queries to test with: a few that mean something, and the odd ones that break things."""

from __future__ import annotations

from indexes.passage import Passage

PASSAGES = (
    Passage("emma", "Emma (novel)", "Emma is a novel by Jane Austen, first published in 1815.", {"year": 1815}),
    Passage("austen", "Jane Austen", "Jane Austen was an English novelist, born in Steventon in 1775."),
    Passage("steventon", "Steventon, Hampshire", "Steventon is a village in Hampshire, England."),
    Passage("naive", "Café Naïf", "The café's résumé: crème brûlée, piñata, smörgåsbord."),
    Passage("lighthouse", "To the Lighthouse", "A 1927 novel by Virginia Woolf about the Ramsay family."),
    Passage("woolf", "Virginia Woolf", "Virginia Woolf was an English writer, born in London in 1882."),
    Passage("untitled", "", "A passage without a title, about lighthouses and nothing else."),
    Passage("operators", "C++ AND (NOT) C#", 'title:"x" -y +z ~2 ^3 [a TO b] {c} *? \\ / && || !'),
    Passage("emoji", "🗿", "🎻🎺 a brass band 👩‍👩‍👧‍👦 plays"),
    Passage("odd bytes", "Null\x00 and tab\t", "zero\x00width\u200b \ufeff \u202e right to left"),
    Passage("surrogate", "Half \ud83d", "a lone surrogate \udc00 stands here"),
    Passage("empty", "", ""),
    Passage("stop words", "The", "of the and to in is"),
    Passage("long word", "x" * 70_000, "y" * 300 + " zebra"),
    Passage("twin a", "Twin", "Two passages that are the same but for their ids."),
    Passage("twin b", "Twin", "Two passages that are the same but for their ids."),
    Passage("twin c", "Twin", "Two passages that are the same but for their ids."),
)

QUERIES = (
    "who wrote the novel Emma?",
    "Virginia Woolf lighthouse",
    "the same passages twin ids",
    "cafe resume",
    "born in England",
    "",
    "   \t\n",
    "the of and",
    "?!*()[]{}^~:\\/\"'&|-+",
    'title:"Emma" AND NOT (text:novel) -Austen +Woolf~2 ^3 [a TO z] *',
    "emma\x00novel\x00",
    "🗿🎻 👩‍👩‍👧‍👦",
    "lone \ud83d surrogate \udc00",
    "x" * 70_000,
    "e\u0301migre\u0301 naïve",
    "قطة 猫 кошка γάτα",
    "\u202e\u200b\ufeff",
    "novel " * 1000,
)
