"""`knn`: the training examples nearest to a question (DSP, Khattab et al. 2022, section 3.1; Liu et al. 2022)."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dsp.errors import InputError
from dsp.types.example import Example
from indexes.analyzers import ANALYZERS
from indexes.embedders import EMBEDDERS
from indexes.engines import ENGINES
from indexes.passage import Passage
from indexes.protocols import Embedder, Recipe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT_BELOW = 20_000  # as in DSP: fewer examples are all compared with the question, here in memory
Cast = Callable[[Mapping[str, Any]], str]
Vectorizer = str | Embedder | Callable[[Sequence[str]], Any]
"""The name of an embedder, an embedder, or a function from texts to rows of numbers."""


def question_text(example: Mapping[str, Any]) -> str:
    """What an example is told by: its question."""
    return str(example.get("question", ""))


def question_and_answer_text(example: Mapping[str, Any]) -> str:
    """Its question with its answer, where it has one: for training examples that are told apart by both."""
    return " ".join(str(example[name]) for name in ("question", "answer") if example.get(name))


def knn(
    train: Sequence[Example], cast: Cast = question_text, *, embedder: Vectorizer = "hashing"
) -> Callable[[Mapping[str, Any], int], list[Example]]:
    """A function `(example, k)` that gives copies of the k training examples nearest to it, nearest first.

        >>> train = [Example(question="Who wrote Emma?"), Example(question="Where is Lviv?")]
        >>> knn(train)(Example(question="Who wrote Dune?"), 1)
        [Example(question='Who wrote Emma?')]

    `cast` says by which text an example is told. Nearness is the cosine of the texts' vectors; equally near ones come
    in the order of `train`; an example without a text is near to none. The embedder is any of `indexes`, by name or
    itself, or a function from texts to rows; `hashing` compares words and parts of words. From 20,000 examples on the
    vectors go to the `faiss` engine where FAISS is installed. Raises InputError for k < 1.
    """
    texts = [cast(example) for example in train]
    vectorize = vectorizer_of(embedder)
    neighbours: _Neighbours
    if len(texts) >= EXACT_BELOW and importlib.util.find_spec("faiss") is not None:
        neighbours = _Indexed(texts, vectorize)
    else:
        neighbours = _Compared(texts, vectorize)

    def nearest(example: Mapping[str, Any], k: int) -> list[Example]:
        if not isinstance(k, int) or k < 1:
            raise InputError(f"k must be at least 1, but got {k!r}; ask for one example or more")
        return [train[place].copy() for place in neighbours.nearest(cast(example), k)] if texts else []

    return nearest


class VectorizerEmbedder:
    """A function from texts to rows, as an embedder of `indexes`: rows are float32, brought to unit length."""

    def __init__(self, function: Callable[[Sequence[str]], Any], name: str) -> None:
        self._function = function
        self._name = name
        self._dimension = 0

    @property
    def fingerprint(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        if not self._dimension:
            self._dimension = int(self.embed_passages(["one"]).shape[1])
        return self._dimension

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return _unit(self._function(list(texts)), len(texts), self._name)

    embed_queries = embed_passages


def vectorizer_of(embedder: Vectorizer) -> Embedder:
    """The embedder that a user named or gave. Raises InputError for what gives no vectors."""
    if isinstance(embedder, str):
        named: Embedder = EMBEDDERS.get(embedder)
        return named
    if isinstance(embedder, Embedder):
        return embedder
    if callable(embedder):
        return VectorizerEmbedder(embedder, getattr(embedder, "__name__", type(embedder).__name__))
    raise InputError(f'an embedder must be a name, an Embedder or a function, but got {embedder!r}; say "hashing"')


class _Neighbours(Protocol):
    def nearest(self, text: str, k: int) -> list[int]: ...


class _Compared:
    """Every vector in memory, float32 [n, dimension], compared with each question."""

    def __init__(self, texts: Sequence[str], embedder: Embedder) -> None:
        self._embedder = embedder
        self._rows = _unit(embedder.embed_passages(texts), len(texts), embedder.fingerprint)

    def nearest(self, text: str, k: int) -> list[int]:
        row = _unit(self._embedder.embed_queries([text]), 1, self._embedder.fingerprint)[0]
        import numpy as np

        scores = np.round(self._rows @ row, 5)  # equal texts are equally near, whatever the order of additions
        return [int(place) for place in np.argsort(-scores, kind="stable")[:k]]


class _Indexed:
    """The vectors in a temporary folder of the `faiss` engine, which goes when this does."""

    def __init__(self, texts: Sequence[str], embedder: Embedder) -> None:
        folder = Path(tempfile.mkdtemp(prefix="dsp-knn-"))
        self._gone = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        recipe = Recipe(ANALYZERS.get("plain"), embedder, {"kind": "flat"})
        engine = ENGINES.get("faiss")
        writer = engine.create(folder, recipe)
        passages = [Passage(str(number), "", text) for number, text in enumerate(texts)]
        for passage in passages:
            writer.add(passage)
        writer.finish()
        self._reader = engine.open(folder, recipe, passages)

    def nearest(self, text: str, k: int) -> list[int]:
        return [ordinal for ordinal, _ in self._reader.search(text, k)]


def _unit(rows: Any, count: int, name: str) -> NDArray[np.float32]:
    import numpy as np

    vectors = np.asarray(rows, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != count or not np.isfinite(vectors).all():
        raise InputError(
            f"an embedder must give a row of finite numbers for each text, but {name} gave {list(vectors.shape)} "
            f"for {count}; mend the embedder"
        )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: NDArray[np.float32] = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return result
