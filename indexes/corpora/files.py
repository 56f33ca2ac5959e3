"""`FileCorpus`: files and folders, of any known format, as one corpus."""

from __future__ import annotations

import os
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby

from indexes.corpora import FORMATS
from indexes.corpora.apart import Passages, manner, read_apart, read_here
from indexes.corpora.finding import Finder, Found
from indexes.corpora.source import Reading
from indexes.corpora.splitting import DEFAULT, splitter
from indexes.corpora.unicode_forms import form, normalized
from indexes.corpora.wording import parameter
from indexes.corpora.workers import Workers
from indexes.errors import CorpusError, InputError
from indexes.passage import Passage

PathLike = str | os.PathLike[str]
MAX_WORKERS = 8


class FileCorpus:
    """The passages of files and folders, in the order given; a folder's files in the order of their names.

    `format` is for files whose extension does not tell it. `skip_bad` records that cannot be read are passed over
    (`skipped` counts those of the last pass); one more raises RecordError, naming file and line. A folder is searched
    to any depth, hidden files and links to folders left out; in one of BEIR's only the corpus is read. `include` and
    `exclude` are patterns such as `*.md` or `drafts/*` for the files in folders; `left_out` says what else no format
    claims. `hf://owner/name/configuration/split` is a data set of the Hugging Face hub.

    `split` cuts every text, such as `sentences:5`, with an `overlap` in the same unit; without it only whole documents
    are cut, by words. Parts get ids `document#1`, `document#2`, … and their place in the document as metadata.
    `normalize` puts titles and texts in a Unicode form, such as `NFC`. HTML, PDF and HotpotQA's Wikipedia are parsed in
    `workers` processes: as many as there are processors, at most 8, where it is None; 0 parses in this process.

    Raises CorpusError for a path that is missing, a file that is empty or of no known format.
    """

    def __init__(
        self,
        sources: PathLike | Sequence[PathLike],
        *,
        format: str | None = None,
        skip_bad: int = 0,
        split: str | None = None,
        overlap: int | None = None,
        normalize: str | None = None,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        workers: int | None = None,
    ) -> None:
        sources = [sources] if isinstance(sources, str | os.PathLike) else list(sources)
        if not sources:
            raise InputError("a corpus needs at least one file, but got none; name a file or a folder")
        if format is not None:
            FORMATS.get(format)
        if overlap is not None and split is None:
            raise InputError(f"overlap goes with split, but got it alone; say also {parameter('split', 'sentences:5')}")
        self._skip_bad = _whole_number("skip_bad", skip_bad)
        self._split = splitter(split, overlap) if split is not None else None
        self._form = form(normalize) if normalize is not None else None
        self._workers = _processors() if workers is None else _whole_number("workers", workers)
        finder = Finder(format, _patterns("include", include), _patterns("exclude", exclude))
        self._paths = sources
        self.files = finder.find(sources)
        self.left_out = finder.left_out
        self.skipped = 0
        self._total: int | None = None
        self._finished = 0
        self._current: Found | None = None

    def __iter__(self) -> Iterator[Passage]:
        for _, _, passage in self._passages():
            yield passage

    @property
    def bytes(self) -> int | None:
        """The size of the files as they lie on the disk; None where some of the corpus lies elsewhere."""
        if self._total is None:
            sizes = [_size(found) for found in self.files]
            self._total = -1 if None in sizes else sum(size or 0 for size in sizes)
        return None if self._total < 0 else self._total

    @property
    def bytes_read(self) -> int:
        """How much of `bytes` the last pass has read so far."""
        return self._finished + (self._current.source.meter.bytes if self._current else 0)

    def expected(self, passages: int) -> int | None:
        """How many passages the last pass will have given, guessed from the bytes that those so far took."""
        total, read = self.bytes, self.bytes_read
        return None if not total or not read else round(passages * total / min(read, total))

    def places(self, ordinals: Collection[int]) -> dict[int, str]:
        """Where the passages of these ordinals stand, as "file, line n". Reads the corpus up to the last of them."""
        wanted = set(ordinals)
        found: dict[int, str] = {}
        passages = self._passages()
        for ordinal, (file, place, _) in enumerate(passages):
            if ordinal in wanted:
                found[ordinal] = f"{file.shown}, {getattr(file.format, 'place', 'line')} {place}"
                if len(found) == len(wanted):
                    break
        passages.close()
        return found

    def _passages(self) -> Generator[tuple[Found, int, Passage], None, None]:
        """Every passage, cut and normalized, with its file and its place there."""
        for found, place, passage in self._read():
            for part in self._parts(found, passage):
                yield found, place, part if self._form is None else normalized(part, self._form)

    def _parts(self, found: Found, passage: Passage) -> Iterator[Passage]:
        if self._split is None or self._split.unit == "none" or getattr(found.format, "splits", False):
            yield passage
            return
        inherited = {name: value for name, value in passage.metadata.items() if name != "sentences"}
        for number, part in enumerate(self._split([(1, 0, passage.text)]), 1):
            metadata = {**inherited, "document": passage.id, "start": part.start, "end": part.end}
            yield Passage(f"{passage.id}#{number}", passage.title, part.text, metadata)

    def _read(self) -> Iterator[tuple[Found, int, Passage]]:
        reading = Reading(self._skip_bad, self._split or DEFAULT)
        self.skipped = self._finished = 0
        any_passage = False
        with ExitStack() as stack:
            for found, passages in self._by_file(reading, stack):
                self._current, empty = found, True
                try:
                    for place, passage in passages:
                        empty = False
                        yield found, place, passage
                except CorpusError as error:
                    raise error if found.named else _with_remedy(error, found) from None
                self.skipped = reading.skipped
                self._finished, self._current = self._finished + (_size(found) or 0), None
                if empty and found.named and not reading.skipped and not reading.seen:
                    raise CorpusError(f"{found.shown} must hold at least one passage, but is empty; check the file")
                any_passage |= not empty
        if not any_passage:
            names = ", ".join(map(str, self._paths[:3]))
            raise CorpusError(f"a corpus must hold at least one passage, but {names} has none that can be read")

    def _by_file(self, reading: Reading, stack: ExitStack) -> Iterator[tuple[Found, Passages]]:
        """Each file with its passages. Neighbours that are parsed apart are parsed at once."""
        workers: Workers | None = None
        for how, group in groupby(self.files, manner if self._workers else lambda _: "here"):
            if how == "here":
                yield from read_here(list(group), reading)
                continue
            if workers is None:
                workers = stack.enter_context(Workers(self._workers))
            yield from read_apart(list(group), reading, workers)


def _with_remedy(error: CorpusError, found: Found) -> CorpusError:
    """The error of a file that nobody named: it may be none of the corpus."""
    return type(error)(f"{error}; or leave the file out: {parameter('exclude', found.source.path.name)}")


def _size(found: Found) -> int | None:
    try:
        return found.source.path.stat().st_size
    except OSError:
        return None


def _patterns(name: str, given: str | Sequence[str]) -> list[str]:
    patterns = [given] if isinstance(given, str) else list(given)
    if not all(isinstance(pattern, str) and pattern for pattern in patterns):
        raise InputError(f'{name} must be patterns such as "*.md", but got {given!r}; leave it out for all files')
    return patterns


def _whole_number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(f"{name} must be a whole number, 0 or more, but got {value!r}")
    return value


def _processors() -> int:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(count, MAX_WORKERS)
