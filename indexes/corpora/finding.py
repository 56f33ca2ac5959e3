"""Which files of a folder are a corpus, and in what format; and what was left out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from indexes.corpora import FORMATS
from indexes.corpora.compressed import COMPRESSIONS
from indexes.corpora.hugging_face import SCHEME, address
from indexes.corpora.source import Format, Source
from indexes.corpora.wording import parameter
from indexes.errors import CorpusError

BY_EXTENSION = {
    ".arrow": "arrow",
    ".csv": "csv",
    ".feather": "arrow",
    ".htm": "html",
    ".html": "html",
    ".json": "hotpotqa",
    ".jsonl": "jsonl",
    ".markdown": "markdown",
    ".md": "markdown",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pdf": "pdf",
    ".tar": "hotpotqa_wiki",
    ".tbz2": "hotpotqa_wiki",
    ".text": "text",
    ".tgz": "hotpotqa_wiki",
    ".tsv": "tsv",
    ".txt": "text",
    ".xhtml": "html",
}
BY_NAME = {"collection.tsv": "msmarco", "msmarco-docs.tsv": "msmarco", "psgs_w100.tsv": "dpr"}
"""Files that are known by their whole names; their compressed forms too."""
_NAMES_SHOWN = 3


class Found(NamedTuple):
    """A file of the corpus; `named` where the caller named it, and no folder it was found in."""

    source: Source
    format_name: str
    format: Format
    named: bool

    @property
    def shown(self) -> str:
        """The file as messages name it."""
        return self.source.name if self.source.name.startswith(SCHEME) else str(self.source.path)


class LeftOut:
    """Files of folders that are no part of the corpus: how many of each kind, and the first names of each."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.names: dict[str, list[str]] = {}

    def add(self, kind: str, name: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        names = self.names.setdefault(kind, [])
        if len(names) < _NAMES_SHOWN:
            names.append(name)

    def __len__(self) -> int:
        return sum(self.counts.values())

    def __str__(self) -> str:
        """Such as `12 .png (a.png, b.png, c.png, …), 1 without extension (LICENSE)`."""
        kinds = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return ", ".join(f"{count:,} {kind} ({self._shown(kind)})" for kind, count in kinds)

    def _shown(self, kind: str) -> str:
        more = ", …" if self.counts[kind] > _NAMES_SHOWN else ""
        return ", ".join(self.names[kind]) + more


class Finder:
    """Looks through paths for files that have a format. `include` and `exclude` are shell patterns for files found in
    folders, against their names and their paths below the folder."""

    def __init__(self, format: str | None, include: Sequence[str], exclude: Sequence[str]) -> None:
        self._format = format
        self._include, self._exclude = include, exclude
        self.left_out = LeftOut()

    def find(self, sources: Sequence[str | os.PathLike[str]]) -> list[Found]:
        """Every file, in the order given; a folder's in the order of their names. Raises CorpusError."""
        remote = [str(source) for source in sources if str(source).startswith(SCHEME)]
        paths = [Path(source) for source in sources if not str(source).startswith(SCHEME)]
        files = {path: list(self._files_of(path)) for path in paths}
        parents = [file.absolute().parent for found in files.values() for file in found]
        base = Path(os.path.commonpath(parents)) if parents else Path()
        chosen: list[Found] = []
        for source in sources:
            if str(source) in remote:
                chosen.append(self._remote(str(source)))
                continue
            for file in files[Path(source)]:
                entry = Source(file, file.absolute().relative_to(base).as_posix())
                found = self._with_format(entry, named=Path(source) == file)
                chosen += [found] if found is not None else []
        if not chosen:
            raise self._nothing(paths)
        return chosen

    def _remote(self, said: str) -> Found:
        address(said)
        return Found(Source(Path(said), said), "hugging_face", FORMATS.get("hugging_face"), True)

    def _with_format(self, source: Source, named: bool) -> Found | None:
        name = self._format or self._name_of(source)
        if name is None:
            if named:
                raise CorpusError(_unknown_extension(source.path))
            self.left_out.add(source.extension or "without extension", source.name)
            return None
        format_: Format = FORMATS.get(name)
        if not named and (reason := self._refused(source, format_)):
            self.left_out.add(f"{source.extension} {reason}", source.name)
            return None
        return Found(source, name, format_, named)

    def _name_of(self, source: Source) -> str | None:
        whole = BY_NAME.get(source.stem.lower() + source.extension)
        if whole is not None and _holds_passages(FORMATS.get(whole), source):
            return whole
        extension = source.extension
        name = BY_EXTENSION.get(extension)
        if name is None and extension:
            name = next((name for name in FORMATS.names() if extension in FORMATS.get(name).extensions), None)
        return name

    def _refused(self, source: Source, format_: Format) -> str:
        """Why a file found in a folder is no part of the corpus; empty where it is one."""
        needs = getattr(format_, "needs", "")
        if needs:
            return f"for which {needs} is not installed"
        if self._format is None and not _holds_passages(format_, source):
            return "without passages"
        return ""

    def _files_of(self, path: Path) -> Iterator[Path]:
        if path.is_dir():
            yield from self._below(path)
        elif path.exists():
            yield path
        else:
            raise CorpusError(f"{path} does not exist; check the path")

    def _below(self, path: Path) -> Iterator[Path]:
        for folder, folders, names in os.walk(path, onerror=_unreadable):
            beir = _beir_corpus(folders, names)
            folders[:] = [] if beir else sorted(name for name in folders if not name.startswith("."))
            for name in [beir] if beir else sorted(names):
                file = Path(folder) / name
                if not name.startswith(".") and self._wanted(file.relative_to(path).as_posix(), name):
                    yield file

    def _wanted(self, below: str, name: str) -> bool:
        def among(patterns: Sequence[str]) -> bool:
            return any(fnmatchcase(name, pattern) or fnmatchcase(below, pattern) for pattern in patterns)

        return (not self._include or among(self._include)) and not among(self._exclude)

    def _nothing(self, paths: Sequence[Path]) -> CorpusError:
        folders = ", ".join(map(str, paths[:3]))
        left = f"; left out: {self.left_out}" if len(self.left_out) else ""
        patterns = "" if not (self._include or self._exclude) else ", of those that the patterns let through,"
        return CorpusError(
            f"no file in {folders}{patterns} has a known extension and passages{left}; "
            f"known are {', '.join(BY_EXTENSION)}"
        )


def _holds_passages(format_: Format, source: Source) -> bool:
    """Whether the beginning of the file looks like passages; formats that cannot tell take every file."""
    asked = getattr(format_, "holds_passages", None)
    return True if asked is None else bool(asked(source))


def _beir_corpus(folders: list[str], names: list[str]) -> str:
    """The corpus of a BEIR folder, beside which there are questions or judgements; empty where it is none."""
    endings = ("", *COMPRESSIONS)
    corpus = next((f"corpus.jsonl{ending}" for ending in endings if f"corpus.jsonl{ending}" in names), "")
    beside = "qrels" in folders or any(f"queries.jsonl{ending}" in names for ending in endings)
    return corpus if beside else ""


def _unreadable(error: OSError) -> None:
    raise CorpusError(f"{error.filename} cannot be read ({error.strerror}); check its rights") from None


def _unknown_extension(file: Path) -> str:
    known = ", ".join(BY_EXTENSION)
    return (
        f'the extension of {file} must tell its format, but "{file.suffix}" does not; known are {known}, '
        f"each also with {', '.join(COMPRESSIONS)}; or say the format, one of {', '.join(FORMATS.names())}: "
        f"{parameter('format', 'jsonl')}"
    )
