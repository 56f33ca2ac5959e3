"""How a text becomes a vector. One embedder, one file; a plugin adds one by an entry point in `indexes.embedders`.

A name in the registry leads to an `Embedder`, or to a function that makes one of a model: `NAME/MODEL` then says which.
"""

from __future__ import annotations

from indexes.errors import InputError
from indexes.protocols import Embedder
from indexes.registry import Registry

EMBEDDERS = Registry(
    "embedder",
    "indexes.embedders",
    {
        "hashing": "indexes.embedders.hashing:HASHING",
        "openai": "indexes.embedders.openai:OpenAIEmbedder",
        "sentence_transformers": "indexes.embedders.sentence_transformers:SentenceTransformersEmbedder",
    },
)


def embedder_named(name: str) -> Embedder:
    """The embedder that `NAME` or `NAME/MODEL` means. Raises UnknownNameError, and InputError for a model too much."""
    kind, _, model = name.partition("/")
    found = EMBEDDERS.get(kind)
    if not isinstance(found, type) and isinstance(found, Embedder):
        if model:
            raise InputError(f'embedder {kind} has no models, but got "{name}"; write {kind} alone')
        return found
    made: Embedder = found(model)
    return made
