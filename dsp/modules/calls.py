"""What a run was asked and what it was answered, kept for as long as the run may be repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dsp.configuration import Settings
from dsp.modules.retry import retry_request
from dsp.predict.complete import Request
from dsp.trace import Step
from dsp.types.example import Example
from dsp.types.prediction import Completions

if TYPE_CHECKING:
    from dsp.modules.backtracking import Asking


class Call:
    """One request of a run, and all that was answered to it: the first time, and when it was asked again.

    `number` says which call of its predictor it was in its attempt; `attempt`, in which one it was made last;
    `outer`, what the run around this one knows of it.
    """

    __slots__ = ("again", "attempt", "messages", "number", "outcomes", "outer", "request", "settings", "steps", "unmet")

    def __init__(self, request: Request, settings: Settings, number: int, outer: Asking | None) -> None:
        self.request = replace(request, inputs=kept(dict(request.inputs)), demos=list(request.demos))
        self.settings = settings
        self.number = number
        self.outer = outer
        self.attempt = -1
        self.outcomes: list[Completions] = []
        self.messages: list[str] = []
        self.again = False  # a constraint failed: it is to be asked anew
        self.unmet = False  # a constraint failed and was passed over
        self.steps: list[Step] = []  # what was asked and answered, each time

    def is_of(self, request: Request, settings: Settings) -> bool:
        """Whether that is the very same request."""
        ours, own = self.request, self.settings
        return (
            ours.signature is request.signature
            and (ours.lm or own.lm) is (request.lm or settings.lm)
            and (ours.template or own.template) is (request.template or settings.template)
            and _equal(ours.inputs, request.inputs)
            and _equal({**ours.config, **own.sampling}, {**request.config, **settings.sampling})
            and _equal(ours.demos, list(request.demos))
        )

    def retried(self) -> Request:
        """The request with what was answered so far, and what is wrong with it."""
        return retry_request(self.request, self.outcomes, self.messages)

    def known(self) -> Completions:
        """What was answered last, as a program may change it."""
        return kept_completions(self.outcomes[-1])

    def answer(self, request: Request, completions: Completions) -> None:
        """Keep what was answered to the request: the call's own, or the one of asking again."""
        self.outcomes.append(kept_completions(completions))
        first = dict(self.outcomes[-1][0]) if len(completions) else {}
        inputs = kept(dict(request.inputs))
        self.steps.append(Step("predict", request.name, inputs, first, source=request.source))


def kept(value: Any) -> Any:
    """A value as it is now: programs go on appending to the lists that they gave."""
    if type(value) is list:
        return [kept(item) for item in value]
    if type(value) is dict:
        return {key: kept(item) for key, item in value.items()}
    return value.copy() if isinstance(value, Example) else value


def kept_completions(completions: Completions) -> Completions:
    return Completions([kept(dict(each)) for each in completions], logprobs=completions.logprobs)


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except (ValueError, TypeError):  # arrays and the like don't say; they are then asked again
        return False
