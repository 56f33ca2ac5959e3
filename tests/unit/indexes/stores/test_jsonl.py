from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import Passage
from indexes.errors import CorruptIndexError, InputError
from indexes.stores.jsonl import OFFSETS, PASSAGES, JsonlStore, JsonlStoreWriter, to_line

MANY = [Passage(f"p{number}", f"title {number}", "words " * (number % 90), {"n": number}) for number in range(3000)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = JsonlStoreWriter(tmp_path)
    for passage in MANY:
        writer.add(passage)
    writer.finish()
    return tmp_path


def test_threads_reading_anywhere_at_once_get_what_was_written(folder: Path) -> None:
    store = JsonlStore(folder, len(MANY))
    ordinals = [(7919 * step) % len(MANY) for step in range(12_000)]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(store.__getitem__, ordinals))
    assert got == [MANY[ordinal] for ordinal in ordinals]
    store.close()


def test_what_was_opened_is_read_even_when_the_files_are_gone(folder: Path) -> None:
    store = JsonlStore(folder, len(MANY))
    (folder / PASSAGES).unlink()
    (folder / OFFSETS).unlink()
    assert [*store] == MANY
    store.close()


@given(st.text(), st.text(st.sampled_from('ab"\\\n\x00\x7f\u2028é🗿\ud83d')), st.text())
def test_a_line_is_the_json_of_its_passage_and_one_line_alone(id: str, title: str, text: str) -> None:
    line = to_line(Passage(id, title, text))
    assert json.loads(line) == {"id": id, "title": title, "text": text}
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1


def test_a_closed_store_says_so(folder: Path) -> None:
    store = JsonlStore(folder, len(MANY))
    store.close()
    store.close()
    with pytest.raises(InputError, match="closed"):
        store[0]


def test_a_line_that_is_altered_is_named_and_the_others_are_read(folder: Path) -> None:
    data = bytearray((folder / PASSAGES).read_bytes())
    data[1] ^= 0xFF
    (folder / PASSAGES).write_bytes(data)
    store = JsonlStore(folder, len(MANY))
    with pytest.raises(CorruptIndexError, match=r"passages\.jsonl is damaged at passage 0"):
        store[0]
    assert store[1] == MANY[1]
    store.close()


def test_a_file_that_shrinks_while_it_is_read_is_a_typed_error(folder: Path) -> None:
    store = JsonlStore(folder, len(MANY))
    (folder / PASSAGES).write_bytes(b"{")
    with pytest.raises(CorruptIndexError, match="damaged at passage 2999"):
        store[2999]
    store.close()
