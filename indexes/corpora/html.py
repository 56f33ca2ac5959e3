"""`html`: pages, cut at their headings as Markdown is, through selectolax. Needs `dsp[documents]`.

What a reader would see is text: scripts, styles, templates and hidden elements are not. The title is the path of
headings, or the page's. A page is decoded as its mark or its `charset` says, else as UTF-8.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from indexes.corpora.headings import Headings
from indexes.corpora.source import Reading, Source
from indexes.corpora.splitting import Text, TooLongError
from indexes.errors import CorpusError, RecordError
from indexes.passage import Passage

_UNSEEN_TAGS = "script style template noscript head iframe object embed svg math canvas audio video select datalist"
_BLOCK_TAGS = (
    "address article aside blockquote body dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
_UNSEEN, _BLOCKS = frozenset(_UNSEEN_TAGS.split()), frozenset(_BLOCK_TAGS.split())
_CELLS = frozenset({"td", "th"})
_CHARSET = re.compile(rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ENCODINGS = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp125\d|cp437|cp866|cp874|koi8-[ru]|gbk|gb2312|gb18030|big5|big5hkscs|euc_jp|shift_jis"
    r"|iso2022_jp|euc_kr|cp949|mac-roman"
)


class Html:
    extensions = (".html", ".htm", ".xhtml")
    splits = True
    isolated = True

    @property
    def needs(self) -> str:
        return "" if find_spec("selectolax") else "dsp[documents]"

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        try:
            from selectolax.lexbor import LexborHTMLParser
        except ImportError:
            raise CorpusError(f"{source.path} needs selectolax to be read; pip install 'dsp[documents]'") from None
        try:
            page = LexborHTMLParser(_decoded(source, source.document()))
            named = page.css_first("title")
            title = " ".join(named.text().split()) if named is not None else ""
            whole = reading.splitter.unit == "none"
            number = 0
            for heading, texts in _sections(page.body, title or source.stem, whole):
                for part in reading.splitter(texts):
                    number += 1
                    yield number, source.passage(number, heading, part)
        except RecordError as error:
            reading.bad(error)
        except TooLongError as error:
            reading.bad(source.error(1, str(error)))


def _decoded(source: Source, content: bytes) -> str:
    mark, encoding = next((pair for pair in _MARKS if content.startswith(pair[0])), (b"", ""))
    content, encoding = content[len(mark) :], encoding or _declared(content[:4096])
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise source.error(
            line,
            f"the page must be {encoding}, but byte 0x{content[error.start]:02x} is not; say its charset, or convert",
        ) from None


def _declared(head: bytes) -> str:
    """The encoding that a page says it has; UTF-8 where it says none that a page may have."""
    found = _CHARSET.search(head)
    try:
        name = codecs.lookup(found[1].decode()).name if found else "utf-8"
    except LookupError:
        return "utf-8"
    if name in ("iso8859-1", "ascii"):  # as browsers do: nobody means the control characters
        return "cp1252"
    return name if _ENCODINGS.fullmatch(name) else "utf-8"


def _sections(body: Any, title: str, whole: bool) -> Iterator[tuple[str, list[Text]]]:
    """The sections with their titles; places count the characters of the page's text."""
    path = Headings()
    texts: list[Text] = []
    at = 0
    for level, text in _flow(body):
        if level and not whole:
            yield path.title or title, texts
            path.enter(level, " ".join(text.split()))
            texts = []
        else:
            texts.append((1, at, text))
        at += len(text)
    yield path.title or title, texts


def _flow(body: Any) -> Iterator[tuple[int, str]]:
    """The text in its order: `(0, text)`, and `(level, text)` for a heading. No recursion: pages may nest deep."""
    node, depth = body, 0
    while node is not None:
        tag = node.tag
        inner = None
        if tag == "-text":
            yield 0, node.text(deep=False) or ""
        elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            yield int(tag[1]), node.text(separator=" ")
            yield 0, "\n\n"
        elif tag == "br":
            yield 0, "\n"
        elif tag not in _UNSEEN and "hidden" not in node.attributes:
            yield 0, _before(tag)
            inner = node.child
        if inner is not None:
            node, depth = inner, depth + 1
            continue
        while depth and node.next is None:
            node, depth = node.parent, depth - 1
            yield 0, _before(node.tag)
        node = node.next if depth else None


def _before(tag: str) -> str:
    """What parts an element from the text around it."""
    return "\n\n" if tag in _BLOCKS else " " if tag in _CELLS else ""


FORMAT = Html()
