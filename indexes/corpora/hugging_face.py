"""`hugging_face`: a data set of the Hugging Face hub by its name, streamed. Needs `dsp[datasets]`.

    hf://BeIR/scifact/corpus/corpus         owner/name/configuration/split
    hf://owner/name@revision                the only configuration and the only split, at that revision

Columns are named as the keys of JSON lines are. Code that a data set brings along is never run: the `datasets` package
has not been able to since version 4, and an older one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

from indexes.corpora.json_values import json_record
from indexes.corpora.records import BadValueError, to_passage
from indexes.corpora.source import Reading, Source
from indexes.errors import CorpusError, InputError
from indexes.passage import Passage

SCHEME = "hf://"
_ADDRESS = re.compile(r"hf://([\w.-]+/[\w.-]+)(?:@([\w.-]+))?(?:/([\w.-]+))?(?:/([\w.-]+))?/?")


class Address(NamedTuple):
    name: str
    revision: str | None
    configuration: str | None
    split: str | None


def address(text: str) -> Address:
    """What an `hf://` address names. Raises InputError."""
    match = _ADDRESS.fullmatch(text)
    if match is None or ".." in text:
        raise InputError(
            f'a data set is named hf://owner/name[@revision][/configuration[/split]], but got "{text}"; '
            "the hub's page shows owner and name"
        )
    return Address(*match.groups())


class HuggingFace:
    extensions: tuple[str, ...] = ()

    @property
    def needs(self) -> str:
        return "" if find_spec("datasets") else "dsp[datasets]"

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        wanted = address(source.name)
        datasets = _package(source)
        failures = (*_FAILURES, datasets.exceptions.DatasetsError)
        try:
            rows = _rows(datasets, source, wanted)
        except failures as error:
            raise CorpusError(f"{source.name} cannot be read: {_said(error)}") from None
        number = 0
        while True:
            try:
                record = next(rows, None)
            except failures as error:
                raise CorpusError(f"{source.name}, after row {number}: {_said(error)}") from None
            if record is None:
                return
            number += 1
            try:
                yield number, to_passage(json_record(record), f"{wanted.name}:{number}")
            except BadValueError as error:
                reading.bad(source.error(number, str(error), unit="row"))


_FAILURES = (OSError, ValueError, RuntimeError, LookupError, TypeError)
"""What the package raises beside its own errors: those of the network, of its parsers, of names it does not find."""


def _package(source: Source) -> Any:
    try:
        import datasets
    except ImportError:
        raise CorpusError(f"{source.name} needs the package datasets; pip install 'dsp[datasets]'") from None
    if int(datasets.__version__.partition(".")[0]) < 4:
        raise CorpusError(
            f"{source.name} needs datasets 4 or newer, which runs no code of a data set, but {datasets.__version__} is "
            "installed; pip install -U datasets"
        )
    return datasets


def _rows(datasets: Any, source: Source, wanted: Address) -> Iterator[Any]:
    splits = datasets.load_dataset(wanted.name, wanted.configuration, revision=wanted.revision, streaming=True)
    split = wanted.split or next(iter(splits), "")
    if split not in splits or (wanted.split is None and len(splits) > 1):
        raise CorpusError(
            f"{source.name} must name one of the splits {', '.join(splits)}; "
            f"write hf://{wanted.name}/{wanted.configuration or 'default'}/{next(iter(splits), 'train')}"
        )
    return iter(splits[split])


def _said(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


FORMAT = HuggingFace()
