"""Where passages come from. One format, one file; a plugin adds one by an entry point in `indexes.corpora`."""

from __future__ import annotations

from indexes.registry import Registry

FORMATS = Registry(
    "corpus format",
    "indexes.corpora",
    {
        "csv": "indexes.corpora.csv:CSV",
        "hotpotqa": "indexes.corpora.hotpotqa:FORMAT",
        "jsonl": "indexes.corpora.jsonl:FORMAT",
        "markdown": "indexes.corpora.markdown:FORMAT",
        "text": "indexes.corpora.text:FORMAT",
        "tsv": "indexes.corpora.tsv:TSV",
    },
)
