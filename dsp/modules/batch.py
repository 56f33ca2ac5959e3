"""`program.batch(examples)`: one program over many examples, the predictions in the examples' order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dsp.errors import EvaluationError, InputError, LMAuthenticationError, LMBudgetError, SettingsError
from dsp.execution.tasks import Tasks
from dsp.execution.threads import Threads
from dsp.protocols import Executor
from dsp.types.example import Example
from dsp.types.prediction import Prediction

if TYPE_CHECKING:
    from dsp.modules.module import Module

MAX_ERRORS = 10  # DSPy's default
HOPELESS = (SettingsError, LMAuthenticationError)  # every other example would fail the same way

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Done:
    """One example: its prediction, or the error that the program raised on it."""

    prediction: Prediction | None = None
    error: BaseException | None = None


def batch(
    program: Module,
    examples: Iterable[Example | Mapping[str, Any]],
    *,
    num_threads: int | None = None,
    max_errors: int | None = None,
    return_failed_examples: bool = False,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Any:
    """The program's predictions; None for an example on which it raised. With `return_failed_examples` the answer is
    `(predictions, failed examples, their errors)`.

    An example gives its inputs where it knows them, else all its fields. They run in `num_threads` threads, or over the
    `executor` (`Tasks(n)` awaits the program, n calls in flight); each sees the caller's settings and open traces. No
    more than `max_errors` examples may fail (10): one more ends the work with an EvaluationError that carries the
    failures. What every example would meet (no key, nothing configured) is raised at once. When a budget is spent no
    further example is tried; that is raised too, but with `return_failed_examples` what was finished is handed back.
    `progress` is called with how many are done and how many there are, one call at a time.
    """
    if num_threads is not None and executor is not None:
        raise InputError("a batch runs in num_threads threads or over an executor, but got both; give one")
    if max_errors is not None and max_errors < 0:
        raise InputError(f"max_errors must be 0 or more, but got {max_errors}; 0 lets no example fail")
    given = [*examples]
    work = _Work(program, given, MAX_ERRORS if max_errors is None else max_errors, progress)
    chosen = executor if executor is not None else Threads(num_threads)
    places = range(len(given))
    done = chosen.map(work.awaited, places) if isinstance(chosen, Tasks) else chosen.map(work.now, places)
    if not return_failed_examples:
        if work.spent is not None:
            raise work.spent
        return [each.prediction for each in done]
    failed = [(example, each.error) for example, each in zip(given, done, strict=True) if each.error is not None]
    predictions = [each.prediction for each in done]
    return predictions, [example for example, _ in failed], [error for _, error in failed]


class _Work:
    """What the calls of one batch share."""

    def __init__(
        self,
        program: Module,
        examples: Sequence[Example | Mapping[str, Any]],
        max_errors: int,
        progress: Progress | None,
    ) -> None:
        self._program, self._progress = program, progress
        self._inputs = [_inputs_of(example) for example in examples]
        self._max_errors = max_errors
        self._lock = threading.Lock()
        self._failures: list[tuple[str, str]] = []
        self._finished = 0
        self.spent: LMBudgetError | None = None

    def now(self, place: int) -> Done:
        if self.spent is not None:
            return Done(error=self.spent)
        try:
            return self._done(Done(self._program(**self._inputs[place])))
        except HOPELESS:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's program may raise anything; the others go on
            return self._failed(place, error)

    async def awaited(self, place: int) -> Done:
        if self.spent is not None:
            return Done(error=self.spent)
        try:
            return self._done(Done(await self._program.acall(**self._inputs[place])))
        except HOPELESS:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
            return self._failed(place, error)

    def _failed(self, place: int, error: BaseException) -> Done:
        with self._lock:
            if isinstance(error, LMBudgetError):
                self.spent = error
            else:
                self._failures.append((f"{self._inputs[place]!r:.200}", f"{type(error).__name__}: {error}"))
                if len(self._failures) > self._max_errors:
                    inputs, said = self._failures[0]
                    raise EvaluationError(
                        f"at most {self._max_errors} examples of a batch may fail, but {len(self._failures)} did; "
                        f"the first was {inputs}: {said}; correct the program, or raise max_errors",
                        failures=self._failures,
                    ) from error
        return self._done(Done(error=error))

    def _done(self, done: Done) -> Done:
        with self._lock:
            self._finished += 1
            if self._progress is not None:
                self._progress(self._finished, len(self._inputs))
        return done


def _inputs_of(example: Example | Mapping[str, Any]) -> dict[str, Any]:
    """What the program is given. Raises InputError for what is no mapping."""
    if not isinstance(example, Mapping):
        raise InputError(
            f"a batch takes examples, or mappings of inputs, but got {example!r:.80}; write dsp.Example(…)"
        )
    if isinstance(example, Example) and example.input_keys is not None:
        return dict(example.inputs())
    return {str(name): value for name, value in example.items()}
