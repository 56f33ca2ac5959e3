from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import indexes
from indexes import Passage
from indexes.errors import CorruptIndexError, FormatVersionError, IndexFolderError, NotAnIndexError
from indexes.manifest import FORMAT_VERSION, read_manifest

PASSAGES = [Passage("1", "One", "words"), Passage("2", "Two", "more words")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    indexes.build(PASSAGES, tmp_path / "index").close()
    return tmp_path / "index"


def forge(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the manifest as somebody would who knows how to make its checksum."""
    path = folder / "manifest.json"
    body = json.loads(path.read_text())
    del body["checksum"]
    change(body)
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    path.write_text(json.dumps({**body, "checksum": hashlib.sha256(canonical.encode()).hexdigest()}))


def test_what_is_written_is_read_back(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest.to_json() == (folder / "manifest.json").read_text()
    assert (manifest.engine, manifest.passages, manifest.parameters["title_weight"]) == ("bm25", 2, 3)


def test_a_forged_manifest_that_changes_nothing_passes(folder: Path) -> None:
    forge(folder, lambda body: None)
    indexes.open(folder).close()


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "engine/../../x", "a\\..\\b", "c:x", "", "a\0b"])
def test_a_file_outside_the_folder_is_refused(folder: Path, name: str) -> None:
    forge(folder, lambda body: body["files"].update({name: {"bytes": 1, "sha256": "0" * 64}}))
    for use in (indexes.open, indexes.verify):
        with pytest.raises(CorruptIndexError, match="outside the folder"):
            use(folder)


@pytest.mark.parametrize("generation", ["..", ".", "", "/tmp", "gen-../../../x", "gen-0123456789abcdef/.."])
def test_a_generation_that_is_no_generations_name_is_refused(folder: Path, generation: str) -> None:
    forge(folder, lambda body: body.update(generation=generation))
    with pytest.raises(CorruptIndexError, match="names the generation"):
        indexes.open(folder)


def test_links_instead_of_files_are_refused(folder: Path, tmp_path: Path) -> None:
    [path] = folder.glob("gen-*/passages.jsonl")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CorruptIndexError, match=r"passages\.jsonl is a link"):
        indexes.open(folder)


def test_a_linked_generation_is_refused(folder: Path, tmp_path: Path) -> None:
    [generation] = folder.glob("gen-*")
    generation.rename(tmp_path / "elsewhere")
    generation.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CorruptIndexError, match="is a link"):
        indexes.open(folder)


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("passages", -1, CorruptIndexError),
        ("passages", True, CorruptIndexError),
        ("passages", 3, CorruptIndexError),
        ("passages", 10**30, CorruptIndexError),
        ("parts", [1], CorruptIndexError),
        ("parts", [1, 1], CorruptIndexError),
        ("parts", [1, -1, 2], CorruptIndexError),
        ("parts", {"1": 2}, CorruptIndexError),
        ("parts", 2, CorruptIndexError),
        ("deleted", 1, CorruptIndexError),
        ("deleted", "none", CorruptIndexError),
        ("files", [], CorruptIndexError),
        ("files", {"x": 3}, CorruptIndexError),
        ("engine", None, CorruptIndexError),
        ("engine", "no-such-engine", indexes.errors.UnknownNameError),
        ("analyzer", "no-such-analyzer", indexes.errors.UnknownNameError),
        ("analyzer_fingerprint", "english:other", IndexFolderError),
        ("parameters", {"title_weight": -1}, CorruptIndexError),
        ("parameters", {"import": "os"}, CorruptIndexError),
        ("parameters", 3, CorruptIndexError),
        ("format", "other", NotAnIndexError),
        ("format_version", FORMAT_VERSION + 1, FormatVersionError),
        ("format_version", "1", CorruptIndexError),
        ("format_version", 0, CorruptIndexError),
    ],
)
def test_a_forged_value_is_a_typed_error(folder: Path, key: str, value: Any, error: type[Exception]) -> None:
    forge(folder, lambda body: body.update({key: value}))
    with pytest.raises(error):
        indexes.open(folder)


@pytest.mark.parametrize("key", ["engine", "files", "generation", "passages", "analyzer", "format_version"])
def test_a_forged_manifest_that_lacks_a_value_is_refused(folder: Path, key: str) -> None:
    forge(folder, lambda body: body.pop(key))
    with pytest.raises(CorruptIndexError):
        indexes.open(folder)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_change_of_a_byte_of_the_manifest_is_refused(folder: Path, data: st.DataObject) -> None:
    path = folder / "manifest.json"
    good = path.read_bytes()
    at = data.draw(st.integers(0, len(good) - 2))  # the last byte is a newline, which may be any blank
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != good[at]))
    path.write_bytes(good[:at] + bytes([byte]) + good[at + 1 :])
    try:
        assert read_manifest(folder).to_json().encode() == good  # a blank for a blank
    except IndexFolderError:
        pass
    finally:
        path.write_bytes(good)


def test_an_index_of_the_first_format_opens_and_is_changed_once_it_was_built_again(folder: Path) -> None:
    def first_format(body: dict[str, Any]) -> None:
        for key in ("parts", "deleted", "changed"):
            del body[key]
        del body["files"]["passages.ids"]
        body["format_version"] = 1

    forge(folder, first_format)
    next(folder.glob("gen-*/passages.ids")).unlink()
    indexes.verify(folder)
    with indexes.open(folder) as index:
        assert index.search("more words", 1)[0].id == "2"
        assert (index.info()["format_version"], len(index), list(index.passages())) == (1, 2, PASSAGES)
    with pytest.raises(IndexFolderError, match=r"earlier version; build the index again"):
        indexes.add(folder, [Passage("3", "", "")])
    indexes.build(PASSAGES, folder).close()
    assert indexes.add(folder, [Passage("3", "", "")]).passages == 3


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_a_manifest_says_there_is_a_typed_error_or_the_right_answer(folder: Path, data: st.DataObject) -> None:
    path = folder / "manifest.json"
    good = path.read_bytes()

    def change(body: dict[str, Any]) -> None:
        inside = body
        key = data.draw(st.sampled_from(sorted(inside)))
        while isinstance(inside[key], dict) and inside[key] and data.draw(st.booleans()):
            inside = inside[key]
            key = data.draw(st.sampled_from(sorted(inside)))
        if data.draw(st.integers(0, 4)):
            inside[key] = data.draw(values)
        else:
            del inside[key]

    try:
        forge(folder, change)
        with indexes.open(folder) as index:
            assert list(index.passages()) == PASSAGES
            assert [hit.id for hit in index.search("more words", 5)] == ["2", "1"]
            json.dumps(index.info())
        indexes.verify(folder)
    except indexes.errors.IndexesError:
        pass
    finally:
        path.write_bytes(good)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_manifest_is_refused(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(IndexFolderError, match=r"manifest\.json"):
        indexes.open(folder)


def test_a_file_is_not_an_index(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotAnIndexError, match="is not a folder"):
        indexes.open(tmp_path / "file")
