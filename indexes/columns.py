"""The values of a field, for all passages of an index, so that a filter is decided for all of them at once."""

from __future__ import annotations

import difflib
import json
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from indexes.errors import InputError
from indexes.filters import ABSENT, Condition, Filter, kind_of, value_in, value_of
from indexes.protocols import Store

KEPT_MASKS = 16


@runtime_checkable
class WithMetadata(Protocol):
    """A store that gives the metadata of all its passages, in order, faster than the passages."""

    def metadata(self) -> Iterator[Mapping[str, Any]]: ...


class Column:
    """A field's values by code: each different value once, and four bytes a passage."""

    def __init__(self) -> None:
        self.values: list[object] = [ABSENT]
        self.codes = array("I")
        self._code_of: dict[Any, int] = {}

    def add(self, value: object) -> None:
        if value is ABSENT:
            self.codes.append(0)
            return
        simple = value is None or isinstance(value, str | int | float)
        key = (kind_of(value), value if simple else json.dumps(value, sort_keys=True))
        code = self._code_of.get(key)
        if code is None:
            code = self._code_of[key] = len(self.values)
            self.values.append(value)
        self.codes.append(code)

    def met(self, condition: Condition) -> NDArray[np.bool_]:
        """Where the condition is met: bool [passages]."""
        by_code = np.fromiter(map(condition.met_by, self.values), dtype=np.bool_, count=len(self.values))
        result: NDArray[np.bool_] = by_code[np.frombuffer(self.codes, dtype=np.uint32)]
        return result


class Columns:
    """The columns of a store, each read when a filter first asks for it; the passages are read through once for it.

    Safe from any number of threads. Memory: four bytes a passage and field, the different values, and a byte a passage
    for each of the last 16 filters.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._columns: dict[str, Column] = {}
        self._names: set[str] = {"id", "title"}
        self._masks: OrderedDict[str, NDArray[np.bool_]] = OrderedDict()
        self._lock = threading.Lock()

    def mask(self, filter: Filter) -> NDArray[np.bool_]:
        """Which passages the filter lets through: bool [passages], not to be written to.

        Raises InputError for a field that no passage has, unless the question is whether it exists.
        """
        with self._lock:
            if filter.key in self._masks:
                self._masks.move_to_end(filter.key)
                return self._masks[filter.key]
            self._read(filter.fields())
            self._refuse_unknown(filter)
            answer = filter.root.decide(lambda condition: self._columns[condition.field].met(condition))
            mask: NDArray[np.bool_] = np.broadcast_to(answer, len(self._store))
            mask.flags.writeable = False
            self._masks[filter.key] = mask
            if len(self._masks) > KEPT_MASKS:
                self._masks.popitem(last=False)
            return mask

    def _read(self, fields: list[str]) -> None:
        wanted = {field: Column() for field in fields if field not in self._columns}
        if not wanted:
            return
        if isinstance(self._store, WithMetadata) and not wanted.keys() & {"id", "title"}:
            for metadata in self._store.metadata():
                self._names.update(metadata)
                for field, column in wanted.items():
                    column.add(value_in(metadata, field))
        else:
            for passage in self._store:
                self._names.update(passage.metadata)
                for field, column in wanted.items():
                    column.add(value_of(passage, field))
        self._columns.update(wanted)

    def _refuse_unknown(self, filter: Filter) -> None:
        for condition in filter.root.conditions():
            field = condition.field
            if condition.name != "exists" and len(self._columns[field].values) == 1:
                close = difflib.get_close_matches(field, self._names, n=1, cutoff=0.5)
                remedy = f"did you mean {close[0]}?" if close else f"they have {', '.join(sorted(self._names)[:20])}"
                raise InputError(f'a filter needs a field of the passages, but none has "{field}": {remedy}')
