"""`dsp index build` over files of many kinds: what is read, how it is cut, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import indexes
from dsp.cli.corpus_options import progress_of
from indexes import FileCorpus

Cli = Callable[..., Any]
Refused = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    for name, content in {
        "a.md": "# Emma\nEmma is a novel. It is by Jane Austen. It was printed in 1815.",
        "drafts/b.md": "# Draft\nNot yet.",
        "image\x1b.png": "no",
        "package.json": "{}",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def test_what_is_left_out_of_a_folder_is_said_on_standard_error(cli: Cli, folder: Path, tmp_path: Path) -> None:
    ran = cli("index", "build", folder, "--to", tmp_path / "i", "--json")
    assert ran.json["passages"] == 2
    assert ran.err.startswith("dsp: left out of the folders: 1 .json without passages (package.json), 1 .png (image")
    assert ran.err.rstrip("\n").isprintable()


def test_patterns_choose_files_and_texts_are_cut_as_asked(cli: Cli, folder: Path, tmp_path: Path) -> None:
    options = ["--include", "*.md", "--exclude", "drafts/*", "--split", "sentences:2", "--overlap", 1]
    ran = cli(
        "index", "build", folder, "--to", tmp_path / "i", *options, "--normalize", "nfc", "--workers", 1, "--json"
    )
    assert (ran.json["passages"], ran.err) == (2, "")
    with indexes.open(tmp_path / "i") as index:
        texts = [passage.text for passage in index.passages()]
    assert texts == ["Emma is a novel. It is by Jane Austen.", "It is by Jane Austen. It was printed in 1815."]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--split", "lines"], "split must be a unit and a size, such as words:120, tokens:200, sentences:5"),
        (["--overlap", 3], "say also --split sentences:5"),
        (["--normalize", "utf8"], "normalize must be one of NFC"),
        (["--workers", -1], "workers must be a whole number, 0 or more, but got -1"),
        (["--skip-bad", -1], "skip_bad must be a whole number, 0 or more, but got -1"),
    ],
)
def test_wrong_options_are_refused_with_what_to_say(
    refused: Refused, folder: Path, tmp_path: Path, options: list[Any], said: str
) -> None:
    assert said in refused("index", "build", folder / "a.md", "--to", tmp_path / "i", *options, status=2)


def test_a_bad_record_names_the_flag_that_passes_over_it(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("no\n", encoding="utf-8")
    message = refused("index", "build", tmp_path / "a.jsonl", "--to", tmp_path / "i", status=1)
    assert "--skip-bad 1, or more" in message
    assert "skip_bad" not in message


def test_progress_tells_the_bytes_read_and_how_many_passages_there_may_be(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "words"}\n' * 1000, encoding="utf-8")
    corpus = FileCorpus(tmp_path / "a.jsonl")
    told: list[tuple[Any, ...]] = []
    tell = progress_of(corpus, lambda *told_of: told.append(told_of))
    for done, _ in enumerate(corpus, 1):
        tell(done, None)
    tell(1000, 1000)
    assert told[-1] == ("index", 1000, 1000, "0 of 0 MB")
    assert told[-2][2:] == (1000, "reckoned from 0 of 0 MB")
    assert all(total >= done for _, done, total, _ in told)
