"""What tests share: a small world to ask about, a retriever and an index over it, and LMs that answer from a script.

Nothing here touches the network or the user's home: the cache is off, and runs are recorded in a temporary folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis
import pytest

import indexes
from dsp import configuration
from dsp.errors import InputError
from dsp.lms.scripted import Scripted
from dsp.types.example import Example
from dsp.types.messages import LMRequest
from indexes.passage import Hit, Passage

hypothesis.settings.register_profile("dsp", deadline=None)  # no test is a matter of time
hypothesis.settings.load_profile("dsp")

_BOOKS = {
    "Emma": ("Jane Austen", "Steventon"),
    "Dune": ("Frank Herbert", "Tacoma"),
    "Solaris": ("Stanislaw Lem", "Lviv"),
    "Dracula": ("Bram Stoker", "Clontarf"),
    "Ulysses": ("James Joyce", "Rathgar"),
    "Beloved": ("Toni Morrison", "Lorain"),
    "Nadja": ("Andre Breton", "Tinchebray"),
    "Momo": ("Michael Ende", "Garmisch"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden", action="store_true", help="write the golden files anew from what the code gives now"
    )


@pytest.fixture(scope="session")
def _runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(autouse=True)
def _own_ground(monkeypatch: pytest.MonkeyPatch, _runs: Path) -> None:
    """No test sees the user's cache, runs or keys, nor the settings of the test before it."""
    monkeypatch.setenv("DSP_CACHE", "off")
    monkeypatch.setenv("DSP_RUNS", str(_runs))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(configuration, "_default", configuration.Settings())


@dataclass(frozen=True)
class World:
    """Books, their authors and where those were born: two hops from every question to its answer."""

    books: Mapping[str, tuple[str, str]] = field(default_factory=lambda: dict(_BOOKS))

    @property
    def passages(self) -> list[Passage]:
        made = []
        for book, (author, place) in self.books.items():
            made.append(Passage(f"b-{book}", book, f"{book} is a novel written by {author}."))
            made.append(Passage(f"a-{book}", author, f"{author} grew up in {place}."))
        return made

    @property
    def examples(self) -> list[Example]:
        return [
            Example(id=book, question=self.question(book), answer=place, gold_titles=[book, author]).with_inputs(
                "question"
            )
            for book, (author, place) in self.books.items()
        ]

    def question(self, book: str) -> str:
        return f"Where did the writer of {book} grow up?"

    def book_of(self, text: str) -> str:
        return next(book for book in self.books if book in text)


@pytest.fixture
def world() -> World:
    return World()


class WordRetriever:
    """The passages that share most words with the query; ties in the corpus's order. Keeps what it was asked."""

    name = "words"

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = list(passages)
        self.asked: list[tuple[str, int]] = []

    def search(self, query: str, k: int) -> list[Hit]:
        if k < 1:
            raise InputError(f"k must be at least 1, but got {k}; ask for one passage or more")
        self.asked.append((query, k))
        wanted = _words(query)
        scores = [float(len(wanted & _words(str(passage)))) for passage in self.passages]
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        found = [place for place in order if scores[place] > 0][:k]
        return [Hit(self.passages[place], scores[place], rank, "words") for rank, place in enumerate(found, 1)]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


@pytest.fixture(scope="session")
def make_retriever() -> Callable[[Sequence[Passage]], WordRetriever]:
    return WordRetriever


@pytest.fixture
def retriever(world: World) -> WordRetriever:
    return WordRetriever(world.passages)


@pytest.fixture(scope="session")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bm25 index of the world on disk; tests must not change it."""
    to = tmp_path_factory.mktemp("index") / "world"
    indexes.build(World().passages, to).close()
    return to


@pytest.fixture
def bm25(index_dir: Path) -> Iterator[indexes.Index]:
    with indexes.open(index_dir) as index:
        yield index


Answer = Callable[[str, Mapping[str, str], LMRequest], str]
"""From a field's name, the inputs by name and the request, to what the LM writes in the field."""


@pytest.fixture
def chat_lm() -> Callable[[Answer], Scripted]:
    """An LM that reads prompts of the chat template and fills every field it is asked for by a function."""

    def make(answer: Answer, *, name: str = "scripted/chat") -> Scripted:
        def complete(request: LMRequest) -> str:
            inputs, wanted = read_chat_prompt(request)
            parts = [f"[[ ## {name} ## ]]\n{answer(name, inputs, request)}" for name in wanted]
            return "\n\n".join([*parts, "[[ ## completed ## ]]"])

        return Scripted(complete, name=name)

    return make


def read_chat_prompt(request: LMRequest) -> tuple[dict[str, str], list[str]]:
    """The last turn's inputs by name, and the fields that it asks for."""
    body, _, closing = request.messages[-1]["content"].rpartition("Write the fields ")
    parts = re.split(r"^\[\[ ## (\w+) ## \]\]\n", body, flags=re.M)
    inputs = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
    wanted = [name for name in re.findall(r"\[\[ ## (\w+) ## \]\]", closing) if name != "completed"]
    return inputs, wanted


@pytest.fixture
def oracle(world: World, chat_lm: Callable[[Answer], Scripted]) -> Scripted:
    """The LM that knows the world: it writes the query that finds the author, and then the right answer."""

    def answer(name: str, inputs: Mapping[str, str], request: LMRequest) -> str:
        author, place = world.books[world.book_of(inputs["question"])]
        return {"search_query": author, "reasoning": f"{author} wrote it.", "answer": place}[name]

    return chat_lm(answer)


@pytest.fixture
def write_questions(tmp_path: Path, world: World) -> Callable[..., Path]:
    """Writes examples as the JSON lines that the command line reads."""

    def write(name: str, examples: Sequence[Example] | None = None) -> Path:
        path = tmp_path / name
        records = world.examples if examples is None else examples
        path.write_text("".join(json.dumps(dict(record)) + "\n" for record in records), encoding="utf-8")
        return path

    return write
