"""`Assert` and `Suggest`: what a program demands of its own answers.

    class Hops(dsp.Module):
        def forward(self, question):
            ...
            query = self.write_query(context=context, question=question).query
            dsp.Suggest(query not in asked, f"Write a query that is none of: {asked}", self.write_query)

Where the condition does not hold, the module is run again and the predictor at fault is told why: see
`dsp.modules.backtracking`. Inside modules that is so by default; `activate_assertions` chooses another handler.
After DSPy Assertions (Singhvi et al. 2023, arXiv 2312.13382), whose names these are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from dsp.errors import InputError
from dsp.modules.backtracking import Matcher, check
from dsp.modules.constraint_counts import Constraint
from dsp.modules.module import Module, Predictor
from dsp.modules.policy import Policy
from dsp.prompts.signature import Signature, SignatureMeta, ensure_signature

M = TypeVar("M", bound=Module)
P = TypeVar("P", bound=Predictor)
Target = Module | Sequence[Module] | Mapping[str, Module] | str | type[Signature] | Signature | None


def Assert(  # noqa: N802 - DSPy's name
    condition: bool, message: str = "", target_module: Target = None, *, name: str = "", backtrack: Target = None
) -> bool:
    """Demand that the condition holds. True where it does; where it doesn't, the predictor at fault is asked again.

    `message` tells that predictor what to do differently. `target_module` is the predictor, a module that holds it, a
    list of such modules, or its signature; of its calls in this run the last one counts. Without one the last
    predictor that was called is at fault. `backtrack` is DSPy's newer word for it. `name` is how counts call the
    constraint; else it is called after its place in the code.

    After the last backtrack, and outside a module, FailedAssertionError carries what was tried. Raises InputError for
    a condition that is no bool.

    >>> Assert(len("Who wrote Emma?") < 100, "Keep the query short.")
    True
    """
    target = target_module if target_module is not None else backtrack
    return check(Constraint("assert", name or _place()), _holds(condition), message, _targets(target))


def Suggest(  # noqa: N802 - DSPy's name
    condition: bool, message: str = "", target_module: Target = None, *, name: str = "", backtrack: Target = None
) -> bool:
    """Wish that the condition holds: as `Assert`, but after the last backtrack it is logged and False comes back.

    >>> Suggest(True, "Write a query that was not asked before.")
    True
    """
    target = target_module if target_module is not None else backtrack
    return check(Constraint("suggest", name or _place()), _holds(condition), message, _targets(target))


# handlers: what becomes of constraints that fail
def backtrack_handler(*, max_backtracks: int = 2, bypass_suggest: bool = True) -> Policy:
    """Ask again, up to `max_backtracks` re-runs in all; then suggestions pass (or raise) and assertions raise."""
    return Policy(max_backtracks, "pass" if bypass_suggest else "raise")


def noop_handler() -> Policy:
    """Never ask again: what fails is logged and counted."""
    return Policy(0, "pass", "pass")


def bypass_suggest_handler() -> Policy:
    """Never ask again: suggestions are logged, assertions raise."""
    return Policy(0, "pass", "raise")


def bypass_assert_handler() -> Policy:
    """Never ask again: assertions are logged, suggestions raise."""
    return Policy(0, "raise", "pass")


def assert_no_except_handler(*, max_backtracks: int = 0) -> Policy:
    """An assertion that fails ends the program with an empty prediction, which is false; a suggestion is logged."""
    return Policy(max_backtracks, "pass", "end")


Handler = Policy | Callable[..., Policy]


def assert_transform_module(module: M, assertion_handler: Handler = backtrack_handler, **handler_args: Any) -> M:
    """The module itself, its handler chosen: `module.activate_assertions(handler, **handler_args)`.

    >>> from dsp import Module
    >>> program = assert_transform_module(Module(), backtrack_handler, max_backtracks=1)
    """
    return module.activate_assertions(assertion_handler, **handler_args)


def Retry(predictor: P) -> P:  # noqa: N802 - DSPy's name
    """The predictor itself: here every one can be asked again. For programs written `map_named_predictors(Retry)`."""
    return predictor


def _holds(condition: object) -> bool:
    if not isinstance(condition, bool):
        raise InputError(
            f"a constraint's condition must be True or False, but got {condition!r:.80} "
            f"({type(condition).__name__}); compare it with something, or write bool(…)"
        )
    return condition


def _place() -> str:
    """Where the constraint stands in the user's code: `Hops.forward:27`."""
    frame = sys._getframe(2)
    return f"{frame.f_code.co_qualname}:{frame.f_lineno}"


def _targets(target: Target) -> list[Matcher]:
    """What tells the target's requests, the surest first."""
    if target is None:
        return [lambda request: True]
    if isinstance(target, Mapping):
        target = list(target.values())
    if isinstance(target, Module):
        target = [target]
    if isinstance(target, Sequence) and not isinstance(target, str):
        predictors = list(_predictors(target))
        sources = {id(predictor) for predictor in predictors}
        signatures = {predictor.signature for predictor in predictors}
        return [
            lambda request: id(request.source) in sources,
            lambda request: request.signature in signatures,  # a copy of a predictor, such as `with_` makes
        ]
    asked = _fields(ensure_signature(target))
    return [lambda request: _fields(request.signature) == asked]


def _predictors(modules: Iterable[Any]) -> Iterable[Predictor]:
    for module in modules:
        if not isinstance(module, Module):
            raise InputError(
                f"a constraint's target must be a module, modules in a list, or a signature, but in the list is a "
                f"{type(module).__name__}; give the predictor that is to be asked again"
            )
        yield from [module] if isinstance(module, Predictor) else module.predictors()


def _fields(signature: SignatureMeta) -> tuple[list[str], list[str]]:
    """What tells a signature: its fields, whether or not `ChainOfThought` asks for reasoning before them."""
    return list(signature.input_fields), [name for name in signature.output_fields if name != "reasoning"]
