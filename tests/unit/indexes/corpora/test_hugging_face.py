"""Data sets of the hub. The package itself is played: nothing here asks the network."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from indexes import FileCorpus, Passage
from indexes.corpora.hugging_face import Address, address
from indexes.errors import CorpusError, InputError, RecordError


class DefunctError(Exception):
    """An error of the package that derives from none of Python's."""


class Played(ModuleType):
    """As much of `datasets` as is used."""

    __version__ = "4.1.0"

    def __init__(self) -> None:
        super().__init__("datasets")
        self.exceptions = SimpleNamespace(DatasetsError=DefunctError)
        self.asked: list[tuple[Any, ...]] = []
        self.splits: dict[str, Any] = {"train": [{"_id": "1", "title": "T", "text": "one", "vector": [0.5]}]}
        self.error: Exception | None = None

    def load_dataset(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        self.asked.append((*arguments, options))
        if self.error:
            raise self.error
        return self.splits


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    module = Played()
    monkeypatch.setitem(sys.modules, "datasets", module)
    return module


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("hf://BeIR/scifact", Address("BeIR/scifact", None, None, None)),
        ("hf://BeIR/scifact/corpus", Address("BeIR/scifact", None, "corpus", None)),
        ("hf://a/b@v1.0/c/d", Address("a/b", "v1.0", "c", "d")),
    ],
)
def test_an_address_names_owner_name_configuration_and_split(said: str, wanted: Address) -> None:
    assert address(said) == wanted


@pytest.mark.parametrize("said", ["hf://", "hf://squad", "hf://a/b/c/d/e", "hf://a/../b", "hf://a b/c", "hf://a/b?x=1"])
def test_what_is_no_address_is_refused(said: str) -> None:
    with pytest.raises(InputError, match=r"a data set is named hf://owner/name"):
        FileCorpus(said)


def test_rows_are_streamed_and_named_after_their_place(played: Played) -> None:
    assert list(FileCorpus("hf://o/n@r/c/train")) == [Passage("1", "T", "one")]
    assert played.asked == [("o/n", "c", {"revision": "r", "streaming": True})]
    played.splits = {"train": [{"text": "one"}, {"text": "two"}]}
    corpus = FileCorpus("hf://o/n")
    assert [passage.id for passage in corpus] == ["o/n:1", "o/n:2"]
    assert corpus.bytes is None
    assert corpus.expected(1) is None


def test_one_of_several_splits_must_be_named(played: Played) -> None:
    played.splits = {"train": [], "test": [{"text": "one"}]}
    for said in ("hf://o/n", "hf://o/n/c/dev"):
        with pytest.raises(CorpusError, match=r"must name one of the splits train, test; write hf://o/n/"):
            list(FileCorpus(said))
    assert len(list(FileCorpus("hf://o/n/c/test"))) == 1


def test_a_bad_row_is_named_or_counted(played: Played) -> None:
    played.splits = {"train": [{"text": "one"}, {"text": " "}, {"text": "three"}]}
    with pytest.raises(RecordError, match=r"row 2: a record must have"):
        list(FileCorpus("hf://o/n"))
    assert len(list(FileCorpus("hf://o/n", skip_bad=1))) == 2


def test_what_goes_wrong_on_the_way_is_told(played: Played) -> None:
    def breaks() -> Iterator[dict[str, str]]:
        yield {"text": "one"}
        raise ConnectionError("gone\nmore")

    played.splits = {"train": breaks()}
    with pytest.raises(CorpusError, match=r"hf://o/n, after row 1: gone$"):
        list(FileCorpus("hf://o/n"))
    played.error = DefunctError("taken away")
    with pytest.raises(CorpusError, match="hf://o/n cannot be read: taken away"):
        list(FileCorpus("hf://o/n"))
    played.error = FileNotFoundError("no such data set")
    with pytest.raises(CorpusError, match="hf://o/n cannot be read: no such data set"):
        list(FileCorpus("hf://o/n"))


def test_a_version_that_runs_the_data_sets_code_is_refused(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(played, "__version__", "3.6.0", raising=False)
    with pytest.raises(CorpusError, match=r"needs datasets 4 or newer, which runs no code of a data set, but 3\.6\.0"):
        list(FileCorpus("hf://o/n"))


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(CorpusError, match=r"pip install 'dsp\[datasets\]'"):
        list(FileCorpus("hf://o/n"))
