from __future__ import annotations

import bz2
import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from indexes import FileCorpus, Passage
from indexes.corpora import compressed
from indexes.errors import CorpusError, RecordError


def page(number: int, *sentences: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "url": f"https://w/{number}", "title": f"T{number}", "text": list(sentences), **more}


def lines(*pages: Any) -> bytes:
    return b"".join(json.dumps(page).encode() + b"\n" for page in pages)


def dump(path: Path, members: dict[str, bytes], mode: Any = "w:bz2") -> Path:
    with tarfile.open(path, mode) as tar:
        folder = tarfile.TarInfo("enwiki")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


MEMBERS = {
    "enwiki/AA/wiki_00.bz2": bz2.compress(lines(page(12, "It is.", " It was."), page(13, "", " "), page(14, "Ende."))),
    "enwiki/AA/wiki_01.bz2": bz2.compress(lines(page(25, "More."))),
}


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize(
    ("name", "mode"),
    [("d.tar", "w"), ("d.tar.bz2", "w:bz2"), ("d.tar.gz", "w:gz"), ("d.tgz", "w:gz"), ("d.tbz2", "w:bz2")],
)
def test_pages_come_in_order_with_their_sentences(tmp_path: Path, name: str, mode: str, workers: int) -> None:
    passages = list(FileCorpus(dump(tmp_path / name, MEMBERS, mode), workers=workers))
    assert passages == [
        Passage("12", "T12", "It is. It was."),
        Passage("14", "T14", "Ende."),
        Passage("25", "T25", "More."),
    ]
    assert passages[0].metadata == {"sentences": [0, 6], "url": "https://w/12"}


def test_order_is_kept_over_many_members(tmp_path: Path) -> None:
    members = {
        f"wiki_{number}.bz2": bz2.compress(lines(page(number, "x" * (40_000 // (number + 1))))) for number in range(40)
    }
    corpus = FileCorpus(dump(tmp_path / "d.tar.bz2", members), workers=3)
    assert [passage.id for passage in corpus] == [str(number) for number in range(40)]


def test_pages_of_paragraphs_lose_their_links_and_keep_their_words_apart(tmp_path: Path) -> None:
    record = page(1, *[]) | {"text": [["T1"], ['A <a href="x%20y">link</a>.', " Two."], []]}
    path = dump(tmp_path / "d.tar", {"a.bz2": bz2.compress(lines(record))}, "w")
    [passage] = FileCorpus(path, workers=0)
    assert passage.text.split() == ["T1", "A", "link.", "Two."]
    starts = passage.metadata["sentences"]
    assert [passage.text[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)] == [
        "T1\n",
        "A link.",
        " Two.\n",
    ]


def test_a_file_taken_out_of_the_tar_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "AA").mkdir()
    (tmp_path / "AA" / "wiki_00.bz2").write_bytes(MEMBERS["enwiki/AA/wiki_00.bz2"])
    assert [passage.id for passage in FileCorpus(tmp_path, format="hotpotqa_wiki")] == ["12", "14"]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(
    "bad",
    [
        b"{not json",
        b'{"title": "T"}',
        b'{"title": 3, "text": []}',
        b'{"title": "T", "text": [1]}',
        b"[" * 50_000,
        b"\xff",
    ],
)
def test_a_bad_page_names_tar_member_and_line_or_is_counted(tmp_path: Path, bad: bytes, workers: int) -> None:
    content = lines(page(1, "One.")) + bad + b"\n" + lines(page(3, "Three."))
    path = dump(tmp_path / "d.tar.bz2", {"AA/wiki_00.bz2": bz2.compress(content)})
    with pytest.raises(RecordError, match=r"d\.tar\.bz2/AA/wiki_00\.bz2, line 2: .*skip_bad=1"):
        list(FileCorpus(path, workers=workers))
    corpus = FileCorpus(path, workers=workers, skip_bad=1)
    assert [passage.id for passage in corpus] == ["1", "3"]
    assert corpus.skipped == 1


@pytest.mark.parametrize("workers", [0, 2])
def test_a_cut_off_tar_or_member_is_refused_with_its_name(tmp_path: Path, workers: int) -> None:
    whole = dump(tmp_path / "d.tar.bz2", MEMBERS).read_bytes()
    (tmp_path / "d.tar.bz2").write_bytes(whole[:-30])
    with pytest.raises(CorpusError, match=r"d\.tar\.bz2 is cut off"):
        list(FileCorpus(tmp_path / "d.tar.bz2", workers=workers))
    path = dump(tmp_path / "e.tar", {"a.bz2": MEMBERS["enwiki/AA/wiki_01.bz2"][:-9]}, "w")
    with pytest.raises(CorpusError, match=r"e\.tar/a\.bz2 is cut off"):
        list(FileCorpus(path, workers=workers))
    (tmp_path / "f.tar").write_bytes(b"no tar at all" * 99)
    with pytest.raises(CorpusError, match=r"f\.tar is cut off or not what its name says"):
        list(FileCorpus(tmp_path / "f.tar", workers=workers))


def test_hostile_names_and_links_write_nothing(tmp_path: Path) -> None:
    path = tmp_path / "d.tar"
    with tarfile.open(path, "w") as tar:
        link = tarfile.TarInfo("link.bz2")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        for name in ("../../up.bz2", "/etc/abs.bz2", "a\nb.bz2"):
            member = tarfile.TarInfo(name)
            content = bz2.compress(lines(page(len(name), "Text.")))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    before = sorted(tmp_path.parent.rglob("*"))
    assert len(list(FileCorpus(path))) == 3
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_bomb_in_a_member_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "FREE", 1 << 16)
    path = dump(tmp_path / "d.tar", {"a.gz": gzip.compress(b" " * (1 << 20))}, "w")
    with pytest.raises(CorpusError, match=r"d\.tar/a\.gz must unpack to at most 200 times its size"):
        list(FileCorpus(path, workers=0))


def test_an_early_end_leaves_no_process(tmp_path: Path) -> None:
    members = {f"{number}.bz2": bz2.compress(lines(page(number, "Text."))) for number in range(50)}
    passages = iter(FileCorpus(dump(tmp_path / "d.tar.bz2", members), workers=2))
    assert next(passages).id == "0"
    passages.close()  # type: ignore[attr-defined]
