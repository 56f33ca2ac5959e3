"""`hotpotqa_wiki`: the Wikipedia of HotpotQA, as its authors give it: a tar of small bz2 files of JSON lines.

Each line is a page: `id`, `url`, `title` and `text`, a list of sentences (in the larger dump of whole pages a list of
paragraphs of sentences, with links). The page's number is the passage's id; `metadata["sentences"]` gives where each
sentence starts in the text, as for the question files. Nothing is unpacked to the disk, and what a file in the tar is
called matters only in messages. Files that were taken out of the tar are read too, with the format said.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from itertools import accumulate
from typing import IO, Any, BinaryIO

from indexes.corpora.jsonl import records
from indexes.corpora.records import BadValueError, identifier
from indexes.corpora.source import MAX_DOCUMENT, Reading, Source
from indexes.errors import CorpusError
from indexes.passage import Passage

_LINK = re.compile(r"</?a\b[^>]{0,2000}>")


MAX_MEMBERS = 1_000_000
"""Files in one tar: each is remembered as long as it is read."""


class HotpotQAWiki:
    extensions = (".tar", ".tbz2", ".tgz")

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        if source.extension not in self.extensions:
            with source.open() as stream:
                yield from self.read_member(source, stream, reading)
            return
        for name, content in self.members(source):
            member = source.member(name)
            with member.unpacking(content) as stream:
                yield from self.read_member(member, stream, reading)

    def members(self, source: Source) -> Iterator[tuple[str, bytes]]:
        """The files in the tar, packed as they are there, with their names."""
        with source.open() as stream:
            try:
                with tarfile.open(fileobj=stream, mode=_MODES.get(source.path.suffix.lower(), "r|")) as tar:
                    for number, member in enumerate(tar):
                        if number >= MAX_MEMBERS:
                            raise CorpusError(
                                f"{source.path} must hold at most {MAX_MEMBERS:,} files, but holds more; is it a bomb?"
                            )
                        if member.isfile() and (file := tar.extractfile(member)) is not None:
                            yield member.name, _content(source, member, file)
            except tarfile.TarError as error:
                raise CorpusError(source.damaged(error)) from None

    def read_member(self, source: Source, stream: BinaryIO, reading: Reading) -> Iterator[tuple[int, Passage]]:
        for line, passage in records(source, stream, reading, _page):
            if passage.text:
                yield line, passage


_MODES: dict[str, Any] = {".tbz2": "r|bz2", ".tgz": "r|gz"}


def _content(source: Source, member: tarfile.TarInfo, file: IO[bytes]) -> bytes:
    if member.size > MAX_DOCUMENT:
        raise CorpusError(
            f"{source.path}: a file in it must have at most {MAX_DOCUMENT:,} bytes, but {member.name!r} has "
            f"{member.size:,}; is it HotpotQA's Wikipedia?"
        )
    return file.read()


def _page(record: Any, default_id: str) -> Passage:
    match record:
        case {"title": str(title), "text": [*sentences]} if all(isinstance(sentence, str) for sentence in sentences):
            pass
        case {"title": str(title), "text": [*paragraphs]} if all(map(_sentences, paragraphs)):
            sentences = [_LINK.sub("", sentence) for paragraph in paragraphs for sentence in _spaced(paragraph)]
        case _:
            raise BadValueError('a page must have a "title" and a "text", a list of sentences; see hotpotqa.github.io')
    starts = [0, *accumulate(map(len, sentences))][: len(sentences)]
    text = "".join(sentences)
    metadata = {"sentences": starts, **({"url": record["url"]} if isinstance(record.get("url"), str) else {})}
    return Passage(identifier(record, default_id), title, text if text.strip() else "", metadata)


def _sentences(paragraph: Any) -> bool:
    return isinstance(paragraph, list) and all(isinstance(sentence, str) for sentence in paragraph)


def _spaced(paragraph: list[str]) -> list[str]:
    """Paragraphs end with a line break, so that no two of their words meet."""
    return [*paragraph[:-1], f"{paragraph[-1]}\n"] if paragraph else []


FORMAT = HotpotQAWiki()
