"""Where passages come from. One format, one file; a plugin adds one by an entry point in `indexes.corpora`."""

from __future__ import annotations

from indexes.registry import Registry

FORMATS = Registry(
    "corpus format",
    "indexes.corpora",
    {
        "arrow": "indexes.corpora.parquet:ARROW",
        "csv": "indexes.corpora.csv:CSV",
        "dpr": "indexes.corpora.tsv:DPR",
        "hotpotqa": "indexes.corpora.hotpotqa:FORMAT",
        "hotpotqa_wiki": "indexes.corpora.hotpotqa_wiki:FORMAT",
        "html": "indexes.corpora.html:FORMAT",
        "hugging_face": "indexes.corpora.hugging_face:FORMAT",
        "jsonl": "indexes.corpora.jsonl:FORMAT",
        "markdown": "indexes.corpora.markdown:FORMAT",
        "msmarco": "indexes.corpora.msmarco:FORMAT",
        "parquet": "indexes.corpora.parquet:PARQUET",
        "pdf": "indexes.corpora.pdf:FORMAT",
        "text": "indexes.corpora.text:FORMAT",
        "tsv": "indexes.corpora.tsv:TSV",
    },
)
