"""What becomes of a constraint that fails: whether its predictor is asked again, and how it ends if that is no help."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

from dsp.errors import ConstraintError, FailedAssertionError, FailedSuggestionError, InputError
from dsp.modules.calls import Call
from dsp.modules.constraint_counts import Constraint

_log = logging.getLogger("dsp.assertions")


@dataclass(frozen=True, slots=True)
class Policy:
    """What becomes of a constraint that fails: up to `max_backtracks` re-runs of the module, and then its end.

    In the last run a suggestion is passed over (and logged), or raises; an assertion raises, is passed over (and
    logged), or ends the call of the module that has the policy with an empty prediction.
    """

    max_backtracks: int = 2
    suggestions: Literal["pass", "raise"] = "pass"
    assertions: Literal["raise", "pass", "end"] = "raise"

    def __post_init__(self) -> None:
        if type(self.max_backtracks) is not int or self.max_backtracks < 0:
            raise InputError(
                f"max_backtracks must be a whole number from 0, but got {self.max_backtracks!r}; 0 never asks again"
            )

    def passes(self, constraint: Constraint) -> bool:
        return (self.assertions if constraint.kind == "assert" else self.suggestions) == "pass"


DEFAULT = Policy()


def settled(policy: Policy, constraint: Constraint, message: str, at_fault: Call | None) -> bool:
    """The end of a constraint that does not hold and never will: False where it is passed over; else it raises."""
    if not policy.passes(constraint):
        raise failure(constraint, message, at_fault)
    if at_fault is not None:
        at_fault.unmet = True
    _log.warning("%s %s does not hold and is passed over: %s", constraint.kind, constraint.name, message)
    return False


def failure(constraint: Constraint, message: str, at_fault: Call | None) -> ConstraintError:
    """The error of a constraint that does not hold, with what was tried as evidence."""
    asserts = constraint.kind == "assert"
    past = [dict(completion) for outcome in at_fault.outcomes for completion in outcome] if at_fault else []
    tried = (
        f'after {len(at_fault.outcomes)} tries of "{at_fault.request.name}"' if at_fault else "with nothing to retry"
    )
    return (FailedAssertionError if asserts else FailedSuggestionError)(
        f"the {'assertion' if asserts else 'suggestion'} {constraint.name} must hold, but {tried} does not: "
        f'"{message}"; what was tried is in .past_outputs',
        constraint=constraint.name,
        feedback=message,
        target=at_fault.request.name if at_fault else "",
        past_outputs=past,
    )
