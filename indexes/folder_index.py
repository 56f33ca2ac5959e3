"""`FolderIndex`: an index opened from its folder: an engine finds ordinals, the store gives their passages."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from indexes.analyzers.highlighting import Highlights, highlight
from indexes.columns import Columns
from indexes.errors import InputError, QueryError
from indexes.filters import Filter, as_filter
from indexes.manifest import Manifest, read_manifest
from indexes.operators import Operators
from indexes.passage import Hit, Passage
from indexes.protocols import Analyzer, EngineReader, Store, TellingReader, TunableReader
from indexes.queries import Query, QueryReader
from indexes.query_text import parse_query
from indexes.selection import search_within

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMPACT_ABOVE = 0.2
"""When more of the passages than this share are deleted ones, `info` advises to compact the index."""


class FolderIndex(Operators):
    """The `Index` that `indexes.open` gives, whatever its engine.

    `live`, bool [passages of the store], is False for those that were deleted: the engine leaves them out by itself.
    `reopened` opens the folder anew, as this index was opened.
    """

    def __init__(
        self,
        path: Path,
        manifest: Manifest,
        store: Store,
        reader: EngineReader,
        analyzer: Analyzer,
        live: NDArray[np.bool_] | None = None,
        reopened: Callable[[], FolderIndex] | None = None,
    ) -> None:
        self.path = path
        self.manifest = manifest
        self.store = store
        self._reader = reader
        self._analyzer = analyzer
        self._live = live
        self._reopened = reopened
        self._columns = Columns(store)
        self._closed = False
        self._owner: FolderIndex | None = None

    def search(self, query: str, k: int, *, where: Mapping[str, Any] | Filter | None = None) -> list[Hit]:
        """The k best passages for a query, best first; with `where`, of those that this filter lets through.

        See `Index` for the laws, and `indexes.filters` for what a filter may say. The first filter on a field reads all
        passages once. Raises InputError, also for a filter on a field that no passage has.
        """
        self._check_open()
        check_query(query, k)
        return self._hits(self._found(self._reader, query, k, self._selected(where)))

    def search_query(self, query: str | Query, k: int, *, where: Mapping[str, Any] | Filter | None = None) -> list[Hit]:
        """The k best passages for a query with structure: phrases, AND, OR, NOT, parentheses, title: and text:.

        `query` is a text with operators (see `indexes.query_text`) or a query made of parts (see `indexes.queries`).
        Raises QueryError where it means nothing, where the engine takes none, or where this index was built without
        what it needs: positions for a phrase, separate fields for `title:`; and what `search` raises.
        """
        self._check_open()
        if isinstance(query, str):
            query = parse_query(query)
        check_query("", k)
        if not isinstance(self._reader, QueryReader):
            raise QueryError(
                f"a query with structure needs an engine that takes one, but {self.manifest.engine} does not; "
                'search for it as plain text, or build the index with engine="bm25"'
            )
        return self._hits(self._found(_Structured(self._reader, query), "", k, self._selected(where)))

    def with_(self, **parameters: Any) -> FolderIndex:
        """This index, searched with other parameters, by an engine that takes them for each search (`bm25_tunable`).

        It shares all files with this one and is closed with it. Raises InputError for an engine whose parameters are
        fixed when it is built, and for a parameter that it doesn't know or cannot use.
        """
        self._check_open()
        if not isinstance(self._reader, TunableReader):
            raise InputError(
                f"engine {self.manifest.engine} has its parameters from when the index was built; build it anew with "
                f'them, or with engine="bm25_tunable", which takes them for each search'
            )
        reader = self._reader.with_(**parameters)
        tuned = copy.copy(self)
        tuned._reader, tuned._owner = reader, self
        tuned.manifest = replace(self.manifest, parameters={**self.manifest.parameters, **parameters})
        if self._reopened is not None:
            tuned._reopened = partial(_tuned_anew, self._reopened, parameters)
        return tuned

    def highlight(self, query: str | Query, passage: Passage | Hit) -> Highlights:
        """Which characters of the passage's title and text are words of the query, in any form that the index's
        analyzer takes for the same. A string is a plain query. See `indexes.analyzers.highlighting`."""
        return highlight(self._analyzer, query, passage.passage if isinstance(passage, Hit) else passage)

    def _hits(self, found: Sequence[tuple[int, float]]) -> list[Hit]:
        source = self.manifest.engine
        return [Hit(self.store[ordinal], score, rank, source) for rank, (ordinal, score) in enumerate(found, 1)]

    def check_filter(self, where: Mapping[str, Any] | Filter) -> None:
        """Raises InputError where a search with this filter would."""
        self._check_open()
        self._columns.mask(as_filter(where))

    def _selected(self, where: Mapping[str, Any] | Filter | None) -> NDArray[np.bool_] | None:
        if where is None:
            return None
        mask = self._columns.mask(as_filter(where))
        return mask if self._live is None else mask & self._live

    def _found(
        self, reader: EngineReader, query: str, k: int, allowed: NDArray[np.bool_] | None
    ) -> Sequence[tuple[int, float]]:
        if allowed is None:
            return reader.search(query, min(k, len(self))) if len(self) else []
        return search_within(reader, query, k, allowed)

    def __len__(self) -> int:
        return self.manifest.passages

    def passages(self) -> Iterator[Passage]:
        self._check_open()
        if self._live is None:
            return iter(self.store)
        return (self.store[ordinal] for ordinal in self._live.nonzero()[0].tolist())

    def refresh(self) -> FolderIndex:
        """The index as it was last published: this one where nothing changed since, else a newly opened one.

        This one stays open, for those who are searching it, until it is closed. Raises what `indexes.open` does.
        """
        self._check_open()
        if self._reopened is None or read_manifest(self.path).generation == self.manifest.generation:
            return self
        return self._reopened()

    def info(self) -> dict[str, Any]:
        manifest = self.manifest
        facts = self._reader.facts() if isinstance(self._reader, TellingReader) else {}
        return {
            "path": str(self.path),
            "engine": manifest.engine,
            "parameters": dict(manifest.parameters),
            "analyzer": manifest.analyzer,
            "analyzer_fingerprint": manifest.analyzer_fingerprint,
            "embedder": manifest.embedder,
            "embedder_fingerprint": manifest.embedder_fingerprint,
            "passages": manifest.passages,
            "deleted": manifest.deleted,
            "parts": len(manifest.parts),
            "compaction_advised": manifest.deleted > COMPACT_ABOVE * sum(manifest.parts),
            "skipped": manifest.skipped,
            "bytes": manifest.bytes,
            "format_version": manifest.format_version,
            "created": manifest.created,
            "changed": manifest.changed,
            "corpus_digest": manifest.corpus_digest,
            **({"facts": facts} if facts else {}),
        }

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            if self._owner is None:
                self._reader.close()
                self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<index {self.path}: {len(self):,} passages, engine {self.manifest.engine}>"

    def _check_open(self) -> None:
        if self._owner is not None:
            self._owner._check_open()
        if self._closed:
            raise InputError(f"the index must be open, but {self.path} was closed; open it again with indexes.open")


def _tuned_anew(reopened: Callable[[], FolderIndex], parameters: Mapping[str, Any]) -> FolderIndex:
    """The index opened anew, with these parameters, and closed by whom it is given to."""
    tuned = reopened().with_(**parameters)
    tuned._owner = None
    return tuned


class _Structured:
    """A reader of which every search is for the one query with structure."""

    def __init__(self, reader: QueryReader, query: Query) -> None:
        self._reader = reader
        self._query = query

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        return self._reader.search_query(self._query, k)

    def close(self) -> None:
        """The reader stays open: it is the index's."""


def check_query(query: object, k: object) -> None:
    """Raises InputError for a query that is not text or a k that is not a whole number from 1 up."""
    if not isinstance(query, str):
        raise InputError(f"a query must be a string, but got {type(query).__name__}; give the question as text")
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise InputError(f"k must be a whole number, at least 1, but got {k!r}; ask for one passage or more")
