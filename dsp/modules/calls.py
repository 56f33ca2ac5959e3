"""What a run was asked and what it was answered, kept for as long as the run may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dsp.configuration import Settings
from dsp.modules.retry import retry_request
from dsp.predict.complete import Request
from dsp.trace import Step
from dsp.types.example import Example
from dsp.types.prediction import Completions
from indexes.passage import Hit, Passage

if TYPE_CHECKING:
    from dsp.modules.backtracking import Asking

_FIXED = frozenset({str, int, float, bool, type(None), Hit, Passage})


class Call:
    """One request of a run, and all that was answered to it: the first time, and when it was asked again.

    `number` says which call of its predictor it was in its attempt; `attempt`, in which one it was made last;
    `outer`, what the run around this one knows of it.
    """

    __slots__ = (
        "again", "asked", "attempt", "demos", "inputs", "messages",
        "number", "outcomes", "outer", "request", "settings", "unmet",
    )  # fmt: skip

    def __init__(self, request: Request, settings: Settings, number: int, outer: Asking | None) -> None:
        self.request = request
        self.inputs = {name: kept(value) for name, value in request.inputs.items()}
        self.demos = list(request.demos)
        self.settings = settings
        self.number = number
        self.outer = outer
        self.attempt = -1
        self.outcomes: list[Completions] = []
        self.messages: list[str] = []
        self.again = False  # a constraint failed: it is to be asked anew
        self.unmet = False  # a constraint failed and was passed over
        self.asked: list[Request] = []  # what each of the outcomes answers: the request, or that of asking again

    def is_of(self, request: Request, settings: Settings) -> bool:
        """Whether that is the very same request."""
        ours, own = self.request, self.settings
        return (
            ours.signature is request.signature
            and (ours.lm or own.lm) is (request.lm or settings.lm)
            and (ours.template or own.template) is (request.template or settings.template)
            and _equal(self.inputs, request.inputs)
            and _equal({**ours.config, **own.sampling}, {**request.config, **settings.sampling})
            and _equal(self.demos, list(request.demos))
        )

    def retried(self) -> Request:
        """The request with what was answered so far, and what is wrong with it."""
        return retry_request(self._as_asked(), self.outcomes, self.messages)

    def known(self) -> Completions:
        """What was answered last, as a program may change it."""
        return kept_completions(self.outcomes[-1])

    def answer(self, request: Request, completions: Completions) -> None:
        """Keep what was answered to the request: the call's own, or the one of asking again."""
        self.asked.append(request)
        self.outcomes.append(kept_completions(completions))

    def steps(self) -> list[Step]:
        """What was asked and answered, each time."""
        asked = [self._as_asked() if request is self.request else request for request in self.asked]
        return [
            Step("predict", request.name, dict(request.inputs), dict(outcome[0]) if outcome else {})
            for request, outcome in zip(asked, self.outcomes, strict=True)
        ]

    def _as_asked(self) -> Request:
        """The request as it was when it was made."""
        return replace(self.request, inputs=self.inputs, demos=self.demos)


@dataclass(slots=True)
class Once:
    """One call of a function that is made once, however often its run is repeated."""

    attempt: int
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    value: Any

    def is_of(self, attempt: int, function: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        """Whether it was made before that attempt, and is the same call."""
        return self.attempt < attempt and _equal((self.function, self.args, self.kwargs), (function, args, kwargs))


def kept(value: Any) -> Any:
    """A value as it is now: programs go on appending to the lists that they gave."""
    if type(value) in _FIXED:
        return value
    if isinstance(value, list):
        whole = type(value) is list and _FIXED.issuperset(map(type, value))
        return value.copy() if whole else type(value)(kept(item) for item in value)
    if type(value) is dict:
        return {key: kept(item) for key, item in value.items()}
    return value.copy() if isinstance(value, Example) else value


def kept_completions(completions: Completions) -> Completions:
    """The completions as they are now: themselves, where nothing in them can change."""
    if all(_FIXED.issuperset(map(type, each.values())) for each in completions):
        return completions
    return Completions([kept(dict(each)) for each in completions], logprobs=completions.logprobs)


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except (ValueError, TypeError):  # arrays and the like don't say; they are then asked again
        return False
