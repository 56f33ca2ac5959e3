from __future__ import annotations

import io
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from indexes import FileCorpus
from indexes.errors import RecordError

pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed: pip install 'dsp[documents]'")


def pdf(*pages: str, title: str = "", filter_: bool = False) -> bytes:
    """A PDF with a line of text on each page, written by hand."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", ""]
    kids = []
    for text in pages:
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1") if text else b""
        stream = zlib.compress(stream) if filter_ else stream
        kind = "/Filter/FlateDecode" if filter_ else ""
        content = f"<</Length {len(stream)}{kind}>>\nstream\n{stream.decode('latin-1')}\nendstream"
        objects.append(content)
        font = "<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
        objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources{font}/Contents {len(objects)} 0 R>>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    objects.append(f"<</Title({title})>>")
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}"
    out += f"trailer\n<</Size {size}/Root 1 0 R/Info {len(objects)} 0 R>>\nstartxref\n{out.index('xref')}\n%%EOF"
    return out.encode("latin-1")


def read(path: Path, content: bytes, **options: Any) -> list[Any]:
    path.write_bytes(content)
    return list(FileCorpus(path, **options))


@pytest.mark.parametrize("workers", [0, 1])
def test_a_pdf_gives_its_text_with_title_and_pages(tmp_path: Path, workers: int) -> None:
    content = pdf("one two three", "four five six", title="On Counting", filter_=True)
    passages = read(tmp_path / "count.pdf", content, workers=workers, split="words:3")
    assert [(passage.title, passage.text) for passage in passages] == [
        ("On Counting", "one two three"),
        ("On Counting", "four five six"),
    ]
    assert [passage.metadata["page"] for passage in passages] == [1, 2]
    assert passages[1].id == "count.pdf#2"


def test_without_a_title_the_file_gives_it(tmp_path: Path) -> None:
    assert read(tmp_path / "my paper.pdf", pdf("text"))[0].title == "my paper"


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pdf("", ""), "must hold text, but none of the 2 pages does: is it scanned"),
        (b"", "cannot be read"),
        (b"%PDF-1.4\ngarbage", "cannot be read"),
        (b"no pdf", "cannot be read"),
        (pdf("text")[:200], "cannot be read"),
    ],
)
def test_a_pdf_without_text_or_broken_is_refused_with_its_name_or_counted(
    tmp_path: Path, content: bytes, said: str, workers: int
) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    (tmp_path / "b.pdf").write_bytes(pdf("good"))
    with pytest.raises(RecordError, match=r"a\.pdf, page 1: ") as caught:
        list(FileCorpus(tmp_path, workers=workers))
    assert said in str(caught.value)
    assert 'exclude="a.pdf"' in str(caught.value)
    corpus = FileCorpus(tmp_path, workers=workers, skip_bad=1)
    assert [passage.id for passage in corpus] == ["b.pdf#1"]
    assert corpus.skipped == 1


def test_a_password_is_named(tmp_path: Path) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("secret")))
    writer.encrypt("geheim", algorithm="RC4-128")
    packed = io.BytesIO()
    writer.write(packed)
    with pytest.raises(RecordError, match=r"a\.pdf, page 1: a PDF must be open to all, but this has a password"):
        read(tmp_path / "a.pdf", packed.getvalue())


def test_flipped_bytes_give_passages_or_a_typed_error(tmp_path: Path) -> None:
    good = pdf("one two three", "four five", filter_=True)
    for at in range(0, len(good), 23):
        (tmp_path / f"{at:04}.pdf").write_bytes(good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :])
    corpus = FileCorpus(tmp_path, skip_bad=1000)
    passages = list(corpus)
    assert len(passages) + corpus.skipped >= len(corpus.files)
    assert json.dumps([passage.text for passage in passages])
