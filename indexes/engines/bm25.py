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

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from indexes.analyzers.native import MAX_TERM_BYTES, NativeAnalyzer
from indexes.engines.parameters import whole_number, with_defaults
from indexes.errors import CorruptIndexError, IndexFolderError
from indexes.passage import Passage
from indexes.protocols import Analyzer, EngineReader, EngineWriter, Recipe, Store

FIELD = "terms"
TOKENIZER = "terms"
# A segment is flushed when its buffer is full, never sooner: the largest buffer tantivy takes keeps the index
# in one segment, in the order of indexing, up to some ten million passages. It grows as it is used.
BUFFER_BYTES = 4_000_000_000
# A query of a hundred thousand words is answered by its first distinct terms: more would only cost time.
MAX_QUERY_TERMS = 1024
_SEPARATOR = "\x1f"


class Bm25:
    """Engine `bm25`. Parameter: `title_weight` (3), how often the title counts; a whole number."""

    name = "bm25"

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        chosen = with_defaults(self.name, given, {"title_weight": 3})
        return {"title_weight": whole_number(self.name, "title_weight", chosen["title_weight"], low=0, high=100)}

    def embeds(self, parameters: Mapping[str, Any]) -> bool:
        return False

    def create(self, folder: Path, recipe: Recipe) -> EngineWriter:
        return Bm25Writer(folder, recipe)

    def open(self, folder: Path, recipe: Recipe, store: Store) -> EngineReader:
        return Bm25Reader(folder, recipe, len(store))


ENGINE = Bm25()


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(FIELD, tokenizer_name=TOKENIZER, index_option="freq")
    builder.add_integer_field("ordinal", fast=True)
    return builder.build()


class Terms:
    """How texts reach tantivy: as they are where the analyzer runs inside it, else as terms already cut."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyzer = analyzer
        self._native = isinstance(analyzer, NativeAnalyzer)

    def register(self, index: Any) -> None:
        if isinstance(self.analyzer, NativeAnalyzer):
            index.register_tokenizer(TOKENIZER, self.analyzer.native)
        else:
            cut = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(f"[^{_SEPARATOR}]+")).build()
            index.register_tokenizer(TOKENIZER, cut)

    def of_query(self, text: str) -> list[str]:
        terms = self.analyzer(text)
        return terms if self._native else [term for term in map(_plain, terms) if term]

    def of_passage(self, text: str) -> str:
        if isinstance(self.analyzer, NativeAnalyzer):
            return self.analyzer.prepare(text)
        return _SEPARATOR.join(self.of_query(text))


def _plain(term: str) -> str:
    """A third party's term as tantivy can hold it; empty where it cannot."""
    encoded = term.replace(_SEPARATOR, "").encode("utf-8", "replace")
    return encoded.decode() if len(encoded) <= MAX_TERM_BYTES else ""


class Bm25Writer:
    """One indexing thread, so that the order on disk is the order of adding."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        index = tantivy.Index(_schema(), path=str(folder), reuse=False)
        self._folder = folder
        self._terms = Terms(recipe.analyzer)
        self._terms.register(index)
        self._writer: Any = index.writer(BUFFER_BYTES, 1)
        self._count = 0
        self._title_weight = int(recipe.parameters["title_weight"])

    def add(self, passage: Passage) -> None:
        prepare = self._terms.of_passage
        values = [prepare(passage.title)] * self._title_weight if passage.title else []
        values.append(prepare(passage.text))
        try:
            self._writer.add_document(tantivy.Document(terms=values, ordinal=self._count))
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
    """Queries are built from terms, never parsed: an operator character in a query is text."""

    def __init__(self, folder: Path, recipe: Recipe, passages: int) -> None:
        self._folder = folder
        with _reading(folder), _writable(folder) as place:
            self._index = tantivy.Index.open(str(place))
            self._index.config_reader(reload_policy="manual")
            self._searcher = self._index.searcher()
        if self._searcher.num_docs != passages:
            raise CorruptIndexError(
                f"{folder} must hold {passages} passages, but holds {self._searcher.num_docs}; build the index again"
            )
        self._schema = self._index.schema
        self._terms = Terms(recipe.analyzer)
        self._passages = passages
        self._one_segment = self._searcher.num_segments == 1

    def search(self, query: str, k: int) -> Sequence[tuple[int, float]]:
        counts = Counter(self._terms.of_query(query))
        if not counts:
            return []
        clauses = [(tantivy.Occur.Should, self._clause(*item)) for item in counts.most_common(MAX_QUERY_TERMS)]
        with _reading(self._folder):
            return self._ranked(tantivy.Query.boolean_query(clauses), k)

    def close(self) -> None:
        del self._searcher, self._index

    def _clause(self, term: str, count: int) -> Any:
        query = tantivy.Query.term_query(self._schema, FIELD, term, "freq")
        return query if count == 1 else tantivy.Query.boost_query(query, float(count))

    def _ranked(self, wanted: Any, k: int) -> list[tuple[int, float]]:
        """The best k. Within a segment tantivy breaks ties by the order of adding; across segments we do."""
        if self._one_segment:
            hits = self._searcher.search(wanted, k, count=False).hits
            return [(address.doc, score) for score, address in hits]
        limit = k + 1
        hits = self._searcher.search(wanted, limit, count=False).hits
        while len(hits) == limit and limit < self._passages and hits[-1][0] == hits[k - 1][0]:
            limit = min(2 * limit, self._passages)
            hits = self._searcher.search(wanted, limit, count=False).hits
        ordinals: Any = self._searcher.fast_field_values("ordinal", [address for _, address in hits])
        ranked = sorted(zip(ordinals, (score for score, _ in hits), strict=True), key=lambda hit: (-hit[1], hit[0]))
        return ranked[:k]
