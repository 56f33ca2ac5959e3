"""Saved programs: what a file may hold, and how it is checked before anything is taken from it."""

from __future__ import annotations

import difflib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsp.errors import ProgramFileError
from dsp.files import read_json, write_json
from dsp.lms.base import SETTINGS, request_of
from dsp.modules.fingerprint import changed_code, code_of, digests_of, edits
from dsp.modules.tree import Node
from dsp.prompts.demonstrations import demo_from_json
from dsp.prompts.signature import Signature
from dsp.types.example import Example

if TYPE_CHECKING:
    from dsp.modules.module import Module

FORMAT = "dsp.program"
FORMAT_VERSION = 2  # 1 had no fingerprint
IN_FOLDER = "program.json"  # of a program that is saved as a folder
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

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PredictorState:
    """What compiling may change in a predictor."""

    signature: type[Signature]
    demos: list[Example]
    config: dict[str, Any]
    frozen: bool | None = None  # None where the file does not say


def write_program_file(
    path: str | os.PathLike[str],
    program: Node,
    settings: Mapping[str, int],
    states: Mapping[str, Any],
    notes: Mapping[str, Any],
    *,
    in_folder: bool,
) -> None:
    """Write a program's state with the fingerprint of its code; in a folder as `program.json`.

    Raises ProgramFileError where it cannot be written, or is to be a pickle.
    """
    _refuse_pickle(path)
    content = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "program": type(program).__name__,
        "settings": settings,
        **notes,
        "code": code_of(program),
        "saved": digests_of(states),
        "predictors": states,
    }
    write_json(Path(path) / IN_FOLDER if in_folder else path, content, error=ProgramFileError)


def read_program_file(path: str | os.PathLike[str], *, allow_pickle: bool = False) -> dict[str, Any]:
    """A saved program's JSON, checked as far as it can be without the program; of a folder, that in it.

    Raises ProgramFileError for a missing or foreign file, for a pickle, and for one of a version that is not read.
    """
    if allow_pickle:
        raise ProgramFileError(
            f"{path}: nothing executable is loaded from a file, so pickles are not; leave out allow_pickle"
        )
    _refuse_pickle(path)
    file = Path(path) / IN_FOLDER if Path(path).is_dir() else Path(path)
    content = read_json(file, error=ProgramFileError, what="a program that was saved by dsp")
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ProgramFileError(f'{file}: must be a saved program ("format": "{FORMAT}"), but it is not; give another')
    version = content.get("version")
    if type(version) is not int or version < 1:
        raise ProgramFileError(
            f"{file}: its version must be 1 to {FORMAT_VERSION}, but is {version!r}; save the program again"
        )
    if version > FORMAT_VERSION:
        raise ProgramFileError(
            f"{file}: is of version {version}, but this dsp reads up to {FORMAT_VERSION}; upgrade dsp"
        )
    if not isinstance(content.get("predictors"), dict):
        raise ProgramFileError(f'{file}: must hold an object "predictors", but it does not; save the program again')
    return content


def load_into(program: Module, content: Mapping[str, Any], path: str | os.PathLike[str], *, strict: bool) -> None:
    """Let the program take over what a saved one holds, and say in the log what has changed since it was saved.

    Raises ProgramFileError where it does not fit, or with `strict` where anything has changed.
    """
    changes = changes_since(program, content)
    if changes and strict:
        raise ProgramFileError(
            f"{path}: must hold the program as it was saved, but {'; '.join(changes)}; "
            "load it without strict, try it, and save it again"
        )
    try:
        program.load_state(content["predictors"])
    except ProgramFileError as error:
        also = f" (since it was saved, {'; '.join(changes)})" if changes else ""
        raise ProgramFileError(f"{path}: {error}{also}") from error
    if changes:
        _log.warning(
            "%s: since it was saved, %s; it is loaded as it stands: try it, then save it again",
            path,
            "; ".join(changes),
        )


def changes_since(program: Module, content: Mapping[str, Any]) -> list[str]:
    """What differs between a program and a saved one that is about to be loaded into it, in words: classes whose code
    has changed, fields of another type, texts that were edited by hand."""
    if content.get("version") == 1:
        return ["the format has moved on from version 1, which tells nothing of the code"]
    states = content["predictors"]
    return [
        *changed_code(program, content.get("code")),
        *(
            text
            for name, part in program.named_predictors()
            for text in _retyped(name, part.signature, states.get(name))
        ),
        *edits(states, content.get("saved")),
    ]


def read_states(signatures: Mapping[str, type[Signature]], states: Mapping[str, Any]) -> dict[str, PredictorState]:
    """Each predictor's saved state, checked against its signature. Raises ProgramFileError with all that differs."""
    problems = []
    missing, unknown = sorted(signatures.keys() - states.keys()), sorted(states.keys() - signatures.keys())
    if missing or unknown:
        lacks = [f"lacks {', '.join(missing)}"] if missing else []
        besides = [f"has {', '.join(unknown)} besides"] if unknown else []
        problems.append(
            f"a saved state must hold this program's predictors ({', '.join(signatures) or 'none'}), but it "
            f"{'; '.join([*lacks, *besides])}; load it into the program that it was saved from"
        )
    found = {}
    for name, signature in signatures.items():
        if name in states:
            try:
                found[name] = read_predictor(signature, name, states[name])
            except ProgramFileError as error:
                problems.append(str(error))
    if problems:
        raise ProgramFileError("; ".join(problems))
    return found


def read_predictor(signature: type[Signature], name: str, state: Any) -> PredictorState:
    """A predictor's saved state, checked against its signature. Raises ProgramFileError that says what differs."""
    try:
        saved = state["signature"]
        fields = {_text(field, "name"): field for field in saved["fields"]}
        demos = [_saved_demo(number, demo, fields, signature) for number, demo in enumerate(state["demos"], 1)]
        config = _checked_config(state.get("config") or {})
        frozen = _flag(state.get("frozen"))
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
            f"{', '.join(signature.fields)}{_apart(fields, signature.fields)}; "
            "load it into the program that it was saved from"
        )
    edited = signature.with_instructions(instructions)
    for field, changes in texts.items():
        if fields[field].get("role") != signature.fields[field].role:
            raise ProgramFileError(
                f'the field "{field}" of the saved predictor "{name}" must have the role '
                f'"{signature.fields[field].role}", but has {fields[field].get("role")!r}; correct it'
            )
        edited = edited.with_updated_fields(field, **changes)
    return PredictorState(edited, demos, config, frozen)


def _apart(saved: Iterable[str], ours: Iterable[str]) -> str:
    """By which fields two signatures differ; by their order where they are the same."""
    lacking, besides = [name for name in ours if name not in saved], [name for name in saved if name not in ours]
    said = [f"it lacks {', '.join(lacking)}"] if lacking else []
    said += [f"has {', '.join(besides)} besides"] if besides else []
    return f" ({' and '.join(said) or 'in another order'})"


def _retyped(name: str, signature: type[Signature], state: Any) -> Iterator[str]:
    """Which fields of a saved predictor had another type."""
    saved = state.get("signature") if isinstance(state, dict) else None
    fields = saved.get("fields") if isinstance(saved, dict) else None
    for field in fields if isinstance(fields, list) else ():
        ours = signature.fields.get(str(field.get("name"))) if isinstance(field, dict) else None
        if ours is not None and field.get("type", "") != ours.kind:
            yield f'the field "{ours.name}" of {name} was {field.get("type") or "text"} and is {ours.kind or "text"}'


def _refuse_pickle(path: str | os.PathLike[str]) -> None:
    if Path(path).suffix.lower() in (".pkl", ".pickle"):
        raise ProgramFileError(
            f"{path}: programs are saved as JSON, for a pickle runs what it likes; name a .json file"
        )


def _flag(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError(f'"frozen" must be true or false, but is {value!r}')
    return value


def _text(holder: Any, key: str) -> str:
    value = holder[key]
    if not isinstance(value, str):
        raise TypeError(f'"{key}" must be a text, but is {value!r}')
    return value


def _saved_demo(number: int, demo: Any, fields: Mapping[str, Any], signature: type[Signature]) -> Example:
    """A saved demonstration. Raises ValueError for a key that was meant to be a field's, and is not quite."""
    if not isinstance(demo, dict):
        raise TypeError(f"demonstration {number} must be an object, but is {demo!r}")
    for key in demo.keys() - fields.keys():
        if meant := difflib.get_close_matches(key, fields.keys() - demo.keys(), n=1, cutoff=0.8):
            raise ValueError(f'demonstration {number} has the key "{key}": is "{meant[0]}" meant?')
    return Example(demo_from_json(signature.fields, demo))


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
