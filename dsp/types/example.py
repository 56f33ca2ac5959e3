"""`Example`: a named set of values, some of which are given and some of which are to be predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, Self


class Example(MutableMapping[str, Any]):
    """A training question, a demonstration, or a question under way: a mapping whose keys read as attributes.

        >>> example = Example(question="Who wrote Emma?", answer="Jane Austen").with_inputs("question")
        >>> example.answer, example.inputs(), example.without("answer").copy(hop=1)
        ('Jane Austen', Example(question='Who wrote Emma?'), Example(question='Who wrote Emma?', hop=1))

    Keys are the user's own; methods win over keys of the same name in attribute access, `example["keys"]` always
    reaches the value. Copies are shallow and never share the mapping itself.
    """

    __slots__ = ("_input_keys", "_store", "_written")

    def __init__(self, base: Mapping[str, Any] | None = None, /, **fields: Any) -> None:
        keys, written = (base._input_keys, base._written) if isinstance(base, Example) else (None, frozenset())
        object.__setattr__(self, "_store", {**(base or {}), **fields})
        object.__setattr__(self, "_input_keys", keys)
        object.__setattr__(self, "_written", written.difference(fields) if fields else written)

    # the mapping
    def __getitem__(self, key: str) -> Any:
        return self._store[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._store[key] = value
        if key in self._written:
            object.__setattr__(self, "_written", self._written - {key})

    def __delitem__(self, key: str) -> None:
        del self._store[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._store)

    def __len__(self) -> int:
        return len(self._store)

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        try:
            return self._store[key]
        except KeyError:
            raise AttributeError(
                f'this {type(self).__name__} has no field "{key}"; it has {", ".join(self._store) or "none"}'
            ) from None

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __delattr__(self, key: str) -> None:
        try:
            del self._store[key]
        except KeyError:
            raise AttributeError(key) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Example) and self._store == other._store

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        inside = ", ".join(f"{key}={value!r}" for key, value in self._store.items())
        return f"{type(self).__name__}({inside})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (type(self), dict(self._store), self._input_keys))

    # copies
    def copy(self, /, **fields: Any) -> Self:
        """A copy, with these fields set."""
        other = type(self)(self)
        for key, value in fields.items():
            other[key] = value
        return other

    with_ = copy

    def with_written(self, fields: Mapping[str, Any]) -> Self:
        """A copy with fields that an LM wrote, and that another stage may write anew: see `dsp.generate`.

        They count as written until somebody sets them.
        """
        other = self.copy(**fields)
        object.__setattr__(other, "_written", self._written | fields.keys())
        return other

    @property
    def written(self) -> frozenset[str]:
        """The fields that an LM wrote and nobody has set since."""
        names: frozenset[str] = self._written
        return names

    def without(self, *keys: str) -> Self:
        """A copy that lacks these fields; keys it never had are no error."""
        other = self.copy()
        for key in keys:
            other._store.pop(key, None)
        return other

    def demos_at(self, function: Callable[[Example], Mapping[str, Any]]) -> Self:
        """A copy whose every demo also carries what `function` gives for it, the mark `augmented` left out.

            >>> demo = Example(question="q", qa=Example(answer="a", augmented=True))
            >>> Example(demos=[demo.without("qa").copy(n=1)]).demos_at(lambda demo: {"answer": demo.n}).demos
            [Example(question='q', n=1, answer=1)]

        As in DSP; there an exception in `function` counted as nothing found, here it is an error.
        """
        demos = [demo.copy(**Example(function(demo)).without("augmented")) for demo in self._store.get("demos", [])]
        return self.copy(demos=demos)

    # inputs and labels
    def with_inputs(self, *keys: str) -> Self:
        """A copy that knows which of its fields are given to a program; the others are labels."""
        other = self.copy()
        object.__setattr__(other, "_input_keys", frozenset(keys))
        return other

    @property
    def input_keys(self) -> frozenset[str] | None:
        keys: frozenset[str] | None = self._input_keys
        return keys

    def inputs(self) -> Example:
        """The fields given to a program. Raises ValueError where `with_inputs` never said which they are."""
        if self._input_keys is None:
            raise ValueError('which fields are inputs is not known; say it with example.with_inputs("question")')
        return Example({key: value for key, value in self._store.items() if key in self._input_keys})

    def labels(self) -> Example:
        """The fields that are not inputs."""
        inputs = self._input_keys or frozenset()
        return Example({key: value for key, value in self._store.items() if key not in inputs})

    def to_dict(self) -> dict[str, Any]:
        return dict(self._store)

    toDict = to_dict  # noqa: N815 - DSPy's name


def _restore(kind: type[Example], store: dict[str, Any], input_keys: frozenset[str] | None) -> Example:
    example = kind(store)
    object.__setattr__(example, "_input_keys", input_keys)
    return example
