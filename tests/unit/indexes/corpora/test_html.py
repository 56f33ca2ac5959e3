from __future__ import annotations

from pathlib import Path

import pytest

from indexes import FileCorpus, Passage
from indexes.errors import CorpusError, RecordError

pytest.importorskip("selectolax", reason="selectolax is not installed: pip install 'dsp[documents]'")

PAGE = """<!doctype html><html><head><title>Pets &amp; more</title><style>p {color: red}</style></head>
<body><p>Before<b>hand</b> text.</p><script>alert("no")</script>
<h1>Cats</h1><p>They purr.<br>Loudly.<p hidden>Unseen</p><noscript>Nor this</noscript>
<h2>Food<a href="#">¶</a></h2><ul><li>Fish<li>Mice</ul><table><tr><td>1<td>2</tr></table>
<h1>Dogs</h1><template>no</template>They bark.<!-- no --></body></html>"""


def read(path: Path, content: str | bytes, **options) -> list[Passage]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(FileCorpus(path, **options))


@pytest.mark.parametrize("workers", [0, 1])
def test_a_page_is_cut_at_its_headings_and_only_what_is_seen_is_text(tmp_path: Path, workers: int) -> None:
    passages = read(tmp_path / "pets.html", PAGE, workers=workers)
    assert [(passage.title, passage.text) for passage in passages] == [
        ("Pets & more", "Beforehand text."),
        ("Cats", "They purr. Loudly."),
        ("Cats — Food ¶", "Fish Mice 1 2"),
        ("Dogs", "They bark."),
    ]
    assert [passage.id for passage in passages] == [f"pets.html#{number}" for number in range(1, 5)]
    assert passages[0].metadata["document"] == "pets.html"


def test_an_uncut_page_is_one_passage(tmp_path: Path) -> None:
    [passage] = read(tmp_path / "pets.html", PAGE, split="none")
    assert passage.title == "Pets & more"
    assert passage.text.split()[:5] == ["Beforehand", "text.", "Cats", "They", "purr."]


def test_blocks_end_sentences(tmp_path: Path) -> None:
    page = "<div>One</div><div>two</div><ul><li>three<li>four</ul>"
    assert [passage.text for passage in read(tmp_path / "a.htm", page, split="sentences:1")] == [
        "One",
        "two",
        "three",
        "four",
    ]


@pytest.mark.parametrize(
    "page",
    [
        '<meta charset="windows-1252"><p>caf\xe9 \x93q\x94'.encode("latin-1"),
        '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1"><p>caf\xe9 \x93q\x94'.encode(
            "latin-1"
        ),
        "<p>café “q”".encode(),
        "\ufeff<p>café “q”".encode(),
        "\ufeff<p>café “q”".encode("utf-16-le"),
        '<meta charset="unknown-8"><p>café “q”'.encode(),
        '<meta charset="punycode"><p>café “q”'.encode(),
    ],
)
def test_a_page_is_decoded_as_it_says(tmp_path: Path, page: bytes) -> None:
    [passage] = read(tmp_path / "a.html", page)
    assert passage.text == "café “q”"


def test_a_page_in_another_encoding_than_it_says_is_refused_with_its_line_or_counted(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"<p>fine\n<p>caf\xe9")
    (tmp_path / "b.html").write_bytes(b"<p>fine")
    with pytest.raises(RecordError, match=r"a\.html, line 2: the page must be utf-8, but byte 0xe9 is not"):
        list(FileCorpus(tmp_path))
    corpus = FileCorpus(tmp_path, skip_bad=1)
    assert [passage.id for passage in corpus] == ["b.html#1"]
    assert corpus.skipped == 1


@pytest.mark.parametrize("page", ["", "<p> </p>", "<script>x</script>"])
def test_a_page_without_text_is_refused_where_it_is_named(tmp_path: Path, page: str) -> None:
    with pytest.raises(CorpusError, match="is empty"):
        read(tmp_path / "a.html", page)


def test_odd_pages_are_read_as_browsers_would(tmp_path: Path) -> None:
    assert read(tmp_path / "a.html", "no tags at all")[0].text == "no tags at all"
    assert read(tmp_path / "b.html", b"<p>nul\0l<p")[0].text.startswith("nul")
    assert read(tmp_path / "c.html", "<div>" * 5_000 + "deep" + "</div>" * 5_000)[0].text == "deep"


def test_many_pages_keep_their_order(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}.html").write_text(f"<p>{'word ' * (30 - number) * 100}", encoding="utf-8")
    ids = [passage.id for passage in FileCorpus(tmp_path, workers=3, split="none")]
    assert ids == [f"{number:02}.html#1" for number in range(30)]
