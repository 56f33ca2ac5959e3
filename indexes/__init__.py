"""Retrieval: build, open and search an index. No language model anywhere in it.

    import indexes

    with indexes.build("corpus.jsonl", to="my-index") as index:
        for hit in index.search("who wrote Emma?", k=5):
            print(hit.rank, hit.score, hit.title)

The names are loaded when they are first used: `import indexes` itself loads neither numpy nor an engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from indexes.passage import Hit, Passage

if TYPE_CHECKING:
    from indexes.building import build as build
    from indexes.corpora.files import FileCorpus as FileCorpus
    from indexes.fusion import combsum as combsum
    from indexes.fusion import reciprocal_rank_fusion as reciprocal_rank_fusion
    from indexes.living import Change as Change
    from indexes.living import add as add
    from indexes.living import compact as compact
    from indexes.living import delete as delete
    from indexes.living import snapshot as snapshot
    from indexes.living import update as update
    from indexes.opening import open_index as open
    from indexes.opening import verify as verify
    from indexes.protocols import Analyzer as Analyzer
    from indexes.protocols import Corpus as Corpus
    from indexes.protocols import Embedder as Embedder
    from indexes.protocols import Index as Index
    from indexes.protocols import Store as Store
    from indexes.queries import AllOf as AllOf
    from indexes.queries import AnyOf as AnyOf
    from indexes.queries import Phrase as Phrase
    from indexes.queries import Without as Without
    from indexes.queries import Words as Words
    from indexes.query_text import parse_query as parse_query

_LAZY = {
    "AllOf": "indexes.queries:AllOf",
    "Analyzer": "indexes.protocols:Analyzer",
    "AnyOf": "indexes.queries:AnyOf",
    "Change": "indexes.living:Change",
    "Corpus": "indexes.protocols:Corpus",
    "Embedder": "indexes.protocols:Embedder",
    "FileCorpus": "indexes.corpora.files:FileCorpus",
    "Index": "indexes.protocols:Index",
    "Phrase": "indexes.queries:Phrase",
    "Store": "indexes.protocols:Store",
    "Without": "indexes.queries:Without",
    "Words": "indexes.queries:Words",
    "add": "indexes.living:add",
    "build": "indexes.building:build",
    "combsum": "indexes.fusion:combsum",
    "compact": "indexes.living:compact",
    "delete": "indexes.living:delete",
    "open": "indexes.opening:open_index",
    "parse_query": "indexes.query_text:parse_query",
    "reciprocal_rank_fusion": "indexes.fusion:reciprocal_rank_fusion",
    "snapshot": "indexes.living:snapshot",
    "update": "indexes.living:update",
    "verify": "indexes.opening:verify",
}

__all__ = [
    "AllOf",
    "Analyzer",
    "AnyOf",
    "Change",
    "Corpus",
    "Embedder",
    "FileCorpus",
    "Hit",
    "Index",
    "Passage",
    "Phrase",
    "Store",
    "Without",
    "Words",
    "add",
    "build",
    "combsum",
    "compact",
    "delete",
    "open",
    "parse_query",
    "reciprocal_rank_fusion",
    "snapshot",
    "update",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _LAZY[name].partition(":")
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
