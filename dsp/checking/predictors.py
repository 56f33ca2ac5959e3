"""Whether the demonstrations of a program's predictors fit their signatures."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dsp.checking.report import Problem, error, warning
from dsp.modules.module import Module, Predictor
from dsp.prompts.fields import Field

_NAMED = 3  # demonstrations that are named where many are wrong


def demo_problems(program: Module) -> Iterator[Problem]:
    """Demonstrations that are none, that show nothing of the signature, misspell a field, or hold another type."""
    for path, predictor in program.named_predictors():
        demos: Any = predictor.demos
        if isinstance(demos, str | Mapping) or not isinstance(demos, Sequence):
            yield error(path, f"demonstrations must be a list of examples, but are a {type(demos).__name__}")
            continue
        found: dict[str, list[int]] = {}
        for number, demo in enumerate(demos, 1):
            if not isinstance(demo, Mapping):
                yield error(
                    path, f"demonstration {number} must be an example, but is {demo!r:.80}; write dsp.Example(…)"
                )
                continue
            for text in _misfits(predictor, demo):
                found.setdefault(text, []).append(number)
        for text, numbers in found.items():
            which = ", ".join(map(str, numbers[:_NAMED])) + (", …" if len(numbers) > _NAMED else "")
            yield warning(path, f"demonstration {which} of {len(demos)} {text}")


def _misfits(predictor: Predictor, demo: Mapping[str, Any]) -> Iterator[str]:
    signature = predictor.signature
    for key in demo:
        meant = difflib.get_close_matches(str(key), signature.fields.keys() - demo.keys(), n=1, cutoff=0.8)
        if key not in signature.fields and meant:
            yield f'has the field "{key}": is "{meant[0]}" meant?'
    for kind, fields in (("inputs", signature.input_fields), ("outputs", signature.output_fields)):
        if fields and not any(demo.get(name) is not None for name in fields):
            yield f"has none of the {kind} ({', '.join(fields)}), so that it is not shown"
    for name, field in signature.output_fields.items():
        if name in demo and (why := _not_of_its_type(field, demo[name])):
            yield f"has a {name} that is not {field.kind or 'text'} ({why})"


def _not_of_its_type(field: Field, value: Any) -> str:
    """Why a completion with that value could not be read; empty where it could, or where that is not to be known."""
    if not isinstance(value, str) or field.annotation is str:
        return ""
    try:
        field.parse(value)
    except (ValueError, TypeError) as fault:
        return str(fault)[:200]
    return ""
