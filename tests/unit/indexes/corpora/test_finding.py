"""Folders: what in them is a corpus, what is left out, and how that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexes import FileCorpus
from indexes.corpora import finding
from indexes.corpora.wording import as_flags
from indexes.errors import CorpusError, InputError, RecordError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "notes/a.md": "# A\nwords",
        "notes/b.txt": "words",
        "drafts/c.md": "words",
        "LICENSE": "no",
        "image.png": "no",
        "two.png": "no",
        "package.json": '{"name": "no passages"}',
        "list.json": '[{"name": "no passages"}]',
        "broken.json": "[",
        "sales.csv": "year,amount\n1815,3\n",
        "q.json": '[{"text": "a passage"}]',
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def names(corpus: FileCorpus) -> list[str]:
    return [found.source.name for found in corpus.files]


def test_files_without_passages_are_left_out_and_counted_by_suffix_with_names(folder: Path) -> None:
    corpus = FileCorpus(folder)
    assert names(corpus) == ["q.json", "drafts/c.md", "notes/a.md", "notes/b.txt"]
    assert len(list(corpus)) == 4
    assert str(corpus.left_out) == (
        "3 .json without passages (broken.json, list.json, package.json), 2 .png (image.png, two.png), "
        "1 .csv without passages (sales.csv), 1 without extension (LICENSE)"
    )
    assert len(corpus.left_out) == 7
    assert corpus.left_out.counts[".png"] == 2


def test_only_the_first_names_are_told(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.png").write_text("no")
    (tmp_path / "a.txt").write_text("words")
    assert str(FileCorpus(tmp_path).left_out) == "5 .png (0.png, 1.png, 2.png, …)"


def test_patterns_choose_among_the_files_of_folders(folder: Path) -> None:
    assert names(FileCorpus(folder, include=["*.md"])) == ["drafts/c.md", "notes/a.md"]
    assert names(FileCorpus(folder, include="*.md", exclude=["drafts/*"])) == ["a.md"]
    assert names(FileCorpus([folder, folder / "image.png"], exclude="*", format="text")) == ["image.png"]
    with pytest.raises(CorpusError, match="of those that the patterns let through"):
        FileCorpus(folder, exclude="*")
    with pytest.raises(InputError, match="include must be patterns"):
        FileCorpus(folder, include=[""])


def test_a_folder_of_nothing_known_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "image.png").write_text("no")
    with pytest.raises(CorpusError, match=r"left out: 1 \.png \(image\.png\); known are "):
        FileCorpus(tmp_path)


def test_a_broken_file_that_nobody_named_says_how_to_leave_it_out(folder: Path) -> None:
    (folder / "bad.jsonl").write_text("no\n")
    with pytest.raises(
        RecordError, match=r'bad\.jsonl, line 1: .*skip_bad=1, or more\); or leave .*exclude="bad\.jsonl"'
    ):
        list(FileCorpus(folder))
    with pytest.raises(RecordError, match=r"line 1: .*or more\)$"):
        list(FileCorpus(folder / "bad.jsonl"))


def test_messages_for_the_command_line_name_its_flags(folder: Path) -> None:
    (folder / "bad one.jsonl").write_text("no\n")
    with as_flags(), pytest.raises(RecordError, match=r"--skip-bad 1, or more\).*--exclude 'bad one\.jsonl'"):
        list(FileCorpus(folder))
    with pytest.raises(RecordError, match="skip_bad=1"):
        list(FileCorpus(folder))


@pytest.mark.parametrize(
    ("name", "extra"),
    [("a.html", "documents"), ("a.pdf", "documents"), ("a.parquet", "parquet"), ("a.arrow", "parquet")],
)
def test_a_format_whose_package_is_missing_is_left_out_of_folders_and_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, extra: str
) -> None:
    import sys

    (tmp_path / name).write_text("x")
    (tmp_path / "a.txt").write_text("words")
    for package in ("selectolax", "selectolax.lexbor", "pypdf", "pyarrow"):
        monkeypatch.setitem(sys.modules, package, None)
    corpus = FileCorpus(tmp_path)
    assert names(corpus) == ["a.txt"]
    assert f"for which dsp[{extra}] is not installed ({name})" in str(corpus.left_out)
    with pytest.raises(CorpusError, match=rf"pip install 'dsp\[{extra}\]'"):
        list(FileCorpus(tmp_path / name, workers=0))


def test_how_much_is_read_is_known(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "words"}\n' * 1000)
    (tmp_path / "b.jsonl").write_text('{"text": "words"}\n' * 3000)
    corpus = FileCorpus(tmp_path)
    total = sum((tmp_path / name).stat().st_size for name in ("a.jsonl", "b.jsonl"))
    assert (corpus.bytes, corpus.bytes_read) == (total, 0)
    seen = [corpus.bytes_read for _ in corpus]
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] <= corpus.bytes_read == total
    assert corpus.expected(4000) == 4000


def test_extensions_and_names_have_formats() -> None:
    from indexes.corpora import FORMATS

    assert set(finding.BY_NAME.values()) <= set(FORMATS.names())
