"""Callbacks: those who want to know what a program does while it does it.

    class Watch(dsp.BaseCallback):
        def on_lm_start(self, call_id, instance, inputs):
            print(call_id, "in", call_id.parent, "asks", instance.name)

    dsp.configure(callbacks=[Watch()])          # or dsp.context(callbacks=[…]), or module.callbacks = [Watch()]

The handlers' names and parameters are DSPy's. They are called where the work is done: in its thread, or in its task
between two awaits, so they must be quick and safe to call from several threads. One that raises is logged once and
changes nothing else. Where nobody listens, nothing is done.
"""

from __future__ import annotations

import inspect
import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Literal, TypeVar

from dsp.configuration import current

T = TypeVar("T")

Kind = Literal["module", "lm", "retriever", "adapter_format", "adapter_parse", "tool", "evaluate", "compile"]

_log = logging.getLogger(__name__)


class CallId(str):
    """What a call goes by, in its start and its end; `parent` is the call inside which it was made, or None."""

    __slots__ = ("parent",)
    parent: CallId | None

    @classmethod
    def new(cls, parent: CallId | None) -> CallId:
        made = cls(uuid.uuid4().hex)
        made.parent = parent
        return made


ACTIVE_CALL_ID: ContextVar[CallId | None] = ContextVar("dsp_active_call_id", default=None)
"""The call that is under way here. A start handler still sees the call around its own."""


class Inputs(dict[str, Any]):
    """A call's inputs by name. As in DSPy they are found under "kwargs" too, and "args" is empty."""

    def __missing__(self, key: str) -> Any:
        if key == "kwargs":
            return dict(self)
        if key == "args":
            return ()
        raise KeyError(key)


class BaseCallback:
    """Handlers that do nothing: write those that you want. An object that has some of them does as well.

    A start gets the `instance` that does the work and its `inputs`, a mapping by name; an end gets what came of it, or
    the `exception`, one of the two being None.

    | calls of           | instance    | inputs                          | outputs                  |
    |--------------------|-------------|---------------------------------|--------------------------|
    | `module`           | the module  | those of its `forward`          | the prediction           |
    | `lm`               | the LM      | `messages`, `prompt`, `kwargs`  | the response, as texts   |
    | `retriever`        | the index   | `query`, `k`                    | the hits                 |
    | `adapter_format`   | the template| `signature`, `demos`, `inputs`  | the messages             |
    | `adapter_parse`    | the template| `signature`, `completion`       | the fields               |
    | `tool`             | the tool    | its arguments                   | its answer, as text      |
    | `evaluate`         | `Evaluate`  | `program`                       | the evaluation           |
    | `compile`          | the optimizer | `program`, `trainset`, `valset` | the compiled program   |
    """

    def on_module_start(self, call_id: CallId, instance: Any, inputs: dict[str, Any]) -> None: ...

    def on_module_end(self, call_id: CallId, outputs: Any, exception: BaseException | None = None) -> None: ...

    def on_lm_start(self, call_id: CallId, instance: Any, inputs: dict[str, Any]) -> None: ...

    def on_lm_end(self, call_id: CallId, outputs: Any, exception: BaseException | None = None) -> None: ...

    def on_retriever_start(self, call_id: CallId, instance: Any, inputs: dict[str, Any]) -> None: ...

    def on_retriever_end(self, call_id: CallId, outputs: Any, exception: BaseException | None = None) -> None: ...

    def on_adapter_format_start(self, call_id: CallId, instance: Any, inputs: dict[str, Any]) -> None: ...

    def on_adapter_format_end(self, call_id: CallId, outputs: Any, exception: BaseException | None = None) -> None: ...

    def on_adapter_parse_start(self, call_id: CallId, instance: Any, inputs: dict[str, Any]) -> None: ...

    def on_adapter_parse_end(self, call_id: CallId, outputs: Any, exception: BaseException | None = None) -> None: ...

    def on_tool_start(self, call_id: CallId, instance: Any, inputs: dict[str, Any]) -> None: ...

    def on_tool_end(self, call_id: CallId, outputs: Any, exception: BaseException | None = None) -> None: ...

    def on_evaluate_start(self, call_id: CallId, instance: Any, inputs: dict[str, Any]) -> None: ...

    def on_evaluate_end(self, call_id: CallId, outputs: Any, exception: BaseException | None = None) -> None: ...

    def on_compile_start(self, call_id: CallId, instance: Any, inputs: dict[str, Any]) -> None: ...

    def on_compile_end(self, call_id: CallId, outputs: Any, exception: BaseException | None = None) -> None: ...


class Silence:
    """A call that nobody listens to."""

    __slots__ = ()

    def __enter__(self) -> Silence:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def gave(self, outputs: T) -> T:
        """The outputs, for its end to tell."""
        return outputs


class Telling(Silence):
    """A call that is told of: its start on entering, its end on leaving."""

    __slots__ = ("_call_id", "_handlers", "_inputs", "_instance", "_kind", "_outputs")

    def __init__(self, handlers: Sequence[object], kind: Kind, instance: object, inputs: Mapping[str, Any]) -> None:
        self._handlers, self._kind, self._instance, self._inputs = handlers, kind, instance, inputs
        self._call_id = CallId.new(ACTIVE_CALL_ID.get())
        self._outputs: Any = None

    def __enter__(self) -> Telling:
        for handler in self._handlers:
            _tell(
                handler, f"on_{self._kind}_start", self._call_id, instance=self._instance, inputs=Inputs(self._inputs)
            )
        ACTIVE_CALL_ID.set(self._call_id)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ACTIVE_CALL_ID.set(self._call_id.parent)
        outputs = self._outputs if error is None else None
        for handler in self._handlers:
            _tell(handler, f"on_{self._kind}_end", self._call_id, outputs=outputs, exception=error)

    def gave(self, outputs: T) -> T:
        self._outputs = outputs
        return outputs


_SILENCE = Silence()


def telling(kind: Kind, instance: object, /, **inputs: Any) -> Silence:
    """The block is a call of the instance: those who listen, everywhere or to this instance, are told of it.

    `with telling("retriever", index, query=query, k=k) as told: return told.gave(index.search(query, k))`
    """
    everywhere: Sequence[object] = current().callbacks
    own: Sequence[object] = getattr(instance, "callbacks", ())
    if not everywhere and not own:
        return _SILENCE
    return Telling([*everywhere, *own], kind, instance, inputs)


_logged: set[str] = set()
_logging = threading.Lock()


def _tell(handler: object, name: str, call_id: CallId, **told: Any) -> None:
    method = getattr(handler, name, None)
    if method is None:
        return
    try:
        answer = method(call_id=call_id, **told)
        if inspect.iscoroutine(answer):
            answer.close()
            raise TypeError("it must be a plain function, but it is a coroutine function")
    except Exception as error:  # noqa: BLE001 - a handler may raise anything, and the run goes on
        where = f"{type(handler).__module__}.{type(handler).__qualname__}.{name}"
        with _logging:
            known = where in _logged
            _logged.add(where)
        if not known:
            _log.warning(
                "the callback %s raised %s: %s; the run goes on, and this is not said again",
                where,
                type(error).__name__,
                error,
            )
