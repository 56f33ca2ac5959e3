"""Backtracking: a program in which a constraint fails is run again, and the predictor at fault is told why.

Python cannot resume a function in its middle, so the module's `forward` is run again from its start. What it was
answered before is remembered for the length of the run: a predictor that is asked the very same again answers from
there, at no cost, and the trace gets nothing new. The predictor at fault is asked anew, with its past outputs and the
feedback as further inputs; from there on inputs differ, and whatever comes after is asked for real. All else that
`forward` does is done again: searches, tools, its effects on the world.

A run is one call of one module. Runs nest as calls do: a constraint repeats the innermost run that has called the
predictor at fault, and an outer run that is repeated knows what inner ones were answered.

All state belongs to a run and is reached through a context variable: runs in other threads and tasks share nothing,
and none waits for another. The idea is that of DSPy Assertions (Singhvi et al. 2023, arXiv 2312.13382).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from dsp.configuration import Settings, current
from dsp.errors import ConstraintError, FailedAssertionError
from dsp.modules.calls import Call, Once
from dsp.modules.constraint_counts import Constraint, RunCounts
from dsp.modules.discarded import receivers_of_discarded
from dsp.modules.policy import DEFAULT, Policy, failure, settled
from dsp.predict.complete import Request
from dsp.types.prediction import Completions

P = ParamSpec("P")
R = TypeVar("R")
Matcher = Callable[[Request], bool]

MAX_REMEMBERED = 1000  # calls of an attempt; older ones are asked again should the run be repeated


@dataclass(slots=True)
class Asking:
    """A request about to be made: what was `answered` to it before, or else the `request` to make and `keep`."""

    request: Request
    answered: Completions | None = None
    run: Run | None = None
    call: Call | None = None

    def keep(self, completions: Completions) -> Completions:
        """Remember what was answered, where there is a run to remember it in."""
        if self.run is not None and self.call is not None:
            self.run.keep(self.call, self.request, completions)
        return completions


class Run:
    """One call of a module: its attempts, what was asked in them, and its constraints. Safe from several threads."""

    def __init__(self, policy: Policy | None, outer: Run | None) -> None:
        self.policy: Policy = policy if policy is not None else outer.policy if outer is not None else DEFAULT
        self._swallows = policy is not None and policy.assertions == "end"
        self._outer = outer
        self._attempt = 0
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque()
        self._once: deque[Once] = deque(maxlen=MAX_REMEMBERED)
        self._asked: dict[int, int] = {}  # how often each predictor was asked in this attempt
        self._trace: deque[Call] = deque(maxlen=MAX_REMEMBERED)  # this attempt's calls, as they were answered
        self._counts = RunCounts()
        self._caught: list[ConstraintError] = []  # for which it is run again: threads may raise several at once
        self._token: Token[Run | None] | None = None

    # one attempt after the other
    def __enter__(self) -> Run:
        self._token = _running.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Swallows the failure for which the module is run again, or which ends its call without an answer."""
        if self._token is not None:
            _running.reset(self._token)
        if any(error is caught for caught in self._caught):
            return True
        self._end()
        return self._swallows and isinstance(error, FailedAssertionError)

    def begins_again(self) -> bool:
        """Whether a constraint asked for another attempt, which begins herewith."""
        with self._lock:
            if not self._caught:
                return False
            self._caught = []
            self._attempt += 1
            self._asked = {}
            self._trace.clear()
            self._counts.begin()
            return True

    def _end(self) -> None:
        """Hand on what came of it: to the run around this one, or else to those who count and learn."""
        if self._outer is not None:
            self._outer.take_over(self._trace, self._counts)
            return
        self._counts.publish()
        receivers = receivers_of_discarded()
        if receivers:
            counts = {id(call) for call in self._trace if not call.unmet}
            steps = [
                step for call in self._calls for step in (call.steps()[:-1] if id(call) in counts else call.steps())
            ]
            for receiver in receivers:
                receiver += steps

    def take_over(self, trace: Iterable[Call], counts: RunCounts) -> None:
        """What a run inside this one did in its last attempt."""
        with self._lock:
            self._counts.take_over(counts)
            for call in trace:
                if call.outer is not None and call.outer.call is not None:
                    call.outer.call.unmet = call.unmet
                    self._trace.append(call.outer.call)

    # what predictors ask
    def ask(self, request: Request) -> Asking:
        """The request as it is to be made here and now, or what is known to be its answer."""
        settings = current()
        with self._lock:
            number = self._asked.get(id(request.source), 0)
            self._asked[id(request.source)] = number + 1
            call = self._known(request, settings, number)
            if call is not None:
                call.attempt = self._attempt
                if call.again:
                    call.again = False
                    return Asking(call.retried(), None, self, call)
                self._trace.append(call)
                return Asking(request, call.known(), self, call)
        outer = self._outer.ask(request) if self._outer is not None else None
        call = Call(request, settings, number, outer)
        if outer is None or outer.answered is None:
            return Asking(outer.request if outer is not None else request, None, self, call)
        self._add(call, outer.request, outer.answered)
        return Asking(request, outer.answered, self, call)

    def _known(self, request: Request, settings: Settings, number: int) -> Call | None:
        """The call of an earlier attempt that this one repeats.

        Where inputs differ each time (passages in random order), the predictor at fault is known by its place.
        """
        if self._attempt == 0:
            return None
        earlier = [call for call in self._calls if call.attempt < self._attempt]
        for call in earlier:
            if call.is_of(request, settings):
                return call
        for call in earlier:
            if call.again and call.request.source is request.source and call.number == number:
                return call
        return None

    def keep(self, call: Call, request: Request, completions: Completions) -> None:
        """Remember what was answered to the request, here and in the runs around this one."""
        self._add(call, request, completions)
        if call.outer is not None:
            call.outer.keep(completions)

    def _add(self, call: Call, request: Request, completions: Completions) -> None:
        with self._lock:
            if not call.outcomes:
                self._calls.append(call)
                # A repeated run adds to what it still has to look up: it forgets that only when it outgrows it.
                if len(self._calls) > MAX_REMEMBERED * (1 if self._attempt == 0 else 2):
                    self._calls.popleft()
            call.attempt = self._attempt
            call.answer(request, completions)
            self._trace.append(call)

    def once(self, function: Callable[..., R], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> R:
        """What the function gave to these arguments in an earlier attempt, or gives now."""
        with self._lock:
            known = next((each for each in self._once if each.is_of(self._attempt, function, args, kwargs)), None)
            if known is not None:
                known.attempt = self._attempt
                value: R = known.value
                return value
        value = self._outer.once(function, args, kwargs) if self._outer is not None else function(*args, **kwargs)
        with self._lock:
            self._once.append(Once(self._attempt, function, args, kwargs, value))
        return value

    # what constraints say
    def check(self, constraint: Constraint, holds: bool, message: str, targets: Sequence[Matcher]) -> bool:
        """Whether it holds; raises the ConstraintError that ends an attempt, or the run, where it must."""
        with self._lock:
            self._counts.take(constraint, holds, message)
        if holds:
            return True
        found = (run.last_call(matches) for matches in targets for run in self._and_outer())
        run, at_fault = next((each for each in found if each is not None), (self, None))
        if at_fault is not None and run.will_repeat(at_fault, message):
            with self._lock:
                self._counts.backtracked(constraint)
            error = failure(constraint, message, at_fault)
            run._caught.append(error)
            raise error
        return settled(run.policy, constraint, message, at_fault)

    def _and_outer(self) -> Iterator[Run]:
        run: Run | None = self
        while run is not None:
            yield run
            run = run._outer

    def last_call(self, matches: Matcher) -> tuple[Run, Call] | None:
        """The last call of this attempt that matches."""
        with self._lock:
            return next(((self, call) for call in reversed(self._trace) if matches(call.request)), None)

    def will_repeat(self, at_fault: Call, message: str) -> bool:
        """Whether there is an attempt left; the predictor at fault will then be asked anew."""
        with self._lock:
            if self._attempt >= self.policy.max_backtracks:
                return False
            at_fault.again = True
            at_fault.messages += [message] if message else []
            return True


_running: ContextVar[Run | None] = ContextVar("dsp_running", default=None)


def attempts(policy: Policy | None) -> Iterator[Run]:
    """A new run, once for each attempt that it takes; the attempt is made inside a `with` on it.

    Without a policy of its own the run has that of the run around it, or else `DEFAULT`.
    """
    run = Run(policy, _running.get())
    yield run
    while run.begins_again():
        yield run


def asking(request: Request) -> Asking:
    """The request as the run under way would have it made."""
    run = _running.get()
    return Asking(request) if run is None else run.ask(request)


def once(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call the function, but not again when the module is run again because a constraint failed.

        hits = dsp.once(expensive_search, query, k=5)
        dsp.once(send_mail, to)

    For what costs or changes something: a call with equal arguments gives what it gave before, the same object. Two
    calls in one attempt are two calls. Outside a module it is a plain call.
    """
    run = _running.get()
    return function(*args, **kwargs) if run is None else run.once(function, args, kwargs)


def check(constraint: Constraint, holds: bool, message: str, targets: Sequence[Matcher]) -> bool:
    """A constraint's verdict, in the run under way. Outside of any, an assertion raises and a suggestion is logged.

    At fault is the last call that the first of `targets` matches, or else the last that the next one matches.
    """
    run = _running.get()
    if run is not None:
        return run.check(constraint, holds, message, targets)
    counts = RunCounts()
    counts.take(constraint, holds, message)
    counts.publish()
    return holds or settled(DEFAULT, constraint, message, None)
