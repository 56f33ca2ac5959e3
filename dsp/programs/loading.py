"""A program from what a user wrote: a built-in name, `path/to/file.py:ClassName`, or a saved program's JSON.

A saved program is data: it names a built-in program, and never chooses what code runs. Where it was saved from a
user's own class, the user says which (`code="path/to/file.py:ClassName"`).
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dsp.errors import DspError, InputError, ProgramFileError
from dsp.modules.ensemble import Ensemble
from dsp.modules.module import Module
from dsp.modules.nearest_demos import NearestDemos
from dsp.modules.saved import IN_FOLDER, read_program_file
from dsp.programs.registry import PROGRAMS

MAX_SETTING = 1000  # of a saved program's k, hops, …: larger numbers are a mistake or an attack


def load_program(
    spec: str | os.PathLike[str],
    *,
    code: str | type[Module] | None = None,
    settings: Mapping[str, Any] | None = None,
    allow_pickle: bool = False,
) -> Module:
    """The program that `spec` names; several joined by `+` (`one.json+two.json`) are an `Ensemble` that votes.

    A saved program of one's own class is loaded by `code`, the class or where it stands; `allow_pickle` is DSPy's, and
    refused. Raises UnknownNameError, InputError or ProgramFileError that say what to do.
    """
    if not isinstance(spec, str) or allow_pickle or (Path(spec) / IN_FOLDER).is_file():
        return load_saved(spec, code=code, settings=settings, allow_pickle=allow_pickle)
    parts = spec.split("+")
    if len(parts) > 1 and all(part.endswith(".json") or ".py:" in part or part in PROGRAMS for part in parts):
        return Ensemble([load_program(part, code=code, settings=settings) for part in parts])
    if spec.endswith(".json"):
        return load_saved(spec, code=code, settings=settings)
    if ".py:" in spec:
        return _made(_class_from_file(spec), spec, dict(settings or {}))
    if spec.endswith(".py"):
        raise InputError(f"a program in a file is named with its class, but got {spec}; write {spec}:ClassName")
    return _made(PROGRAMS.get(spec), spec, dict(settings or {}))


def load_saved(
    path: str | os.PathLike[str],
    *,
    code: str | type[Module] | None = None,
    settings: Mapping[str, Any] | None = None,
    allow_pickle: bool = False,
) -> Module:
    """A saved program: its class, made with the saved settings, in its saved state."""
    content = read_program_file(path, allow_pickle=allow_pickle)
    name = str(content.get("program"))
    saved = content.get("settings") or {}
    if not isinstance(saved, dict) or not all(type(v) is int and 0 < v <= MAX_SETTING for v in saved.values()):
        raise ProgramFileError(f'{path}: "settings" must be whole numbers from 1 to {MAX_SETTING}, but are {saved!r}')
    if code is not None:
        factory = _class_from_file(code) if isinstance(code, str) else code
    elif (built_in := _built_in(name)) is not None:
        factory = built_in
    else:
        raise ProgramFileError(
            f'{path}: was saved from the program "{name}", which is not built in; a saved file never chooses what '
            "code runs, so name the code yourself: --code path/to/file.py:ClassName, or dsp.load(path, code=TheClass)"
        )
    program = _made(factory, f"{path} ({name})", {**saved, **(settings or {})})
    if (nearest := content.get("nearest_demos")) is not None:
        if type(nearest) is not int or not 0 < nearest <= MAX_SETTING:
            raise ProgramFileError(f'{path}: "nearest_demos" must be a whole number from 1, but is {nearest!r}')
        program = NearestDemos(program, nearest)
    program.load(path)
    return program


def save_program(program: Module, path: str | os.PathLike[str], name: str, **notes: Any) -> None:
    """Save a program so that `load_program(path)` makes it again; `name` is what the user called it."""
    program.save(path, **{"program": name, **notes})


def _built_in(name: str) -> Any:
    """The registered program of that name, or whose class has it; None where there is none."""
    if name in PROGRAMS:
        return PROGRAMS.get(name)
    return next((made for made in map(PROGRAMS.get, PROGRAMS) if getattr(made, "__name__", "") == name), None)


def _made(factory: Any, spec: str, settings: dict[str, Any]) -> Module:
    if not callable(factory):
        raise InputError(f"a program must be a dsp.Module class, but {spec} is {factory!r}; name the class")
    signature = inspect.signature(factory)
    takes = ", ".join(name for name in signature.parameters if _takes_numbers(signature, name)) or "none"
    misplaced = [name for name in settings if name in signature.parameters and not _takes_numbers(signature, name)]
    if misplaced:
        raise InputError(f"the program {spec} takes the settings {takes}, but got {', '.join(misplaced)}; leave it out")
    try:
        signature.bind(**settings)
    except TypeError as error:
        raise InputError(f"the program {spec} takes the settings {takes}, but got {settings}: {error}") from error
    too_large = [f"{name}={value}" for name, value in settings.items() if type(value) is int and value > MAX_SETTING]
    if too_large:
        raise InputError(f"a setting must be at most {MAX_SETTING}, but got {', '.join(too_large)}; ask for less")
    try:
        program = factory(**settings)
    except DspError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"the program {spec} cannot be made: {type(error).__name__}: {error}; correct it") from error
    if not isinstance(program, Module):
        raise InputError(f"a program must be a dsp.Module, but {spec} is a {type(program).__name__}")
    return program


def _takes_numbers(signature: inspect.Signature, name: str) -> bool:
    default = signature.parameters[name].default
    return default is inspect.Parameter.empty or type(default) is int


def _class_from_file(spec: str) -> Any:
    """The class in a file that the user named: this runs that file, as `python file.py` would."""
    file, _, name = spec.rpartition(":")
    path = Path(file)
    if not path.is_file():
        raise InputError(f"the program {spec} must be a Python file and a class in it, but there is no file {file}")
    module_name = f"dsp_program_{path.stem}"
    loaded = importlib.util.spec_from_file_location(module_name, path)
    if loaded is None or loaded.loader is None:
        raise InputError(f"{file} cannot be read as Python; give a .py file")
    module = importlib.util.module_from_spec(loaded)
    sys.modules[module_name] = module
    try:
        loaded.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise InputError(f"{file} cannot be run: {type(error).__name__}: {error}; correct it first") from error
    if not hasattr(module, name):
        classes = [key for key, value in vars(module).items() if isinstance(value, type) and issubclass(value, Module)]
        raise InputError(f'{file} has no class "{name}"; it has {", ".join(classes) or "no Module"}')
    return getattr(module, name)
