"""`asyncify` and `syncify`: a program's other face, by DSPy's names for it. Here every module has both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from dsp.modules.module import Module
from dsp.types.prediction import Prediction

M = TypeVar("M", bound=Module)


def asyncify(program: Module) -> Callable[..., Awaitable[Prediction]]:
    """The program to be awaited: its `acall`.

    >>> import asyncio
    >>> from dsp.lms.scripted import Scripted
    >>> from dsp.modules.predict import Predict
    >>> asyncio.run(asyncify(Predict("question -> answer", lm=Scripted(["Lviv"])))(question="Where?")).answer
    'Lviv'
    """
    return program.acall


def syncify(program: M) -> M:
    """The program itself: one that has only `aforward` is called like any other."""
    return program
