"""Passages into the folder of a new generation: stored and indexed in one pass."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from indexes.corpora.files import FileCorpus
from indexes.embedders.fitted import save_fitted
from indexes.errors import CorpusError, DuplicateIdError, InputError
from indexes.opening import ENGINE_FOLDER
from indexes.passage import Passage
from indexes.protocols import Engine, Progress, Recipe, Store
from indexes.publish import cannot_write, writing
from indexes.stores.ids import repeated
from indexes.stores.jsonl import JsonlStore, JsonlStoreWriter

_EVERY = 500  # passages between two calls of `progress`


def index_passages(
    corpus: Iterable[Passage], engine: Engine, recipe: Recipe, generation: Path, progress: Progress | None
) -> JsonlStoreWriter:
    """Store and index every passage. Gives the store's writer, finished. Raises DuplicateIdError and others."""
    folder = generation / ENGINE_FOLDER
    folder.mkdir()
    with ExitStack() as undo:
        store = JsonlStoreWriter(generation)
        undo.callback(store.abort)
        with writing(generation):
            writer = engine.create(folder, recipe)
        undo.callback(writer.abort)
        for passage in reported(corpus, progress):
            check_passage(passage, len(store))
            try:
                store.add(passage)
                writer.add(passage)
            except OSError as error:
                raise cannot_write(generation, error) from error
        if not len(store):
            raise CorpusError("a corpus must hold at least one passage, but this has none; check the source")
        with writing(generation):
            store.finish()
            writer.finish()
            save_fitted(recipe.embedder, generation)
        undo.pop_all()
    if suspects := repeated(store.checks):
        written = JsonlStore(generation, len(store))
        try:
            refuse_repeated(written, suspects, corpus)
        finally:
            written.close()
    return store


def store_passages(corpus: Iterable[Passage], generation: Path, part: int) -> array[int]:
    """Store every passage in a part of its own. Gives the CRC-32s of their ids. Raises DuplicateIdError and others."""
    with ExitStack() as undo:
        store = JsonlStoreWriter(generation, part)
        undo.callback(store.abort)
        for passage in corpus:
            check_passage(passage, len(store))
            with writing(generation):
                store.add(passage)
        if not len(store):
            raise CorpusError("a corpus must hold at least one passage, but this has none; check the source")
        with writing(generation):
            store.finish()
        undo.pop_all()
    if suspects := repeated(store.checks):
        written = JsonlStore(generation, len(store), part)
        try:
            refuse_repeated(written, suspects, corpus)
        finally:
            written.close()
    return store.checks


def refuse_repeated(store: Store, suspects: Iterable[int], corpus: Iterable[Passage]) -> None:
    """Raise DuplicateIdError for the first id that comes twice; `suspects` are ordinals, in order."""
    first: dict[str, int] = {}
    for ordinal in suspects:
        identifier = store[ordinal].id
        if identifier in first:
            raise _duplicate(identifier, first[identifier], ordinal, corpus)
        first[identifier] = ordinal


def reported(corpus: Iterable[Passage], progress: Progress | None) -> Iterator[Passage]:
    """The corpus's passages, with word of how many were given, and at the end of all."""
    total = len(corpus) if isinstance(corpus, list | tuple) else None
    done = 0
    for done, passage in enumerate(corpus, 1):
        yield passage
        if progress is not None and not done % _EVERY:
            progress(done, total)
    if progress is not None and done:
        progress(done, done)


def check_passage(passage: Passage, ordinal: int) -> None:
    """Raises InputError for what is no passage."""
    if not isinstance(passage, Passage):
        raise InputError(
            f"a corpus gives passages, but gave {type(passage).__name__}; wrap it in Passage(id, title, text)"
        )
    if not (isinstance(passage.id, str) and isinstance(passage.title, str) and isinstance(passage.text, str)):
        raise InputError(f"id, title and text must be strings, but those of passage {ordinal} are not: {passage.id!r}")


def _duplicate(identifier: str, first: int, second: int, corpus: Iterable[Passage]) -> DuplicateIdError:
    if isinstance(corpus, FileCorpus):
        places = corpus.places({first, second})
        where = f"{places[first]} and {places[second]}"
    else:
        where = f"passages {first + 1} and {second + 1}"
    return DuplicateIdError(f'ids must be unique, but "{identifier}" is at {where}; change or remove one of them')
