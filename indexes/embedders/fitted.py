"""Embedders that are fitted on the corpus: what they learned are files of the index, beside the engine's.

A build reads the corpus once more for them. A passage that is added later is embedded by what was learned before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from indexes.errors import InputError
from indexes.passage import Passage
from indexes.protocols import Embedder

EMBEDDER_FOLDER = "embedder"


@runtime_checkable
class CorpusEmbedder(Protocol):
    """An embedder to be: it has to see the corpus first.

    Laws: `fit` reads the texts once, holds a bounded number of them, leaves itself as it is, and gives an embedder that
    can be saved; equal texts give equal fingerprints. `load` gives, from the folder that this one's `save` wrote, an
    embedder of the same fingerprint and the same rows; it trusts nothing there and raises CorruptIndexError.
    """

    def fit(self, texts: Iterable[str]) -> FittedEmbedder: ...

    def load(self, folder: Path) -> FittedEmbedder: ...


@runtime_checkable
class FittedEmbedder(Embedder, Protocol):
    """An embedder that was fitted: `save` writes into an empty folder all that it has to know."""

    def save(self, folder: Path) -> None: ...


def fitted_on(embedder: CorpusEmbedder, corpus: Iterable[Passage]) -> FittedEmbedder:
    """The embedder fitted on the passages as engines embed them.

    Raises InputError for a corpus that can be read only once, since the build will read it again.
    """
    if isinstance(corpus, Iterator):
        raise InputError(
            "an embedder that is fitted reads the corpus twice, but this one is an iterator that can be read once; "
            "give files, a list, or a Corpus"
        )
    return embedder.fit(text_of(passage) for passage in corpus)


def text_of(passage: Passage) -> str:
    """What is embedded of a passage: its title and its text."""
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text


def save_fitted(embedder: Embedder | None, generation: Path) -> None:
    """Write what a fitted embedder knows into the generation; of any other there is nothing to write."""
    inner = getattr(embedder, "inner", embedder)  # of one that remembers, the one that embeds
    if isinstance(inner, FittedEmbedder):
        (generation / EMBEDDER_FOLDER).mkdir()
        inner.save(generation / EMBEDDER_FOLDER)
