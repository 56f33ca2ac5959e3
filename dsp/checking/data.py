"""Whether examples give what a program takes, and whether a split of them can be measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dsp.checking.program import inputs_of
from dsp.checking.report import Problem, error, problem, warning
from dsp.modules.module import Module, Predictor
from dsp.modules.predict import OF_A_CALL
from dsp.types.example import Example


def data_problems(program: object, examples: Sequence[Example], where: str = "data") -> Iterator[Problem]:
    """Examples that lack an input of the program, give one that it does not take, or don't say which are inputs."""
    if not examples:
        yield error(where, "there must be at least one example, but there is none; give some")
        return
    strange = [number for number, example in enumerate(examples, 1) if not isinstance(example, Example)]
    if strange:
        first = examples[strange[0] - 1]
        yield error(
            where, f"examples must be dsp.Example, but {_how_many(strange, examples)}, a {type(first).__name__}"
        )
        return
    unsaid = [number for number, example in enumerate(examples, 1) if example.input_keys is None]
    if unsaid:
        text = f"which fields are inputs must be known, but is not of {_how_many(unsaid, examples)}"
        yield problem(len(unsaid) == len(examples), where, f'{text}; say it with example.with_inputs("question")')
    inputs = inputs_of(program) if isinstance(program, Module) else None
    if inputs is None:
        return
    sure = isinstance(program, Predictor)  # which ends the work where others fail on the one example
    lacking: dict[str, list[int]] = {}
    besides: dict[str, list[int]] = {}
    for number, example in enumerate(examples, 1):
        keys = example.input_keys
        if keys is None:
            continue
        for name in inputs.needed:
            if name not in keys or name not in example:
                lacking.setdefault(name, []).append(number)
        if inputs.every is not None and not keys <= inputs.every:
            for name in keys - inputs.every:
                if name in example:
                    besides.setdefault(name, []).append(number)
    for name, numbers in lacking.items():
        text = f"the program takes the input {name}, but {_how_many(numbers, examples)} do not give it"
        remedy = 'add it, and name it in with_inputs("…")'
        yield problem(sure or len(numbers) == len(examples), where, f"{text}; {remedy}")
    takes = ", ".join(sorted((inputs.every or frozenset()) - set(OF_A_CALL))) or "none"
    for name, numbers in besides.items():
        text = f"{_how_many(numbers, examples)} give the input {name}, but the program takes {takes}"
        yield problem(sure or len(numbers) == len(examples), where, f"{text}; leave it out of with_inputs(…)")


def split_problems(count: int, held_out: Any) -> Iterator[Problem]:
    """Whether that share of so many dev examples can be held out, and leaves something to select on."""
    if not isinstance(held_out, int | float) or not 0 <= held_out < 1:
        yield error(
            "held-out", f"the share must be from 0 up to (not including) 1, but is {held_out!r}; for example 0.5"
        )
        return
    aside = round(count * held_out)
    if count and aside >= count:
        text = f"{held_out:g} of {count} dev examples are {aside}, which leaves none to select on"
        yield error("held-out", f"{text}; give more, or a smaller share")
    elif held_out and count and not aside:
        text = (
            f"{held_out:g} of {count} dev examples are none, so nothing measures the gain; give more, or a larger share"
        )
        yield warning("held-out", text)


def training_problems(train: Sequence[Mapping[str, Any]], repeated: int) -> Iterator[Problem]:
    """Whether questions to learn from are left, `repeated` of them standing in the dev set that measures."""
    if train and repeated == len(train):
        yield error(
            "train",
            "training questions must be other questions than the dev set's, for those measure what was learnt, but "
            f"all {len(train)} stand in both; give others, or hold out nothing",
        )


def _how_many(numbers: Sequence[int], examples: Sequence[Any]) -> str:
    first = f"(the first is number {numbers[0]})" if len(numbers) < len(examples) else ""
    return f"{len(numbers)} of {len(examples)} examples {first}".rstrip()
