"""`transformation`: a function from example to example that cannot change the one it was given (DSP)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from dsp.types.example import Example

P = ParamSpec("P")
R = TypeVar("R")


def transformation(function: Callable[P, R]) -> Callable[P, R]:
    """Decorates a stage of a program: every `Example` among its arguments reaches it as a copy.

        >>> @transformation
        ... def asked_in_lower_case(example):
        ...     example.question = example.question.lower()
        ...     return example
        >>> asked = Example(question="WHO?")
        >>> asked_in_lower_case(asked).question, asked.question
        ('who?', 'WHO?')

    Copies are shallow, as in DSP: a list inside an example is still the caller's. Coroutine functions stay awaitable.
    """

    @functools.wraps(function)
    def on_copies(*args: P.args, **kwargs: P.kwargs) -> R:
        given: Any = [_copied(value) for value in args]
        named: Any = {name: _copied(value) for name, value in kwargs.items()}
        return function(*given, **named)

    return on_copies


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, Example) else value
