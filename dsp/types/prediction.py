"""What comes out of a predictor: completions, and the prediction they amount to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from dsp.types.example import Example


class Completions(Sequence[Example]):
    """The parsed completions of one request, in the order the model gave them.

        >>> completions = Completions([{"answer": "Lviv"}, {"answer": "Paris"}])
        >>> completions[0].answer, completions.unpack("answer")
        ('Lviv', ['Lviv', 'Paris'])

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


class ListedCompletions(Completions):
    """The completions of a prediction: a field is the list of its values, as in DSPy, also where there is only one.

        prediction.completions.answer == [completion.answer for completion in prediction.completions]

    (DSP's `generate` gives plain `Completions`, of which a field is one value.)
    """

    @classmethod
    def of(cls, completions: Completions) -> ListedCompletions:
        """The same completions, shared."""
        listed = cls((), logprobs=completions.logprobs)
        listed._items = completions._items
        return listed

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_"):
            raise AttributeError(key)
        if not any(key in item for item in self._items):
            known = ", ".join(dict.fromkeys(name for item in self._items for name in item))
            raise AttributeError(f'these completions have no field "{key}"; they have {known or "none"}')
        return self.unpack(key)


class Prediction(Example):
    """What a program or a predictor answers: its fields, and the completions they were taken from.

    Equal where the fields are equal. One that has a field `score` counts as that number: `float(prediction)`, sums, and
    which is greater. So a metric may answer with a score and what it has to say about it.
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
    def from_completions(
        cls, completions: Completions | Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]]
    ) -> Prediction:
        """The first completion's fields stand for all. Also from a list of mappings, or a mapping of lists.

        Raises ValueError for no completions, or lists of different lengths.
        """
        if isinstance(completions, Mapping):
            names, columns = list(completions), list(completions.values())
            completions = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        if not completions:
            raise ValueError("a prediction needs at least one completion, but got none; give one")
        made = completions if isinstance(completions, Completions) else Completions(completions)
        return cls(made[0], completions=ListedCompletions.of(made))

    @property
    def completions(self) -> Completions:
        """What it was taken from; where it is no predictor's own, itself alone."""
        completions: Completions | None = self._completions
        return completions if completions is not None else ListedCompletions([self])

    # as a number
    def __float__(self) -> float:
        if "score" not in self:
            raise TypeError(f'a prediction counts as its field "score", but this one has {", ".join(self) or "none"}')
        return float(self["score"])

    def __add__(self, other: Any) -> float:
        return float(self) + float(other)

    __radd__ = __add__

    def __truediv__(self, other: Any) -> float:
        return float(self) / float(other)

    def __lt__(self, other: Any) -> bool:
        return float(self) < float(other)

    def __le__(self, other: Any) -> bool:
        return float(self) <= float(other)

    def __gt__(self, other: Any) -> bool:
        return float(self) > float(other)

    def __ge__(self, other: Any) -> bool:
        return float(self) >= float(other)

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
