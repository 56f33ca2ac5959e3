"""Tools: plain functions that a language model may ask for, by name and with arguments in JSON.

What a tool does is its author's affair; that it ends, that its arguments have the right types and that its answer is a
text of bounded length is seen to here.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import re
import threading
import typing
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from dsp.callbacks import telling
from dsp.errors import InputError, ToolArgumentsError, ToolError, ToolTimeoutError
from dsp.lms.faces import AWAITING, BLOCKING, Face, run_through
from dsp.modules.attempts import HOPELESS
from dsp.modules.module import Module
from dsp.prompts.coerce import from_json
from dsp.prompts.schema import describe
from dsp.prompts.values import format_value
from dsp.protocols import Retriever
from dsp.search.retrieve import retrieve
from dsp.trace import Step, append
from dsp.types.prediction import Prediction

TIMEOUT_SECONDS = 60.0
MAX_CHARACTERS = 20_000  # of a tool's answer: more is said to be left out


@dataclass(frozen=True, slots=True)
class Tool:
    """A function with its name, what it is for, and the types of its arguments.

        >>> def add(a: int, b: int = 1) -> int:
        ...     "Adds two numbers."
        ...     return a + b
        >>> tool = Tool.of(add)
        >>> tool.described
        'add(a: a whole number, b: a whole number = 1): Adds two numbers.'
        >>> tool(a="2")
        '3'

    A call checks the arguments against the annotations (JSON in, typed values out), runs the function in a thread for
    at most `timeout` seconds and gives its answer as text; a coroutine function gets an event loop of its own there.
    Raises ToolArgumentsError, ToolTimeoutError, or ToolError for whatever the function raises. A function that hangs
    cannot be stopped from outside: its thread is left to itself, and dies with the process at the latest.
    """

    function: Callable[..., Any]
    name: str
    desc: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = TIMEOUT_SECONDS

    @classmethod
    def of(cls, given: Any, *, name: str = "", desc: str = "", timeout: float = TIMEOUT_SECONDS) -> Tool:
        """A tool from a function, a module or a retriever; a tool stays as it is.

        Raises InputError for what is none, or takes arguments that cannot be given by name.
        """
        if isinstance(given, Tool):
            return given
        if isinstance(given, Module):
            taken = given.forward if type(given).forward is not Module.forward else given.aforward
            return cls._read(given, taken, name or _snake(type(given).__name__), desc, timeout)
        if isinstance(given, Retriever):
            return cls._read(_searching(given), None, name or "search", desc, timeout)
        if not callable(given):
            raise InputError(f"a tool must be a function, a module or a retriever, but got {given!r}")
        return cls._read(given, None, name or getattr(given, "__name__", ""), desc, timeout)

    @classmethod
    def _read(cls, function: Any, taken: Any, name: str, desc: str, timeout: float) -> Tool:
        if not name.isidentifier():
            raise InputError(f'a tool must have a plain name, but got "{name}"; say Tool.of(function, name="look_up")')
        if timeout <= 0:
            raise InputError(f"a tool's timeout must be more than 0 seconds, but got {timeout}")
        read = taken if taken is not None else function
        args, defaults = _arguments(read, name)
        said = desc or inspect.getdoc(read if inspect.getdoc(read) else type(function)) or ""
        return cls(function, name, " ".join(said.split("\n\n")[0].split()), args, defaults, timeout)

    @property
    def described(self) -> str:
        """One line for a prompt: name, arguments, what it is for."""
        shown = []
        for arg, kind in self.args.items():
            default = f" = {self.defaults[arg]!r}" if arg in self.defaults else ""
            shown.append(f"{arg}: {describe(kind) or 'text'}{default}")
        return f"{self.name}({', '.join(shown)}){': ' + self.desc if self.desc else ''}"

    def __call__(self, **arguments: Any) -> str:
        return run_through(self.answer(arguments, BLOCKING))

    async def acall(self, **arguments: Any) -> str:
        """The same, awaited."""
        return await self.answer(arguments, AWAITING)

    async def answer(self, arguments: Mapping[str, Any], face: Face) -> str:
        """What the tool gives, waited for through `face`."""
        with telling("tool", self, **arguments) as told:
            return told.gave(await self._answered(arguments, face))

    async def _answered(self, arguments: Mapping[str, Any], face: Face) -> str:
        typed = self._typed(arguments)
        future: Future[str] = Future()
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._run, typed, future), daemon=True).start()
        try:
            return await face.wait(future, self.timeout)
        except (*HOPELESS, ToolError):
            raise
        except TimeoutError as error:
            if not future.done():
                raise ToolTimeoutError(
                    f"the tool {self.name} must answer within {self.timeout:g} s, but did not", tool=self.name
                ) from None
            raise self._failed(error) from error
        except Exception as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> ToolError:
        return ToolError(f"the tool {self.name} failed: {type(error).__name__}: {error}"[:2000], tool=self.name)

    def _typed(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        unknown = [str(name) for name in arguments if name not in self.args]
        missing = [name for name in self.args if name not in arguments and name not in self.defaults]
        if unknown or missing:
            raise ToolArgumentsError(
                f"the tool {self.name} takes {', '.join(self.args) or 'no arguments'}, but "
                + " and ".join(
                    f"{word} {', '.join(names)}" for word, names in (("got", unknown), ("lacks", missing)) if names
                ),
                tool=self.name,
            )
        typed = {}
        for name, value in arguments.items():
            try:
                typed[name] = from_json(value, self.args[name])
            except (ValueError, TypeError) as error:
                raise ToolArgumentsError(
                    f"the argument {name} of the tool {self.name} must be {describe(self.args[name]) or 'text'}, "
                    f"but got {value!r:.80} ({error})",
                    tool=self.name,
                ) from error
        return typed

    def _run(self, arguments: Mapping[str, Any], future: Future[str]) -> None:
        try:
            given = self.function(**arguments)
            future.set_result(as_text(asyncio.run(_awaited(given)) if inspect.isawaitable(given) else given))
        except Exception as error:  # noqa: BLE001 - the tool's own, raised again where it is waited for
            future.set_exception(error)
        except BaseException as error:  # noqa: BLE001 - a tool that exits ends itself, not the program
            future.set_exception(RuntimeError(f"it raised {type(error).__name__}: {error}"))


class ToolCall(Module):
    """One call of a tool, as a step of a trace; what it gives is in `text`, its error (if any) in `error`."""

    _is_told = False

    def __init__(self, tool: Tool, arguments: Mapping[str, Any]) -> None:
        self.tool, self.arguments = tool, arguments

    def forward(self) -> Prediction:
        return run_through(self._done(BLOCKING))

    async def aforward(self) -> Prediction:
        return await self._done(AWAITING)

    async def _done(self, face: Face) -> Prediction:
        error: ToolError | None = None
        text = ""
        try:
            text = await self.tool.answer(self.arguments, face)
        except ToolError as raised:
            error = raised
        outputs = {"error": str(error)} if error is not None else {"answer": text}
        append(Step("tool", self.tool.name, dict(self.arguments), outputs, source=self.tool))
        return Prediction(text=text, error=error)


def as_text(value: Any) -> str:
    """A tool's answer as a prompt shows it; what is beyond the limit is said to be left out."""
    if isinstance(value, Prediction) and len(value) == 1:
        value = next(iter(value.values()))
    text = format_value(dict(value) if isinstance(value, Mapping) else value)
    left_out = len(text) - MAX_CHARACTERS
    return text if left_out <= 0 else f"{text[:MAX_CHARACTERS]} … ({left_out} characters more are left out)"


async def _awaited(given: Any) -> Any:
    return await given


def _arguments(function: Callable[..., Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Each argument's type and default. Those that start with an underscore are the function's own affair."""
    try:
        parameters = inspect.signature(function).parameters
        hints = typing.get_type_hints(function)
    except (ValueError, TypeError, NameError) as error:
        raise InputError(f"the arguments of the tool {name} cannot be read ({error}); give a plain function") from error
    args: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for parameter in parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or parameter.name.startswith("_"):
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise InputError(f"the tool {name} must take its arguments by name, but {parameter.name} has none to give")
        args[parameter.name] = hints.get(parameter.name, Any)
        if parameter.default is not parameter.empty:
            defaults[parameter.name] = parameter.default
    return args, defaults


def _searching(retriever: Retriever) -> Callable[..., Any]:
    def search(query: str, k: int = 3) -> Any:
        """Finds the k passages that answer the query best."""
        return retrieve(query, k, retriever=retriever)

    return search


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
