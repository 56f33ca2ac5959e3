"""One file of a corpus as a stream of bytes, decompressed on the way, and what a format makes of it."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from indexes.errors import CorpusError, RecordError
from indexes.passage import Passage

COMPRESSIONS = (".gz", ".bz2", ".zst")


class Reading:
    """One pass over a corpus: tolerates up to `skip_bad` bad records and counts them in `skipped`.

    `seen` is for formats in which passages repeat: keys of those given already, over all files of the pass.
    """

    def __init__(self, skip_bad: int = 0) -> None:
        self.skip_bad = skip_bad
        self.skipped = 0
        self.seen: set[bytes] = set()

    def bad(self, error: RecordError) -> None:
        """Count a bad record; raises it where there were too many."""
        if self.skipped >= self.skip_bad:
            raise RecordError(f"{error} (or pass over bad records with skip_bad: now {self.skip_bad})") from None
        self.skipped += 1


class Format(Protocol):
    """How a file becomes passages.

    Laws: reads the source as a stream; gives each passage with its place, the number of its line (or record),
    from 1; hands every record that cannot be used to `reading.bad`, and goes on where that returns.
    """

    extensions: tuple[str, ...]

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A file: where it lies, and its name in the corpus, which begins the ids made for passages without one."""

    path: Path
    name: str

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
        """The decompressed bytes. Raises CorpusError where the file is missing, unreadable or cut off."""
        try:
            with self._stream() as stream:
                yield stream
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CorpusError(self._damaged(error)) from None
        except OSError as error:
            if error.errno is None:  # not the system's: the decompressor's complaint about the data
                raise CorpusError(self._damaged(error)) from None
            reason = error.strerror or str(error)
            raise CorpusError(f"{self.path} cannot be read ({reason}); check the path and its rights") from None

    def error(self, place: int, message: str, unit: str = "line") -> RecordError:
        return RecordError(f"{self.path}, {unit} {place}: {message}")

    def _stream(self) -> BinaryIO:
        suffix = self.path.suffix.lower()
        if suffix == ".gz":
            return cast(BinaryIO, gzip.open(self.path, "rb"))
        if suffix == ".bz2":
            return cast(BinaryIO, bz2.open(self.path, "rb"))
        if suffix == ".zst":
            from indexes.corpora.zstd import open_zstd

            return open_zstd(self.path)
        return io.BufferedReader(io.FileIO(self.path), 1 << 20)

    def _damaged(self, error: Exception) -> str:
        return f"{self.path} is cut off or not what its name says ({error}); fetch it again"
