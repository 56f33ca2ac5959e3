"""`pdf`: the text of a PDF, through pypdf. Needs `dsp[documents]`.

The title is the document's own, or the file's name; `metadata["page"]` is the page on which a passage begins.
"""

from __future__ import annotations

import io
import struct
from bisect import bisect_right
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from indexes.corpora.source import Reading, Source
from indexes.corpora.splitting import Text, TooLongError
from indexes.errors import CorpusError, RecordError
from indexes.passage import Passage

_FAULTS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, struct.error, OSError)
"""What pypdf raises for broken files beside its own errors."""


class Pdf:
    extensions = (".pdf",)
    splits = True
    isolated = True

    @property
    def needs(self) -> str:
        return "" if find_spec("pypdf") else "dsp[documents]"

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        try:
            import pypdf
        except ImportError:
            raise CorpusError(f"{source.path} needs pypdf to be read; pip install 'dsp[documents]'") from None
        try:
            title, pages = _pages(source, pypdf)
            yield from _passages(source, reading, title, pages)
        except RecordError as error:
            reading.bad(error)
        except TooLongError as error:
            reading.bad(source.error(1, str(error), unit="page"))


def _passages(source: Source, reading: Reading, title: str, pages: list[str]) -> Iterator[tuple[int, Passage]]:
    texts: list[Text] = []
    starts: list[int] = []
    at = 0
    for page in pages:
        texts.append((1, at, f"{page}\n"))
        starts.append(at)
        at += len(page) + 1
    for number, part in enumerate(reading.splitter(texts), 1):
        page_number = bisect_right(starts, part.start)
        yield page_number, source.passage(number, title, part, page=page_number)


def _pages(source: Source, pypdf: Any) -> tuple[str, list[str]]:
    """The title and the text of each page. Raises RecordError."""
    content = source.document()
    page = 0
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise source.error(1, "a PDF must be open to all, but this has a password; take it off", unit="page")
        title = str(reader.metadata.title or "").strip() if reader.metadata else ""
        pages = []
        for page, found in enumerate(reader.pages, 1):  # noqa: B007 -- told where it ends
            pages.append(found.extract_text())
    except (pypdf.errors.PyPdfError, *_FAULTS) as error:
        said = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        raise source.error(page + 1, f"a PDF must be whole, but this cannot be read ({said})", unit="page") from None
    if not any(text.strip() for text in pages):
        raise source.error(
            1,
            f"a PDF must hold text, but none of the {len(pages)} pages does: is it scanned? run OCR on it",
            unit="page",
        )
    return title or source.stem, pages


FORMAT = Pdf()
