"""One file of a corpus as a stream of bytes, decompressed on the way, and what a format makes of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from indexes.corpora.compressed import COMPRESSIONS, DAMAGE, Meter, unpacked
from indexes.corpora.splitting import DEFAULT, Part, Splitter
from indexes.corpora.wording import parameter
from indexes.errors import CorpusError, RecordError
from indexes.passage import Passage

MAX_DOCUMENT = 1 << 27
"""Bytes of a file that must be read whole: a page of HTML, a PDF."""


class Reading:
    """One pass over a corpus: tolerates up to `skip_bad` bad records and counts them in `skipped`.

    `splitter` cuts the texts of formats that hold whole documents. `seen` is for formats in which passages repeat:
    keys of those given already, over all files of the pass.
    """

    def __init__(self, skip_bad: int = 0, splitter: Splitter = DEFAULT) -> None:
        self.skip_bad = skip_bad
        self.splitter = splitter
        self.skipped = 0
        self.seen: set[bytes] = set()

    def bad(self, error: RecordError) -> None:
        """Count a bad record; raises it where there were too many."""
        if self.skipped >= self.skip_bad:
            remedy = parameter("skip_bad", self.skip_bad + 1)
            raise RecordError(f"{error} (or pass over bad records: {remedy}, or more)") from None
        self.skipped += 1


class Format(Protocol):
    """How a file becomes passages.

    Laws: reads the source as a stream; gives each passage with its place, the number of its line (or record),
    from 1; hands every record that cannot be used to `reading.bad`, and goes on where that returns.

    A format of whole documents says `splits = True` and cuts them with `reading.splitter`; records of other formats
    are cut by the corpus, where that is asked for. One whose parser is slow, or not to be trusted with the process,
    says `isolated = True`: its files are read in worker processes, each as one task.
    """

    extensions: tuple[str, ...]

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A file: where it lies, and its name in the corpus, which begins the ids made for passages without one."""

    path: Path
    name: str
    meter: Meter = field(default_factory=Meter, compare=False, repr=False)

    @property
    def extension(self) -> str:
        """The extension that tells the format: `.jsonl` of `corpus.jsonl.gz`."""
        suffixes = [suffix.lower() for suffix in self.path.suffixes]
        if suffixes and suffixes[-1] in COMPRESSIONS:
            suffixes.pop()
        return suffixes[-1] if suffixes else ""

    @property
    def stem(self) -> str:
        """The file's name without its extensions."""
        name = self.path.name
        for suffix in (*COMPRESSIONS, self.extension):
            if suffix and name.lower().endswith(suffix):
                name = name[: -len(suffix)]
        return name

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The decompressed bytes. Raises CorpusError where the file is missing, unreadable, cut off or a bomb."""
        with self.packed() as file, self._unpacked(file) as stream:
            yield stream

    def member(self, name: str) -> Source:
        """A file within this one, as an archive has them; only its name is used."""
        return Source(self.path / name.lstrip("/"), f"{self.name}/{name}", self.meter)

    @contextmanager
    def unpacking(self, content: bytes) -> Iterator[BinaryIO]:
        """`open`, of bytes that are already at hand."""
        with self._unpacked(io.BytesIO(content)) as stream:
            yield stream

    @contextmanager
    def _unpacked(self, file: BinaryIO) -> Iterator[BinaryIO]:
        try:
            with unpacked(file, self.path.suffix.lower(), str(self.path)) as stream:
                yield stream
        except DAMAGE as error:
            raise CorpusError(self.damaged(error)) from None
        except OSError as error:
            if error.errno is None:  # not the system's: the decompressor's complaint about the data
                raise CorpusError(self.damaged(error)) from None
            raise self._unreadable(error) from None

    @contextmanager
    def packed(self) -> Iterator[BinaryIO]:
        """The bytes as they lie on the disk."""
        try:
            raw = io.FileIO(self.path)
        except OSError as error:
            raise self._unreadable(error) from None
        with raw:
            try:
                yield self.meter.measured(raw)
            finally:
                self.meter.close()

    def document(self) -> bytes:
        """The whole file. Raises RecordError where it is too large for that, and as `open` does."""
        with self.open() as stream:
            content = stream.read(MAX_DOCUMENT + 1)
        if len(content) > MAX_DOCUMENT:
            raise self.error(1, f"a document must have at most {MAX_DOCUMENT:,} bytes, but this has more; break it up")
        return content

    def passage(self, number: int, title: str, part: Part, **more: int) -> Passage:
        """A part of a document as a passage; its metadata say where it stands there."""
        place = {"document": self.name, "start": part.start, "end": part.end, **more}
        return Passage(f"{self.name}#{number}", title, part.text, place)

    def error(self, place: int, message: str, unit: str = "line") -> RecordError:
        return RecordError(f"{self.path}, {unit} {place}: {message}")

    def _unreadable(self, error: OSError) -> CorpusError:
        reason = error.strerror or str(error)
        return CorpusError(f"{self.path} cannot be read ({reason}); check the path and its rights")

    def damaged(self, error: Exception) -> str:
        return f"{self.path} is cut off or not what its name says ({error}); fetch it again"
