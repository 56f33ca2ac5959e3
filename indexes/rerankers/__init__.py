"""How well passages answer a query, by a model. One kind, one file; a plugin adds one by an entry point in
`indexes.rerankers`."""

from __future__ import annotations

from indexes.errors import InputError
from indexes.protocols import Reranker
from indexes.registry import Registry

RERANKERS = Registry(
    "reranker",
    "indexes.rerankers",
    {"sentence_transformers": "indexes.rerankers.sentence_transformers:CrossEncoderReranker"},
)


def reranker_named(name: str) -> Reranker:
    """The reranker of a name such as `sentence_transformers/MODEL`. Loads no model. Raises InputError."""
    kind, _, model = name.partition("/")
    maker = RERANKERS.get(kind)
    if not model:
        raise InputError(f'a reranker of kind {kind} needs a model, but got "{name}"; say {kind}/MODEL')
    made: Reranker = maker(model)
    return made
