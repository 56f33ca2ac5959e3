"""What can go wrong in `indexes`, drawn once.

IndexesError
├── InputError                  what the caller gave cannot be used (a wrong k, a wrong query)
│   ├── PipelineError           a composed retriever cannot work: says all that is wrong with it
│   ├── QueryError              a query with operators that means nothing, or that this index cannot answer
│   └── UnknownNameError        no engine, analyzer, embedder or corpus format is called that
├── CorpusError                 a source of passages cannot be read
│   ├── RecordError             one record of it is bad: names the file and the line
│   └── DuplicateIdError        two passages share an id
├── EmbedderError               an embedder behind a server did not answer
└── IndexFolderError            the folder is not an index that can be opened
    ├── NotAnIndexError         no manifest there
    ├── FormatVersionError      written by a newer version
    ├── CorruptIndexError       a file is missing, truncated or altered: names it
    └── IndexLockedError        another process is writing it                (retryable)

Every message says the rule, the value received and the remedy.
"""

from __future__ import annotations

from collections.abc import Sequence


class IndexesError(Exception):
    """The root: catch this to catch all that `indexes` raises on purpose."""

    hint: str = ""
    retryable: bool = False


class InputError(IndexesError, ValueError):
    """What the caller gave cannot be used."""


class QueryError(InputError):
    """A query with operators that means nothing, or that this index cannot answer. A plain query never raises it."""


class UnknownNameError(InputError, KeyError):
    """No strategy of that kind goes by that name; the message offers the closest ones."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class PipelineError(InputError):
    """A composed retriever cannot work as it is. `problems` are all that is wrong with it, not the first alone."""

    def __init__(self, problems: Sequence[str], expression: str = "") -> None:
        self.problems = list(problems)
        what = f" in {expression}" if expression else ""
        many = "is a problem" if len(self.problems) == 1 else f"are {len(self.problems)} problems"
        super().__init__(f"there {many}{what}: " + "; ".join(self.problems))


class CorpusError(IndexesError):
    """A source of passages cannot be read."""


class RecordError(CorpusError):
    """One record of a corpus is bad; the message names the file and the line."""


class DuplicateIdError(CorpusError):
    """Two passages of a corpus share an id."""


class EmbedderError(IndexesError):
    """An embedder behind a server gave no vectors, or not those that it was asked for."""


class IndexFolderError(IndexesError):
    """The folder is not an index that can be opened."""


class NotAnIndexError(IndexFolderError):
    """There is no manifest: the folder is not an index, or its building never finished."""


class FormatVersionError(IndexFolderError):
    """The index was written by a newer version of this package."""


class CorruptIndexError(IndexFolderError):
    """A file of the index is missing, truncated or altered; the message names it."""


class IndexLockedError(IndexFolderError):
    """Another process is writing this index; readers are not disturbed."""

    retryable = True
    hint = "wait until the other process has finished"
