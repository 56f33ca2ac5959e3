"""Strategies by name: built-ins and plugins take the same path.

A registry maps a name to a lazy dotted path, `"package.module:attribute"`. The module is imported when the name
is first asked for, so naming a strategy never loads its heavy package. A third party's package adds a name by an
entry point in the registry's group; a built-in is a row in the same table.
"""

from __future__ import annotations

import difflib
import importlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from indexes.errors import UnknownNameError


class Registry:
    """Names of one kind of strategy ("engine", "analyzer", …).

    Laws: `names()` is sorted; `get` of an unknown name raises `UnknownNameError` with the closest names;
    a plugin cannot replace a built-in; thread-safe.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        builtins: Mapping[str, str],
        error: type[Exception] = UnknownNameError,
    ) -> None:
        self.kind = kind
        self.group = group
        self._error = error
        self._paths: dict[str, str] = dict(builtins)
        self._loaded: dict[str, Any] = {}
        self._plugins_read = False
        self._lock = threading.RLock()

    def register(self, name: str, target: Any) -> None:
        """Add a strategy: an object, or its lazy path `"package.module:attribute"`.

        Raises ValueError when the name is taken.
        """
        with self._lock:
            if name in self._paths or name in self._loaded:
                raise ValueError(f'the {self.kind} name must be new, but "{name}" is taken; choose another name')
            if isinstance(target, str):
                self._paths[name] = target
            else:
                self._loaded[name] = target

    def get(self, name: str) -> Any:
        """The strategy of that name, imported now if it never was."""
        with self._lock:
            if name in self._loaded:
                return self._loaded[name]
            if name not in self._paths:
                self._read_plugins()
            if name not in self._paths:
                raise self._error(self._unknown(name))
            module, _, attribute = self._paths[name].partition(":")
            self._loaded[name] = getattr(importlib.import_module(module), attribute)
            return self._loaded[name]

    def names(self) -> list[str]:
        with self._lock:
            self._read_plugins()
            return sorted({*self._paths, *self._loaded})

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def _read_plugins(self) -> None:
        if self._plugins_read:
            return
        from importlib.metadata import entry_points

        for point in entry_points(group=self.group):
            self._paths.setdefault(point.name, point.value)
        self._plugins_read = True

    def _unknown(self, name: str) -> str:
        names = self.names()
        close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        guess = f"did you mean {' or '.join(close)}? " if close else ""
        return f'unknown {self.kind} "{name}": {guess}choose one of {", ".join(names)}'
