"""How a text becomes terms. One analyzer, one file; a plugin adds one by an entry point in `indexes.analyzers`."""

from __future__ import annotations

from indexes.registry import Registry

ANALYZERS = Registry(
    "analyzer",
    "indexes.analyzers",
    {
        "arabic": "indexes.analyzers.snowball:ARABIC",
        "cjk": "indexes.analyzers.cjk:CJK",
        "danish": "indexes.analyzers.snowball:DANISH",
        "dutch": "indexes.analyzers.snowball:DUTCH",
        "english": "indexes.analyzers.english:ENGLISH",
        "english_unstemmed": "indexes.analyzers.english_unstemmed:ENGLISH_UNSTEMMED",
        "finnish": "indexes.analyzers.snowball:FINNISH",
        "french": "indexes.analyzers.snowball:FRENCH",
        "german": "indexes.analyzers.snowball:GERMAN",
        "greek": "indexes.analyzers.snowball:GREEK",
        "hungarian": "indexes.analyzers.snowball:HUNGARIAN",
        "italian": "indexes.analyzers.snowball:ITALIAN",
        "norwegian": "indexes.analyzers.snowball:NORWEGIAN",
        "plain": "indexes.analyzers.plain:PLAIN",
        "portuguese": "indexes.analyzers.snowball:PORTUGUESE",
        "romanian": "indexes.analyzers.snowball:ROMANIAN",
        "russian": "indexes.analyzers.snowball:RUSSIAN",
        "spanish": "indexes.analyzers.snowball:SPANISH",
        "swedish": "indexes.analyzers.snowball:SWEDISH",
        "tamil": "indexes.analyzers.snowball:TAMIL",
        "turkish": "indexes.analyzers.snowball:TURKISH",
    },
)
