"""`Module`: a program, or a piece of one. It holds predictors, and compiling changes nothing else."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, ClassVar, Self

from dsp.errors import ProgramFileError
from dsp.files import write_json
from dsp.lms.faces import run_through
from dsp.lms.loop import BACKGROUND
from dsp.modules.backtracking import attempts
from dsp.modules.policy import Policy
from dsp.modules.saved import FORMAT, FORMAT_VERSION, PredictorState, read_predictor, read_program_file
from dsp.prompts.signature import Signature
from dsp.prompts.template import Template
from dsp.protocols import LM
from dsp.trace import to_json
from dsp.types.example import Example
from dsp.types.prediction import Prediction

_in_place: ContextVar[bool] = ContextVar("dsp_in_place", default=False)  # whoever waits here must not suspend


def _no_forward(self: Module, **_: Any) -> Prediction:
    raise TypeError(f"{type(self).__name__} must define forward(self, …), or async aforward(self, …), to be called")


async def _no_aforward(self: Module, **_: Any) -> Prediction:
    return _no_forward(self)


class Module:
    """A program: write `forward`, or `async aforward`; call it, or await its `acall`.

    Modules and predictors kept in attributes, lists or dicts are its parts:

        class RAG(Module):
            def __init__(self):
                self.answer = ChainOfThought("context, question -> answer")

            def forward(self, question):
                return self.answer(context=retrieve(question, k=5), question=question)
    """

    forward: Callable[..., Prediction] = _no_forward
    aforward: Callable[..., Awaitable[Prediction]] = _no_aforward
    awaits_modules_only: ClassVar[bool] = False  # aforward then runs in place when it is called synchronously
    _repeats: ClassVar[bool] = True  # whether a call of it is a run that failed constraints may repeat
    _policy: Policy | None = None  # what becomes of them, where it has a say of its own

    def __call__(self, /, *args: Any, **inputs: Any) -> Prediction:
        """What `forward` gives; of a module that has only `aforward`, what that gives."""
        if not self._repeats:
            return self._called(args, inputs)
        for attempt in attempts(self._policy):
            with attempt:
                return self._called(args, inputs)
        return Prediction()  # an assertion failed, and its handler goes on without an answer

    async def acall(self, /, *args: Any, **inputs: Any) -> Prediction:
        """The same, awaited: of a module that has only `forward`, in a thread."""
        if _in_place.get():
            return self(*args, **inputs)
        if not self._repeats:
            return await self._acalled(args, inputs)
        for attempt in attempts(self._policy):
            with attempt:
                return await self._acalled(args, inputs)
        return Prediction()

    def _called(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Prediction:
        if type(self).forward is not Module.forward:
            return self.forward(*args, **inputs)
        if not self.awaits_modules_only:
            return BACKGROUND.run(self._in_a_loop(args, inputs))
        token = _in_place.set(True)
        try:
            return run_through(self._awaited(args, inputs))
        finally:
            _in_place.reset(token)

    async def _acalled(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Prediction:
        if type(self).aforward is not Module.aforward or type(self).forward is Module.forward:
            return await self.aforward(*args, **inputs)
        return await asyncio.to_thread(self.forward, *args, **inputs)

    async def _awaited(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Prediction:
        return await self.aforward(*args, **inputs)

    async def _in_a_loop(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Prediction:
        _in_place.set(False)  # of this task's own context
        return await self.aforward(*args, **inputs)

    def activate_assertions(self, handler: Policy | Callable[..., Policy] = Policy, **handler_args: Any) -> Self:
        """Itself, having chosen what becomes of constraints that fail in it: `activate_assertions(max_backtracks=1)`.

        They are active without it, with two backtracks; a module inside goes by the one around it, unless it chose
        too. `handler` is one of `dsp.modules.assertions`, or a `Policy`.
        """
        self._policy = handler if isinstance(handler, Policy) else handler(**handler_args)
        return self

    # its parts
    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Every module inside, itself first, by dotted path; each once."""
        yield from _walk(prefix, self, set())

    def named_predictors(self) -> list[tuple[str, Predictor]]:
        """Every predictor inside, by dotted path, in the order in which the attributes were set."""
        return [(name or "self", part) for name, part in self.named_modules() if isinstance(part, Predictor)]

    def predictors(self) -> list[Predictor]:
        return [predictor for _, predictor in self.named_predictors()]

    def map_named_predictors(self, function: Callable[[Predictor], Predictor]) -> Self:
        """Itself, each predictor inside replaced by what the function makes of it."""
        memo = {id(predictor): function(predictor) for predictor in self.predictors() if predictor is not self}
        for module in [module for _, module in self.named_modules() if not isinstance(module, Predictor)]:
            vars(module).update({name: _replaced(part, memo) for name, part in vars(module).items()})
        return self

    def set_lm(self, lm: LM | None) -> None:
        """Let every predictor inside use this LM; None goes back to the configured one."""
        for predictor in self.predictors():
            predictor.lm = lm

    # copies
    def deepcopy(self) -> Self:
        """A copy whose modules and demonstrations are its own; retrievers, LMs and plain values are shared."""
        copied: Self = _copy(self, {})
        return copied

    def reset_copy(self) -> Self:
        """A copy without demonstrations."""
        copied = self.deepcopy()
        for predictor in copied.predictors():
            predictor.demos = []
        return copied

    # saved state
    def dump_settings(self) -> dict[str, int]:
        """The whole numbers that its class takes and it keeps under the same names (k, hops, …)."""
        names = inspect.signature(type(self).__init__).parameters
        return {name: value for name in names if type(value := getattr(self, name, None)) is int}

    def dump_state(self) -> dict[str, Any]:
        """Every predictor's instructions, demonstrations and settings, as JSON."""
        return {name: predictor.dump() for name, predictor in self.named_predictors()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over such a state. Raises ProgramFileError, before anything changes, that says what differs."""
        predictors = dict(self.named_predictors())
        missing, unknown = sorted(predictors.keys() - state.keys()), sorted(state.keys() - predictors.keys())
        if missing or unknown:
            raise ProgramFileError(
                f"a saved state must hold this program's predictors ({', '.join(predictors) or 'none'}), but it "
                + "; ".join(
                    text
                    for names, text in (
                        (missing, f"lacks {', '.join(missing)}"),
                        (unknown, f"has {', '.join(unknown)} besides"),
                    )
                    if names
                )
                + "; load it into the program that it was saved from"
            )
        loaded = {name: predictor.read(name, state[name]) for name, predictor in predictors.items()}
        for name, predictor in predictors.items():
            predictor.take(loaded[name])

    def save(self, path: str | os.PathLike[str], **notes: Any) -> None:
        """Write the program's state as JSON that a person can read and edit; `notes` (JSON values) go along.

        Raises ProgramFileError where the file cannot be written.
        """
        head = {"format": FORMAT, "version": FORMAT_VERSION, "program": type(self).__name__}
        content = {**head, "settings": self.dump_settings(), **notes, "predictors": self.dump_state()}
        write_json(path, content, error=ProgramFileError)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take over the state saved in a file. Raises ProgramFileError; the program is then as it was."""
        content = read_program_file(path)
        try:
            self.load_state(content["predictors"])
        except ProgramFileError as error:
            raise ProgramFileError(f"{path}: {error}") from error


class Predictor(Module):
    """A module that asks an LM for a signature's outputs: what compiling may change."""

    _repeats = False
    signature: type[Signature]
    demos: list[Example]
    lm: LM | None
    template: Template | str | None
    config: dict[str, Any]

    def dump(self) -> dict[str, Any]:
        demos = [to_json(demo.to_dict()) for demo in self.demos]
        return {"signature": self.signature.to_dict(), "config": to_json(self.config), "demos": demos}

    def read(self, name: str, state: Any) -> PredictorState:
        """A saved state, checked against this predictor's signature. Raises ProgramFileError that says what differs."""
        return read_predictor(self.signature, name, state)

    def take(self, state: PredictorState) -> None:
        self.signature, self.demos, self.config = state.signature, state.demos, state.config


def _walk(path: str, value: object, seen: set[int]) -> Iterator[tuple[str, Module]]:
    if isinstance(value, Module):
        if id(value) in seen:
            return
        seen.add(id(value))
        yield path, value
        parts: Any = vars(value).items()
    elif isinstance(value, list | tuple):
        parts = enumerate(value)
    elif isinstance(value, dict):
        parts = value.items()
    else:
        return
    for key, part in parts:
        if isinstance(part, Module | list | tuple | dict):
            yield from _walk(f"{path}.{key}" if path else str(key), part, seen)


def _replaced(value: Any, by: Mapping[int, Predictor]) -> Any:
    """The value with the predictors in it exchanged, in lists and dicts too."""
    if type(value) in (list, tuple):
        return type(value)(_replaced(part, by) for part in value)
    if type(value) is dict:
        return {key: _replaced(part, by) for key, part in value.items()}
    return by.get(id(value), value)


def _copy(value: Any, memo: dict[int, Any]) -> Any:
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, Module):
        copied = object.__new__(type(value))
        memo[id(value)] = copied
        copied.__dict__.update({key: _copy(part, memo) for key, part in vars(value).items()})
        return copied
    if type(value) in (list, tuple):
        return type(value)(_copy(part, memo) for part in value)
    if type(value) is dict:
        return {key: _copy(part, memo) for key, part in value.items()}
    return value.copy() if isinstance(value, Example) else value


def as_demo(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Example:
    """A demonstration from a step of a trace: what a predictor was given and what it answered."""
    return Example({**inputs, **outputs}, augmented=True)
