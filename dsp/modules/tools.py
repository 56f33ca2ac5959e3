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
from functools import partial
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
_JSON_TYPES = {"string": str, "integer": int, "number": float, "boolean": bool, "array": list, "object": dict}
MAX_CHARACTERS = 20_000  # of a tool's answer: more is said to be left out


class Tool:
    """A function with its name, what it is for, and the types of its arguments.

        >>> def add(a: int, b: int = 1) -> int:
        ...     "Adds two numbers."
        ...     return a + b
        >>> tool = Tool(add)
        >>> tool.described
        'add(a: a whole number, b: a whole number = 1): Adds two numbers.'
        >>> tool(a="2")
        3

    It is read off a function, a module or a retriever; `name`, `desc`, `arg_types` and `arg_desc` (both by argument) go
    over what is read, and so does `args`, types or JSON schemas by argument. A call checks the arguments against the
    types (JSON in, typed values out), runs the function in a thread for at most `timeout` seconds and gives what it
    gives; an LM is shown that as text (`answer`). A coroutine function gets an event loop of its own there.
    Raises InputError for what is no tool or takes arguments that cannot be given by name; a call ToolArgumentsError,
    ToolTimeoutError, or ToolError for whatever the function raises. A function that hangs cannot be stopped from
    outside: its thread is left to itself, and dies with the process at the latest.
    """

    __slots__ = ("arg_desc", "args", "defaults", "desc", "function", "name", "timeout")

    def __init__(
        self,
        func: Any,
        name: str | None = None,
        desc: str | None = None,
        args: Mapping[str, Any] | None = None,
        arg_types: Mapping[str, Any] | None = None,
        arg_desc: Mapping[str, str] | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        function, read, own_name = _taken_apart(func)
        self.function: Callable[..., Any] = function
        self.name = name or own_name
        if not self.name.isidentifier():
            raise InputError(
                f'a tool must have a plain name, but got "{self.name}"; say Tool(function, name="look_up")'
            )
        if timeout <= 0:
            raise InputError(f"a tool's timeout must be more than 0 seconds, but got {timeout}")
        read_args, self.defaults = _arguments(read, self.name) if args is None else ({}, {})
        self.args = {**read_args, **{arg: _kind(kind) for arg, kind in {**(args or {}), **(arg_types or {})}.items()}}
        said = desc or _doc(read) or ("" if inspect.isroutine(function) else inspect.getdoc(type(function)))
        self.desc = " ".join((said or "").split("\n\n")[0].split())
        self.arg_desc = {**_said_of(args or {}), **(arg_desc or {})}
        self.timeout = timeout

    @classmethod
    def of(cls, given: Any, *, name: str = "", desc: str = "", timeout: float = TIMEOUT_SECONDS) -> Tool:
        """A tool from a function, a module or a retriever; a tool stays as it is."""
        return given if isinstance(given, Tool) else cls(given, name, desc, timeout=timeout)

    @property
    def described(self) -> str:
        """One line for a prompt: name, arguments, what it is for."""
        shown = []
        for arg, kind in self.args.items():
            default = f" = {self.defaults[arg]!r}" if arg in self.defaults else ""
            about = f" ({self.arg_desc[arg]})" if arg in self.arg_desc else ""
            shown.append(f"{arg}: {describe(kind) or 'text'}{default}{about}")
        return f"{self.name}({', '.join(shown)}){': ' + self.desc if self.desc else ''}"

    def __str__(self) -> str:
        return self.described

    def __repr__(self) -> str:
        return f"Tool({self.described!r})"

    def __call__(self, **arguments: Any) -> Any:
        return run_through(self._told(arguments, BLOCKING))[0]

    async def acall(self, **arguments: Any) -> Any:
        """The same, awaited."""
        return (await self._told(arguments, AWAITING))[0]

    async def answer(self, arguments: Mapping[str, Any], face: Face) -> str:
        """What the tool gives, as an LM is shown it, waited for through `face`."""
        return (await self._told(arguments, face))[1]

    async def _told(self, arguments: Mapping[str, Any], face: Face) -> tuple[Any, str]:
        with telling("tool", self, **arguments) as told:
            value, text = await self._answered(arguments, face)
            told.gave(text)
            return value, text

    async def _answered(self, arguments: Mapping[str, Any], face: Face) -> tuple[Any, str]:
        typed = self._typed(arguments)
        future: Future[tuple[Any, str]] = Future()
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

    def _run(self, arguments: Mapping[str, Any], future: Future[tuple[Any, str]]) -> None:
        try:
            given = self.function(**arguments)
            value = asyncio.run(_awaited(given)) if inspect.isawaitable(given) else given
            future.set_result((value, as_text(value)))
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


def _taken_apart(given: Any) -> tuple[Callable[..., Any], Callable[..., Any], str]:
    """What is called, what its arguments are read from, and what it is called."""
    if isinstance(given, Module):
        body = given.forward if type(given).forward is not Module.forward else given.aforward
        return given, body, _snake(type(given).__name__)
    if isinstance(given, Retriever):
        search = _searching(given)
        return search, search, "search"
    if not callable(given):
        raise InputError(f"a tool must be a function, a module or a retriever, but got {given!r}")
    read = given if inspect.isroutine(given) or isinstance(given, type | partial) else given.__call__
    return given, read, getattr(_unbound(given), "__name__", type(given).__name__)


def _unbound(function: Any) -> Any:
    """The function itself, where some of its arguments are bound already."""
    return function.func if isinstance(function, partial) else function


def _doc(function: Any) -> str:
    doc = inspect.getdoc(_unbound(function)) or ""
    return doc if doc != type.__call__.__doc__ else ""  # which every object's call has that says nothing itself


def _kind(given: Any) -> Any:
    """A type, or the one that a JSON schema means; Any where it means none of the plain ones."""
    return _JSON_TYPES.get(str(given.get("type")), Any) if isinstance(given, Mapping) else given


def _said_of(args: Mapping[str, Any]) -> dict[str, str]:
    """What JSON schemas say of their arguments."""
    said = {arg: kind.get("description") for arg, kind in args.items() if isinstance(kind, Mapping)}
    return {arg: text for arg, text in said.items() if isinstance(text, str)}


def _arguments(function: Callable[..., Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Each argument's type and default. Those that start with an underscore are the function's own affair."""
    try:
        parameters = inspect.signature(function).parameters
        hints = typing.get_type_hints(_unbound(function))
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
