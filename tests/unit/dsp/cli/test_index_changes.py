from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import indexes

Cli = Callable[..., Any]
Refused = Callable[..., str]


@pytest.fixture
def index(tmp_path: Path, corpus: Path) -> Path:
    indexes.build(corpus, tmp_path / "index").close()
    return tmp_path / "index"


@pytest.fixture
def more(tmp_path: Path) -> Path:
    records = [{"id": "b-Emma", "title": "Emma", "text": "Emma, revised."}, {"id": "new", "text": "a xylophone"}]
    path = tmp_path / "more.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_what_is_there_is_refused_by_add_and_replaced_by_update(
    cli: Cli, refused: Refused, index: Path, more: Path
) -> None:
    assert '"b-Emma" is in' in refused("index", "add", index, more, status=1)
    done = cli("index", "update", index, more, "--json").json
    assert done == {"added": 1, "replaced": 1, "deleted": 0, "passages": 17}
    [hit] = cli("index", "search", index, "xylophone", "--json").json["hits"]
    assert hit["id"] == "new"


def test_changes_are_told_in_words(cli: Cli, index: Path, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("A note about nothing.\n", encoding="utf-8")
    assert cli("index", "add", index, tmp_path / "note.txt").out == f"17 passages in {index} (1 added)\n"
    assert cli("index", "delete", index, "b-Emma", "b-Dune").out == f"15 passages in {index} (2 deleted)\n"
    assert cli("index", "info", index, "--json").json["deleted"] == 2
    assert cli("index", "compact", index).out == f"15 passages in {index}\n"
    info = cli("index", "info", index, "--json").json
    assert (info["passages"], info["deleted"], info["parts"]) == (15, 0, 1)


def test_ids_to_delete_come_from_the_line_a_file_or_standard_input(
    cli: Cli, refused: Refused, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ids").write_text("b-Emma\n\nnone\n", encoding="utf-8")
    assert '"none" is not in' in refused("index", "delete", index, "--ids-from", tmp_path / "ids", status=2)
    done = cli("index", "delete", index, "--ids-from", tmp_path / "ids", "--missing-ok", "--json").json
    assert (done["deleted"], done["passages"]) == (1, 15)
    monkeypatch.setattr("sys.stdin", io.StringIO("b-Dune\nb-Momo\n"))
    assert cli("index", "delete", index, "--ids-from", "-", "--json").json["passages"] == 13
    assert "neither" in refused("index", "delete", index, status=2)
    assert "both" in refused("index", "delete", index, "x", "--ids-from", tmp_path / "ids", status=2)
    assert "must be a text file" in refused("index", "delete", index, "--ids-from", tmp_path / "no", status=2)


def test_a_snapshot_stays_as_it_is(cli: Cli, index: Path, tmp_path: Path) -> None:
    assert cli("index", "snapshot", index, "--to", tmp_path / "kept").status == 0
    cli("index", "delete", index, "b-Emma")
    assert cli("index", "info", tmp_path / "kept", "--json").json["passages"] == 16
    assert cli("index", "verify", tmp_path / "kept").status == 0


@pytest.mark.parametrize(
    "verb", [("add", "x.txt"), ("update", "x.txt"), ("delete", "x.txt"), ("compact",), ("snapshot", "--to", "x.txt")]
)
def test_a_folder_that_is_no_index_is_refused_by_name(refused: Refused, tmp_path: Path, verb: tuple[str, ...]) -> None:
    (tmp_path / "x.txt").write_text("text", encoding="utf-8")
    rest = [tmp_path / word if word == "x.txt" and verb[0] != "delete" else word for word in verb[1:]]
    for folder in (tmp_path / "empty", tmp_path / "none"):
        if folder.name == "empty":
            folder.mkdir()
        assert str(folder) in refused("index", verb[0], folder, *rest, status=1)
