"""`Parallel`: several calls of modules at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dsp.errors import InputError
from dsp.execution.tasks import DEFAULT_CONCURRENCY
from dsp.execution.threads import Threads
from dsp.modules.attempts import HOPELESS
from dsp.modules.module import Module
from dsp.protocols import Executor
from dsp.types.example import Example
from dsp.types.prediction import Prediction

Pair = tuple[Module, Any]


class Parallel:
    """Calls modules at once and gives what they give, in order: `Parallel()([(module, inputs), …])`.

        >>> from dsp.lms.scripted import Scripted
        >>> from dsp.modules.predict import Predict
        >>> double = Predict("number -> double", lm=Scripted(lambda request: "2"))
        >>> [each.double for each in Parallel(num_threads=2)([(double, {"number": 1}), (double, {"number": 1})])]
        ['2', '2']

    Inputs are an `Example` (its inputs, where it knows them), a mapping, or a tuple of positional ones; with
    `access_examples=False` an example is handed over as it is. Called synchronously the calls run in `num_threads`
    threads, or in the `executor` that is given; awaited (`acall`) they share the event loop, `num_threads` at a time.
    Every call sees the caller's settings and open traces. `max_errors` calls may fail: each gives None, and one more
    raises its error. (DSPy allows ten where nothing is said; here it is none.) With `return_failed_examples` the answer
    is `(results, failed inputs, their errors)`, the names being DSPy's. Its `provide_traceback`,
    `disable_progress_bar`, `timeout` and `straggler_limit` change nothing here.
    """

    def __init__(
        self,
        num_threads: int | None = None,
        *,
        max_errors: int | None = 0,
        access_examples: bool = True,
        return_failed_examples: bool = False,
        provide_traceback: bool | None = None,
        disable_progress_bar: bool = False,
        timeout: float | None = None,
        straggler_limit: int | None = None,
        executor: Executor | None = None,
    ) -> None:
        max_errors = max_errors or 0
        if num_threads is not None and num_threads < 1:
            raise InputError(f"num_threads must be at least 1, but got {num_threads}; ask for one thread or more")
        if max_errors < 0:
            raise InputError(f"max_errors must be 0 or more, but got {max_errors}; 0 lets the first error through")
        self.num_threads, self.max_errors = num_threads, max_errors
        self.access_examples, self.return_failed_examples = access_examples, return_failed_examples
        self.executor = executor

    def __call__(self, exec_pairs: Iterable[Pair]) -> Any:
        pairs = list(exec_pairs)
        return self._outcome(pairs, self._together(pairs)())

    forward = __call__

    async def acall(self, exec_pairs: Iterable[Pair]) -> Any:
        """The same, awaited."""
        pairs = list(exec_pairs)
        return self._outcome(pairs, await self._together(pairs).acall())

    def _together(self, pairs: Sequence[Pair]) -> _Together:
        errors = _Errors(self.max_errors)
        calls = [_Call(module, *self._arguments(inputs), errors) for module, inputs in map(_checked, pairs)]
        executor = self.executor if self.executor is not None else Threads(self.num_threads)
        return _Together(calls, executor, self.num_threads or DEFAULT_CONCURRENCY)

    def _arguments(self, inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if isinstance(inputs, Example):
            if not self.access_examples:
                return (inputs,), {}
            return (), dict(inputs if inputs.input_keys is None else inputs.inputs())
        if isinstance(inputs, Mapping):
            return (), dict(inputs)
        if isinstance(inputs, list | tuple):
            return tuple(inputs), {}
        raise InputError(f"a call's inputs must be an Example, a mapping or a tuple, but got {type(inputs).__name__}")

    def _outcome(self, pairs: Sequence[Pair], done: Prediction) -> Any:
        results = [each["result"] for each in done["calls"]]
        if not self.return_failed_examples:
            return results
        failed = [(pair[1], each["error"]) for pair, each in zip(pairs, done["calls"], strict=True) if each["error"]]
        return results, [inputs for inputs, _ in failed], [error for _, error in failed]


def _checked(pair: Any) -> Pair:
    match pair:
        case (module, inputs) if callable(getattr(module, "acall", None)):
            return module, inputs
        case _:
            raise InputError(f"Parallel takes pairs (module, inputs), but got {pair!r}; write [(module, inputs), …]")


class _Errors:
    """How many of the calls have failed so far."""

    def __init__(self, allowed: int) -> None:
        self._lock = threading.Lock()
        self._left = allowed

    def allow(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


class _Call(Module):
    """One call and what came of it: one body for threads and tasks."""

    awaits_modules_only = True
    _is_told = False

    def __init__(self, module: Module, args: tuple[Any, ...], inputs: dict[str, Any], errors: _Errors) -> None:
        self.module, self.args, self.inputs, self.errors = module, args, inputs, errors

    async def aforward(self) -> Prediction:
        try:
            return Prediction(result=await self.module.acall(*self.args, **self.inputs), error=None)
        except HOPELESS:
            raise
        except Exception as error:
            if self.errors.allow():
                return Prediction(result=None, error=error)
            raise


class _Together(Module):
    """The calls at once: over an executor, or in the event loop that awaits them."""

    _is_told = False

    def __init__(self, calls: list[_Call], executor: Executor, at_a_time: int) -> None:
        self.calls, self.executor, self.at_a_time = calls, executor, at_a_time

    def forward(self) -> Prediction:
        return Prediction(calls=self.executor.map(lambda call: call(), self.calls))

    async def aforward(self) -> Prediction:
        gate = asyncio.Semaphore(self.at_a_time)

        async def called(call: _Call) -> Prediction:
            async with gate:
                return await call.acall()

        tasks = [asyncio.create_task(called(call)) for call in self.calls]
        try:
            return Prediction(calls=await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
