"""`bm25`: an inverted index on disk, memory-mapped, through tantivy. The default engine.

The score of a passage p for a query q, a bag of terms in which each counts as often as it occurs:

    score(p, q) = sum over t in q of  idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length(p) / average length))
    tf          = title_weight * (occurrences of t in the title) + (occurrences of t in the text)
    length(p)   = title_weight * (terms in the title) + (terms in the text)
    idf(t)      = ln(1 + (N - n + 0.5) / (n + 0.5)),  N passages, n of them with t

with k1 = 1.2 and b = 0.75, which tantivy fixes. It is BM25 (Robertson & Zaragoza 2009, eq. 3.15) with Lucene's idf,
which is never negative, and with fields as in Robertson, Zaragoza & Taylor 2004: the title counts as if it were written
`title_weight` times. (Summing a score of the title and a score of the text instead lets a title of two words outweigh
any text: on the sample of HotpotQA it finds both supports in the top 10 for 43 questions of 100 instead of 73.) tantivy
keeps a length in one byte: exact up to 40 terms, then rounded down to one of a growing series, at most 12 % off. Scores
are 32-bit floats.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import tantivy

from indexes.engines import bm25_forgotten
from indexes.engines.bm25_queries import compiled
from indexes.engines.bm25_schema import ORDINAL, POOLED, Clauses, Fields, Terms, any_of
from indexes.engines.parameters import true_or_false, whole_number, with_defaults
from indexes.errors import CorruptIndexError, IndexFolderError
from indexes.passage import Passage
from indexes.protocols import EngineReader, EngineWriter, Recipe, Store
from indexes.queries import Query
from indexes.stores.deleted import Ordinals

# A segment is flushed when its buffer is full, never sooner: the largest buffer tantivy takes keeps the index
# in one segment, in the order of indexing, up to some ten million passages. It grows as it is used.
BUFFER_BYTES = 4_000_000_000
# A query of a hundred thousand words is answered by its first distinct terms: more would only cost time.
MAX_QUERY_TERMS = 1024
EXTENDED = "extended"


class Bm25:
    """Engine `bm25`. Parameters: `title_weight` (3), how often the title counts, a whole number; `positions` (False),
    whether phrases can be asked for, for an index that is larger by half or so, its passages not counted."""

    name = "bm25"

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        chosen = with_defaults(self.name, given, {"title_weight": 3, "positions": False})
        return {
            "title_weight": whole_number(self.name, "title_weight", chosen["title_weight"], low=0, high=100),
            "positions": true_or_false(self.name, "positions", chosen["positions"]),
        }

    def embeds(self, parameters: Mapping[str, Any]) -> bool:
        return False

    def create(self, folder: Path, recipe: Recipe) -> EngineWriter:
        return Bm25Writer(folder, recipe, _pooled(recipe))

    def extend(self, folder: Path, recipe: Recipe, store: Store) -> EngineWriter:
        return Bm25Writer(folder, recipe, _pooled(recipe), after=len(store))

    def open(self, folder: Path, recipe: Recipe, store: Store) -> EngineReader:
        return Bm25Reader(folder, recipe, _pooled(recipe), len(store))

    def forget(self, folder: Path, recipe: Recipe, passages: Sequence[Passage]) -> None:
        bm25_forgotten.forget(folder, passages, partial(_analyzed, Terms(recipe.analyzer), _title_weight(recipe)))

    def open_without(self, folder: Path, recipe: Recipe, store: Store, deleted: Ordinals) -> EngineReader:
        candidates = Bm25Candidates(folder, recipe, _pooled(recipe), len(store))
        try:
            return Bm25Forgotten(folder, candidates, store, deleted)
        except BaseException:
            candidates.close()
            raise


ENGINE = Bm25()


def _title_weight(recipe: Recipe) -> int:
    return int(recipe.parameters["title_weight"])


def _pooled(recipe: Recipe) -> Fields:
    return Fields(separate=False, positions=recipe.parameters["positions"], title_weight=_title_weight(recipe))


def _analyzed(terms: Terms, title_weight: int, passage: Passage) -> Counter[str]:
    """A passage's terms, as often as they count."""
    counts = Counter(terms.of_query(passage.text))
    for term in terms.of_query(passage.title) if title_weight else ():
        counts[term] += title_weight
    return counts


class Bm25Writer:
    """One indexing thread, so that the order on disk is the order of adding: as long as all are added at once.

    What is added `after` so many passages makes a segment of its own, and tantivy merges small ones, in any order: the
    file `extended` says so. tantivy replaces its lists of files and never writes into a segment.
    """

    def __init__(self, folder: Path, recipe: Recipe, fields: Fields, after: int = 0) -> None:
        if after and not (folder / EXTENDED).exists():  # a shared file is not even touched
            (folder / EXTENDED).touch()
        self._folder = folder
        self._document = fields.documents()
        self._count = after
        terms = Terms(recipe.analyzer)
        self._prepare = terms.of_passage
        try:
            index = tantivy.Index(fields.schema(), path=str(folder), reuse=after > 0)
            terms.register(index)
            self._writer: Any = index.writer(BUFFER_BYTES, 1)
        except ValueError as error:
            raise self._failed(error) from error

    def add(self, passage: Passage) -> None:
        prepare = self._prepare
        document = self._document(prepare(passage.title), prepare(passage.text), self._count)
        try:
            self._writer.add_document(document)
        except ValueError as error:
            raise self._failed(error) from error
        self._count += 1

    def finish(self) -> None:
        try:
            self._writer.commit()
            self._writer.wait_merging_threads()
        except ValueError as error:
            raise self._failed(error) from error
        finally:
            self._writer = None
        for lock in self._folder.glob(".tantivy-*.lock"):
            lock.unlink()

    def abort(self) -> None:
        self._writer = None  # dropping it ends its threads

    def _failed(self, error: Exception) -> IndexFolderError:
        return IndexFolderError(
            f"the index in {self._folder} cannot be written: {error}; is the disk full, or read-only?"
        )


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """What tantivy says of files that are not as it wrote them, as a CorruptIndexError; a panic in Rust too."""
    try:
        yield
    except ValueError as error:
        raise _damaged(folder, error) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a class that pyo3 makes, and no module exports
            raise
        raise _damaged(folder, error) from None


@contextmanager
def _writable(folder: Path) -> Iterator[Path]:
    """A folder to open: tantivy puts a lock file beside the files, even to read them.

    Where the folder is read-only, or somebody else's, that is a folder of links to its files. Once they are mapped
    it is needed no more.
    """
    if os.access(folder, os.W_OK):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="indexes-") as name:
        links = Path(name)
        for path in folder.iterdir():
            if not path.name.endswith(".lock"):
                (links / path.name).symlink_to(path.resolve())
        yield links


def _damaged(folder: Path, error: BaseException) -> CorruptIndexError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return CorruptIndexError(
        f"{folder} cannot be read by tantivy ({said}); see which file it is with verify, and build the index again"
    )


class Bm25Reader:
    """A plain query is a bag of terms; one with structure is asked for apart, by `search_query`."""

    def __init__(self, folder: Path, recipe: Recipe, fields: Fields, passages: int) -> None:
        self._folder = folder
        with _reading(folder), _writable(folder) as place:
            self._index = tantivy.Index.open(str(place))
            self._index.config_reader(reload_policy="manual")
            self._searcher = self._index.searcher()
        if self._searcher.num_docs != passages:
            raise CorruptIndexError(
                f"{folder} must hold {passages} passages, but holds {self._searcher.num_docs}; build the index again"
            )
        self._clauses = Clauses(fields, self._index.schema, Terms(recipe.analyzer))
        self._passages = passages
        self._in_order = self._searcher.num_segments == 1 and not (folder / EXTENDED).exists()

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        counts = Counter(self._clauses.terms.of_query(query))
        if not counts:
            return []
        of_term = self._clauses.of_term
        clauses = [clause for item in counts.most_common(MAX_QUERY_TERMS) for clause in of_term(*item)]
        with _reading(self._folder):
            return self._ranked(any_of(clauses), k)

    def search_query(self, query: Query, k: int) -> Sequence[tuple[int, float]]:
        wanted = compiled(query, self._clauses)
        if wanted is None:
            return []
        with _reading(self._folder):
            return self._ranked(wanted, k)

    def close(self) -> None:
        del self._searcher, self._index

    def _ranked(self, wanted: Any, k: int) -> list[tuple[int, float]]:
        """The best k. Within a segment tantivy breaks ties by the order of adding; across segments we do."""
        if self._in_order:
            hits = self._searcher.search(wanted, k, count=False).hits
            return [(address.doc, score) for score, address in hits]
        limit = k + 1
        hits = self._searcher.search(wanted, limit, count=False).hits
        while len(hits) == limit and limit < self._passages and hits[-1][0] == hits[k - 1][0]:
            limit = min(2 * limit, self._passages)
            hits = self._searcher.search(wanted, limit, count=False).hits
        ranked = sorted(self._with_ordinals(hits), key=lambda hit: (-hit[1], hit[0]))
        return ranked[:k]

    def _with_ordinals(self, hits: Any) -> Iterator[tuple[int, float]]:
        ordinals: Any = self._searcher.fast_field_values(ORDINAL, [address for _, address in hits])
        return zip(ordinals, (score for score, _ in hits), strict=True)


class Bm25Candidates(Bm25Reader):
    """What `ForgottenReader` asks tantivy for: the passages that score best by weights of its own."""

    def __init__(self, folder: Path, recipe: Recipe, fields: Fields, passages: int) -> None:
        super().__init__(folder, recipe, fields, passages)
        self._title_weight = int(fields.title_weight)
        self._average: float | None = None

    def terms(self, query: str) -> Sequence[tuple[str, int]]:
        return Counter(self._clauses.terms.of_query(query)).most_common(MAX_QUERY_TERMS)

    def analysis(self, passage: Passage) -> Counter[str]:
        return _analyzed(self._clauses.terms, self._title_weight, passage)

    def passages_with(self, term: str) -> int:
        with _reading(self._folder):
            return int(self._searcher.doc_freq(POOLED, term))

    def average_length(self, term: str) -> float:
        """As tantivy has it. It tells when asked to explain the score of a passage with the term, and only then."""
        if self._average is None:
            wanted = any_of(list(self._clauses.of_term(term, 1)))
            with _reading(self._folder):
                [(_, address)] = self._searcher.search(wanted, 1, count=False).hits
                said = json.loads(wanted.explain(self._searcher, address).to_json())
                self._average = _average_in(said)
        return self._average

    def best(self, weights: Sequence[tuple[str, float]], limit: int) -> Sequence[tuple[int, float]]:
        wanted = any_of([clause for item in weights for clause in self._clauses.of_term(*item)])
        with _reading(self._folder):
            hits = self._searcher.search(wanted, limit, count=False).hits
            return list(self._with_ordinals(hits))


class Bm25Forgotten(bm25_forgotten.ForgottenReader):
    """Queries with structure find no deleted passage either, but their scores still count the deleted ones in."""

    def __init__(self, folder: Path, candidates: Bm25Candidates, store: Store, deleted: Ordinals) -> None:
        super().__init__(folder, candidates, store, deleted)
        self._all = candidates

    def search_query(self, query: Query, k: int) -> Sequence[tuple[int, float]]:
        limit = k
        while True:
            found = self._all.search_query(query, limit)
            left = [hit for hit in found if self._live[hit[0]]]
            if len(left) >= k or len(found) < limit or limit == len(self._live):
                return left[:k]
            limit = min(2 * limit, len(self._live))


def _average_in(explanation: Mapping[str, Any]) -> float:
    """The average length in an explanation of a score. Raises ValueError where there is none."""
    waiting = [explanation]
    while waiting:
        part = waiting.pop()
        if part["description"].startswith("avgdl"):
            return float(part["value"])
        waiting += part.get("details", ())
    raise ValueError("tantivy explains a score without the average length")
