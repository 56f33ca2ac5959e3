"""What comes out of a predictor: completions, and the prediction they amount to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from dsp.types.example import Example


class Completions(Sequence[Example]):
    """The parsed completions of one request, in the order the model gave them.

    Iterate or index it for one completion's fields; `unpack("answer")` for one field of all. A field reads as
    an attribute only where there is exactly one completion, so that a vote is never skipped by accident.
    """

    def __init__(
        self, completions: Sequence[Mapping[str, Any]], *, logprobs: Sequence[float | None] | None = None
    ) -> None:
        self._items = [Example(completion) for completion in completions]
        self.logprobs: list[float | None] = list(logprobs) if logprobs is not None else [None] * len(self._items)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> list[Example]: ...
    def __getitem__(self, index: int | slice) -> Example | list[Example]:
        return self._items[index]

    def __iter__(self) -> Iterator[Example]:
        return iter(self._items)

    def unpack(self, key: str) -> list[Any]:
        """That field of every completion; None where one lacks it."""
        return [item.get(key) for item in self._items]

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_"):
            raise AttributeError(key)
        if len(self._items) != 1:
            raise AttributeError(
                f'"{key}" is asked of {len(self._items)} completions at once; use unpack("{key}"), or majority(...)'
            )
        return getattr(self._items[0], key)

    def __repr__(self) -> str:
        return f"Completions({self._items!r})"


class Prediction(Example):
    """What a program or a predictor answers: its fields, and the completions they were taken from.

    Equal where the fields are equal.
    """

    __slots__ = ("_completions",)

    def __init__(
        self,
        base: Mapping[str, Any] | None = None,
        /,
        *,
        completions: Completions | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(base, **fields)
        inherited = base._completions if isinstance(base, Prediction) else None
        object.__setattr__(self, "_completions", completions if completions is not None else inherited)

    @classmethod
    def from_completions(cls, completions: Completions) -> Prediction:
        """The first completion's fields stand for all."""
        return cls(completions[0], completions=completions)

    @property
    def completions(self) -> Completions:
        """What it was taken from; where it is no predictor's own, itself alone."""
        completions: Completions | None = self._completions
        return completions if completions is not None else Completions([self])

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (type(self), dict(self), self._completions, self.input_keys))


def _restore(
    kind: type[Prediction],
    fields: dict[str, Any],
    completions: Completions | None,
    input_keys: frozenset[str] | None,
) -> Prediction:
    prediction = kind(fields, completions=completions)
    return prediction if input_keys is None else prediction.with_inputs(*input_keys)
