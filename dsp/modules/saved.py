"""Saved programs: what a file may hold, and how it is checked before anything is taken from it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dsp.errors import ProgramFileError
from dsp.files import read_json
from dsp.lms.base import SETTINGS, request_of
from dsp.prompts.signature import Signature
from dsp.trace import from_json
from dsp.types.example import Example

FORMAT = "dsp.program"
FORMAT_VERSION = 1
MAX_COMPLETIONS = 1000  # of a saved predictor's request: more is a mistake or an attack
SAMPLING = SETTINGS | {
    "frequency_penalty",
    "logprobs",
    "min_p",
    "presence_penalty",
    "reasoning_effort",
    "top_k",
    "top_logprobs",
    "verbosity",
}
"""What a saved program may say of requests: how to sample. Which model is asked, and with what else, is its user's."""


@dataclass(frozen=True, slots=True)
class PredictorState:
    """What compiling may change in a predictor."""

    signature: type[Signature]
    demos: list[Example]
    config: dict[str, Any]


def read_program_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """A saved program's JSON, checked as far as it can be without the program.

    Raises ProgramFileError for a missing or foreign file, and for one of a newer version.
    """
    content = read_json(path, error=ProgramFileError, what="a program that was saved by dsp")
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ProgramFileError(f'{path}: must be a saved program ("format": "{FORMAT}"), but it is not; give another')
    version = content.get("version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise ProgramFileError(
            f"{path}: is of version {version!r}, but this dsp reads up to {FORMAT_VERSION}; upgrade dsp"
        )
    if not isinstance(content.get("predictors"), dict):
        raise ProgramFileError(f'{path}: must hold an object "predictors", but it does not; save the program again')
    return content


def read_predictor(signature: type[Signature], name: str, state: Any) -> PredictorState:
    """A predictor's saved state, checked against its signature. Raises ProgramFileError that says what differs."""
    try:
        saved = state["signature"]
        fields = {_text(field, "name"): field for field in saved["fields"]}
        demos = [_saved_demo(number, demo, fields) for number, demo in enumerate(state["demos"], 1)]
        config = _checked_config(state.get("config") or {})
        instructions = _text(saved, "instructions")
        texts = {
            name: {key: _text(field, key) for key in ("desc", "label", "prefix") if key in field}
            for name, field in fields.items()
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ProgramFileError(
            f'the saved predictor "{name}" must hold "signature", "config" and "demos" as dsp writes them, '
            f"but it does not ({type(error).__name__}: {error}); save the program again"
        ) from error
    if list(fields) != list(signature.fields):
        raise ProgramFileError(
            f'the saved predictor "{name}" has the fields {", ".join(fields) or "none"}, but this program\'s has '
            f"{', '.join(signature.fields)}; load it into the program that it was saved from"
        )
    edited = signature.with_instructions(instructions)
    for field, changes in texts.items():
        if fields[field].get("role") != signature.fields[field].role:
            raise ProgramFileError(
                f'the field "{field}" of the saved predictor "{name}" must have the role '
                f'"{signature.fields[field].role}", but has {fields[field].get("role")!r}; correct it'
            )
        edited = edited.with_updated_fields(field, **changes)
    return PredictorState(edited, demos, config)


def _text(holder: Any, key: str) -> str:
    value = holder[key]
    if not isinstance(value, str):
        raise TypeError(f'"{key}" must be a text, but is {value!r}')
    return value


def _saved_demo(number: int, demo: Any, fields: Mapping[str, Any]) -> Example:
    """A saved demonstration. Raises ValueError for a key that was meant to be a field's, and is not quite."""
    if not isinstance(demo, dict):
        raise TypeError(f"demonstration {number} must be an object, but is {demo!r}")
    for key in demo.keys() - fields.keys():
        if meant := difflib.get_close_matches(key, fields.keys() - demo.keys(), n=1, cutoff=0.8):
            raise ValueError(f'demonstration {number} has the key "{key}": is "{meant[0]}" meant?')
    return Example(from_json(demo))


def _checked_config(config: Any) -> dict[str, Any]:
    """The LM's settings of a saved predictor: those that a request would take, n up to `MAX_COMPLETIONS`."""
    if not isinstance(config, dict):
        raise TypeError(f'"config" must be an object of settings for the LM, but is {config!r}')
    if unknown := sorted(config.keys() - SAMPLING):
        raise ValueError(f'"config" holds the settings {", ".join(sorted(SAMPLING))}, but has {", ".join(unknown)}')
    n = request_of("check", config).n
    if type(n) is not int or n > MAX_COMPLETIONS:
        raise ValueError(f"n must be a whole number up to {MAX_COMPLETIONS}, but is {n!r}")
    return dict(config)
