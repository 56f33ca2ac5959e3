"""`FileCorpus`: files and folders, of any known format, as one corpus."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from indexes.corpora import FORMATS
from indexes.corpora.source import COMPRESSIONS, Format, Reading, Source
from indexes.errors import CorpusError, InputError
from indexes.passage import Passage

BY_EXTENSION = {
    ".csv": "csv",
    ".json": "hotpotqa",
    ".jsonl": "jsonl",
    ".markdown": "markdown",
    ".md": "markdown",
    ".ndjson": "jsonl",
    ".text": "text",
    ".tsv": "tsv",
    ".txt": "text",
}


class FileCorpus:
    """The passages of files and folders, in the order given; a folder's files in the order of their names.

    `format` is for files whose extension does not tell it. `skip_bad` records that cannot be read are passed over
    (`skipped` counts those of the last pass); one more raises RecordError, naming file and line. A folder
    is searched to any depth, hidden files and links to folders left out; in one of BEIR's only `corpus.jsonl` is read.
    Raises CorpusError for a path that is missing, a file that is empty or of no known format.
    """

    def __init__(
        self, sources: Sequence[str | os.PathLike[str]], *, format: str | None = None, skip_bad: int = 0
    ) -> None:
        if not sources:
            raise InputError("a corpus needs at least one file, but got none; name a file or a folder")
        if isinstance(skip_bad, bool) or not isinstance(skip_bad, int) or skip_bad < 0:
            raise InputError(f"skip_bad must be a whole number, 0 or more, but got {skip_bad!r}")
        self._format = format
        self._skip_bad = skip_bad
        self._paths = [Path(source) for source in sources]
        if format is not None:
            FORMATS.get(format)
        self.skipped = 0
        self.files = self._find()

    def __iter__(self) -> Iterator[Passage]:
        for _, _, passage in self._read():
            yield passage

    def places(self, ordinals: Collection[int]) -> dict[int, str]:
        """Where the passages of these ordinals stand, as "file, line n". Reads the corpus up to the last of them."""
        wanted = set(ordinals)
        found: dict[int, str] = {}
        for ordinal, (path, line, _) in enumerate(self._read()):
            if ordinal in wanted:
                found[ordinal] = f"{path}, line {line}"
                if len(found) == len(wanted):
                    break
        return found

    def _read(self) -> Iterator[tuple[Path, int, Passage]]:
        reading = Reading(self._skip_bad)
        any_passage = False
        for source, format_, named in self.files:
            empty = True
            for line, passage in format_.read(source, reading):
                empty = False
                yield source.path, line, passage
            self.skipped = reading.skipped
            if empty and named and not reading.skipped and not reading.seen:
                raise CorpusError(f"{source.path} must hold at least one passage, but is empty; check the file")
            any_passage |= not empty
        if not any_passage:
            names = ", ".join(map(str, self._paths[:3]))
            raise CorpusError(f"a corpus must hold at least one passage, but {names} has none that can be read")

    def _find(self) -> list[tuple[Source, Format, bool]]:
        """Every file with its format, and whether the caller named it (else it was found in a folder)."""
        found = [(path, file) for path in self._paths for file in _files_of(path)]
        base = Path(os.path.commonpath([file.absolute().parent for _, file in found])) if found else Path()
        chosen = []
        for path, file in found:
            source = Source(file, file.absolute().relative_to(base).as_posix())
            format_ = self._format_of(source)
            if format_ is not None:
                chosen.append((source, format_, path == file))
            elif path == file:
                raise CorpusError(_unknown_extension(file))
        if not chosen:
            folders = ", ".join(map(str, self._paths[:3]))
            raise CorpusError(f"no file in {folders} has a known extension; known are {', '.join(BY_EXTENSION)}")
        return chosen

    def _format_of(self, source: Source) -> Format | None:
        extension = source.extension
        name = self._format or BY_EXTENSION.get(extension)
        if name is None and extension:
            name = next((name for name in FORMATS.names() if extension in FORMATS.get(name).extensions), None)
        if name is None:
            return None
        format_: Format = FORMATS.get(name)
        return format_


def _files_of(path: Path) -> Iterator[Path]:
    if path.is_dir():
        if (path / "queries.jsonl").exists() and (path / "corpus.jsonl").exists():
            yield path / "corpus.jsonl"
            return
        for folder, folders, names in os.walk(path, onerror=_unreadable):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(folder) / name for name in sorted(names) if not name.startswith("."))
    elif path.exists():
        yield path
    else:
        raise CorpusError(f"{path} does not exist; check the path")


def _unreadable(error: OSError) -> None:
    raise CorpusError(f"{error.filename} cannot be read ({error.strerror}); check its rights") from None


def _unknown_extension(file: Path) -> str:
    known = ", ".join(BY_EXTENSION)
    return (
        f'the extension of {file} must tell its format, but "{file.suffix}" does not; known are {known}, '
        f"each also with {', '.join(COMPRESSIONS)}; or say the format: {', '.join(FORMATS.names())}"
    )
