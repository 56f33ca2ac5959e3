from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.errors import DataError
from dsp.files import read_json, write_json, write_text, write_with


def test_a_file_is_written_whole_and_its_folder_is_made(tmp_path: Path) -> None:
    path = write_text(tmp_path / "new" / "folder" / "a.txt", "one\ntwo\n", error=DataError)
    assert path.read_bytes() == b"one\ntwo\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError, OSError])
def test_a_half_written_file_never_replaces_a_good_one(tmp_path: Path, fault: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("good", encoding="utf-8")

    def fail(stream: object) -> None:
        assert hasattr(stream, "write")
        stream.write("half")
        raise fault("no space")

    with pytest.raises(DataError if fault is OSError else fault):
        write_with(path, fail, error=DataError)
    assert path.read_text(encoding="utf-8") == "good"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_place_that_cannot_be_written_is_named_with_the_reason_and_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for target in (file / "below.json", tmp_path):
        with pytest.raises(DataError, match=rf"{target}: cannot be written \(.+\); choose another place"):
            write_json(target, {}, error=DataError)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)
ANY_TEXT = st.text(st.characters(exclude_categories=()))  # half characters too


@given(JSON)
def test_json_comes_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.json"
    assert read_json(write_json(path, value, error=DataError), error=DataError, what="json") == value


@given(ANY_TEXT)
def test_half_a_character_is_written_as_json_escapes_it(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "half.json"
    back = read_json(write_json(path, [text], error=DataError), error=DataError, what="json")
    assert back == json.loads(json.dumps([text]))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1 is not JSON"),
        (b'{"a": 1,\n"b": }', "line 2 is not JSON"),
        (b'{"a": "\xff"}', "must be UTF-8, but byte 7 is not"),
        (b"[" * 200_000, "its JSON is nested too deep"),
    ],
)
def test_what_is_not_json_is_refused_with_the_file_the_place_and_what_to_give(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_json(path, error=DataError, what="a list of names")
    assert str(caught.value).startswith(f"{path}: {said}")
    assert str(caught.value).endswith("give a list of names")


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.json", tmp_path):
        with pytest.raises(DataError, match=rf"{path}: cannot be read \(.+\); give json"):
            read_json(path, error=DataError, what="json")


def test_a_byte_order_mark_is_no_part_of_the_json(tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    path.write_bytes(b"\xef\xbb\xbf[1]")
    assert read_json(path, error=DataError, what="json") == [1]
