"""`Module`: a program, or a piece of one. It holds predictors, and compiling changes nothing else."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, ClassVar, Self

from dsp.callbacks import telling
from dsp.configuration import current
from dsp.errors import InputError
from dsp.execution.loop import BACKGROUND
from dsp.lms.faces import run_through
from dsp.modules import saved
from dsp.modules.backtracking import attempts
from dsp.modules.batch import Progress, batch
from dsp.modules.policy import Policy
from dsp.modules.tree import Node, copied, frozen_parts, replaced, walk
from dsp.prompts.demonstrations import demo_to_json
from dsp.prompts.signature import Signature
from dsp.prompts.template import Template
from dsp.protocols import LM, Executor, Retriever
from dsp.trace import to_json
from dsp.types.example import Example
from dsp.types.prediction import Prediction

_in_place: ContextVar[bool] = ContextVar("dsp_in_place", default=False)  # whoever waits here must not suspend


def _no_forward(self: Module, **_: Any) -> Prediction:
    raise TypeError(f"{type(self).__name__} must define forward(self, …), or async aforward(self, …), to be called")


async def _no_aforward(self: Module, **_: Any) -> Prediction:
    return _no_forward(self)


class Module(Node):
    """A program: write `forward`, or `async aforward`; call it, or await its `acall`.

    Modules and predictors kept in attributes, lists or dicts are its parts:

        class RAG(Module):
            def __init__(self):
                self.answer = ChainOfThought("context, question -> answer")

            def forward(self, question):
                return self.answer(context=retrieve(question, k=5), question=question)

    `callbacks` are told of its own calls (`dsp.callbacks`). While `frozen` is set, optimizers change neither the
    demonstrations nor the instructions of any predictor inside.
    """

    forward: Callable[..., Prediction] = _no_forward
    aforward: Callable[..., Awaitable[Prediction]] = _no_aforward
    awaits_modules_only: ClassVar[bool] = False  # aforward then runs in place when it is called synchronously
    callbacks: Sequence[object] = ()
    _repeats: ClassVar[bool] = True  # whether a call of it is a run that failed constraints may repeat
    _is_told: ClassVar[bool] = True  # whether its calls are anybody's business
    _policy: Policy | None = None  # what becomes of them, where it has a say of its own

    def __init__(self, callbacks: Sequence[object] | None = None) -> None:
        if callbacks:
            self.callbacks = list(callbacks)

    def __call__(self, /, *args: Any, **inputs: Any) -> Prediction:
        """What `forward` gives; of a module that has only `aforward`, what that gives."""
        if self._is_told and (self.callbacks or current().callbacks):
            with telling("module", self, **self.__by_name(args, inputs)) as told:
                return told.gave(self.__run(args, inputs))
        return self.__run(args, inputs)

    async def acall(self, /, *args: Any, **inputs: Any) -> Prediction:
        """The same, awaited: of a module that has only `forward`, in a thread."""
        if _in_place.get():
            return self(*args, **inputs)
        if self._is_told and (self.callbacks or current().callbacks):
            with telling("module", self, **self.__by_name(args, inputs)) as told:
                return told.gave(await self.__arun(args, inputs))
        return await self.__arun(args, inputs)

    def __run(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Prediction:
        if not self._repeats:
            return self._called(args, inputs)
        for attempt in attempts(self._policy):
            with attempt:
                return self._called(args, inputs)
        return Prediction()  # an assertion failed, and its handler goes on without an answer

    async def __arun(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Prediction:
        if not self._repeats:
            return await self._acalled(args, inputs)
        for attempt in attempts(self._policy):
            with attempt:
                return await self._acalled(args, inputs)
        return Prediction()

    def _called(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Prediction:
        if type(self).forward is not Module.forward:
            return self.forward(*args, **inputs)
        if not self.awaits_modules_only:
            return BACKGROUND.run(self._in_a_loop(args, inputs))
        token = _in_place.set(True)
        try:
            return run_through(self._awaited(args, inputs))
        finally:
            _in_place.reset(token)

    async def _acalled(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Prediction:
        if type(self).aforward is not Module.aforward or type(self).forward is Module.forward:
            return await self.aforward(*args, **inputs)
        return await asyncio.to_thread(self.forward, *args, **inputs)

    async def _awaited(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Prediction:
        return await self.aforward(*args, **inputs)

    async def _in_a_loop(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Prediction:
        _in_place.set(False)  # of this task's own context
        return await self.aforward(*args, **inputs)

    def __by_name(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> dict[str, Any]:
        """The inputs of a call by name, as callbacks are told of them."""
        if not args:
            return inputs
        try:
            return dict(inspect.signature(body_of(self)).bind_partial(*args, **inputs).arguments)
        except TypeError:  # what the call itself is about to raise
            return {"args": args, **inputs}

    def batch(
        self,
        examples: Iterable[Example | Mapping[str, Any]],
        num_threads: int | None = None,
        max_errors: int | None = None,
        return_failed_examples: bool = False,
        provide_traceback: bool | None = None,
        disable_progress_bar: bool = False,
        timeout: float | None = None,
        straggler_limit: int | None = None,
        *,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Its predictions for the examples, in their order; see `dsp.modules.batch`.

        The names up to `straggler_limit` are DSPy's; the last four of those change nothing here: errors carry their
        traceback, there is no bar but what `progress` makes of it, and nothing that is under way is asked again.
        """
        return batch(
            self,
            examples,
            num_threads=num_threads,
            max_errors=max_errors,
            return_failed_examples=return_failed_examples,
            executor=executor,
            progress=progress,
        )

    def activate_assertions(self, handler: Policy | Callable[..., Policy] = Policy, **handler_args: Any) -> Self:
        """Itself, having chosen what becomes of constraints that fail in it: `activate_assertions(max_backtracks=1)`.

        They are active without it, with two backtracks; a module inside goes by the one around it, unless it chose
        too. `handler` is one of `dsp.modules.assertions`, or a `Policy`.
        """
        self._policy = handler if isinstance(handler, Policy) else handler(**handler_args)
        return self

    # its parts
    def named_sub_modules(
        self, type_: type[Any] | None = None, skip_compiled: bool = False
    ) -> Iterator[tuple[str, Module]]:
        """Every module inside by dotted path, itself first as `self`; each once.

        Those of `type_` alone where it is given; with `skip_compiled` nothing that is inside a frozen one.
        """
        inside = (
            {id(part) for _, each in walk(self) if each.frozen for _, part in walk(each) if part is not each}
            if skip_compiled
            else set()
        )
        for name, part in walk(self):
            if isinstance(part, Module) and isinstance(part, type_ or Module) and id(part) not in inside:
                yield name or "self", part

    def named_predictors(self) -> list[tuple[str, Predictor]]:
        """Every predictor inside, by dotted path, in the order in which the attributes were set."""
        return [(name or "self", part) for name, part in walk(self) if isinstance(part, Predictor)]

    def predictors(self) -> list[Predictor]:
        return [predictor for _, predictor in self.named_predictors()]

    def named_parameters(self) -> list[tuple[str, Predictor]]:
        """What optimizers may change: the predictors that are not frozen, nor inside a module that is."""
        frozen = frozen_parts(self)
        return [(name, predictor) for name, predictor in self.named_predictors() if id(predictor) not in frozen]

    def parameters(self) -> list[Predictor]:
        return [predictor for _, predictor in self.named_parameters()]

    def freeze(self) -> Self:
        """Itself, frozen: optimizers leave every predictor inside as it is. `unfreeze` undoes it."""
        self.frozen = True
        return self

    def unfreeze(self) -> Self:
        """Itself and all that is inside, for optimizers to change."""
        for _, part in walk(self):
            part.frozen = False
        return self

    def map_named_predictors(self, function: Callable[[Predictor], Predictor]) -> Self:
        """Itself, each predictor inside replaced by what the function makes of it."""
        memo = {id(predictor): function(predictor) for predictor in self.predictors() if predictor is not self}
        for module in [part for _, part in walk(self) if not isinstance(part, Predictor)]:
            vars(module).update({name: replaced(part, memo) for name, part in vars(module).items()})
        return self

    def set_lm(self, lm: LM | None) -> None:
        """Let every predictor inside, frozen ones too, use this LM; None goes back to the configured one."""
        for predictor in self.predictors():
            predictor.lm = lm

    def get_lm(self) -> LM | None:
        """The LM that all predictors inside use; None for the configured one.

        Raises InputError (a ValueError) where they use several.
        """
        used = list({id(predictor.lm): predictor.lm for predictor in self.predictors()}.values())
        if len(used) > 1:
            raise InputError(
                "get_lm asks for the one LM of a program, but its predictors use "
                + ", ".join("the configured one" if lm is None else lm.name for lm in used)
                + "; read predictor.lm of each"
            )
        return used[0] if used else None

    def set_retriever(self, retriever: Retriever | None) -> None:
        """Let every module inside that keeps a retriever search with this one; None goes back to the configured one.

        Raises InputError where none keeps one: what is searched is then the configured retriever's affair.
        """
        keeping = [part for _, part in walk(self) if "retriever" in vars(part)]
        if not keeping and retriever is not None:
            raise InputError(
                f"set_retriever needs a module that keeps a retriever, but {type(self).__name__} has none; "
                "say dsp.configure(rm=…), or for a block dsp.context(rm=…)"
            )
        for part in keeping:
            vars(part)["retriever"] = retriever

    # copies
    def deepcopy(self) -> Self:
        """A copy whose modules and demonstrations are its own; retrievers, LMs and plain values are shared."""
        return copied(self)

    def reset_copy(self) -> Self:
        """A copy without demonstrations; what is frozen keeps its own."""
        made = self.deepcopy()
        for predictor in made.parameters():
            predictor.reset()
        return made

    # saved state
    def dump_settings(self) -> dict[str, int]:
        """The whole numbers that its class takes and it keeps under the same names (k, hops, …)."""
        names = inspect.signature(type(self).__init__).parameters
        return {name: value for name in names if type(value := getattr(self, name, None)) is int}

    def dump_state(self) -> dict[str, Any]:
        """Every predictor's instructions, demonstrations and settings, and whether it is frozen, as JSON."""
        frozen = frozen_parts(self)
        return {
            name: {**predictor.dump(), **({"frozen": True} if id(predictor) in frozen else {})}
            for name, predictor in self.named_predictors()
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over such a state. Raises ProgramFileError, before anything changes, that says all that differs."""
        predictors = dict(self.named_predictors())
        loaded = saved.read_states({name: part.signature for name, part in predictors.items()}, state)
        for name, predictor in predictors.items():
            predictor.take(loaded[name])

    def save(
        self,
        path: str | os.PathLike[str],
        save_program: bool = False,
        modules_to_serialize: Sequence[Any] | None = None,
        **notes: Any,
    ) -> None:
        """Write the program's state, and what its code was, as JSON that a person can read and edit.

        `notes` (JSON values) go along. With `save_program` the path is a folder, as in DSPy, and the file in it is
        `program.json`; it holds the same, for code is never written to a file nor read from one, and
        `modules_to_serialize` has nothing to name. Raises ProgramFileError where it cannot be written.
        """
        settings = self.dump_settings()
        saved.write_program_file(path, self, settings, self.dump_state(), notes, in_folder=save_program)

    def load(self, path: str | os.PathLike[str], *, strict: bool = False, allow_pickle: bool = False) -> None:
        """Take over the state saved in a file, or in a folder that `save_program` made.

        Whatever changed since it was saved (the code of a class, an edited text) is logged as a warning; with `strict`
        it is refused. Raises ProgramFileError that says all that differs; the program is then as it was. Nothing but
        JSON is read: `allow_pickle` is DSPy's, and refused.
        """
        content = saved.read_program_file(path, allow_pickle=allow_pickle)
        saved.load_into(self, content, path, strict=strict)


class Predictor(Module):
    """A module that asks an LM for a signature's outputs: what compiling may change."""

    _repeats = False
    signature: type[Signature]
    demos: list[Example]
    lm: LM | None
    template: Template | str | None
    config: dict[str, Any]

    def reset(self) -> None:
        """Show no demonstrations."""
        self.demos = []

    def dump(self) -> dict[str, Any]:
        demos = [demo_to_json(demo) for demo in self.demos]
        return {"signature": self.signature.to_dict(), "config": to_json(self.config), "demos": demos}

    def take(self, state: saved.PredictorState) -> None:
        self.signature, self.demos, self.config = state.signature, state.demos, state.config
        if state.frozen is not None:
            self.frozen = state.frozen


def body_of(module: Module) -> Callable[..., Any]:
    """What a call of the module runs: its `forward`, or else its `aforward`."""
    return module.forward if type(module).forward is not Module.forward else module.aforward


def as_demo(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Example:
    """A demonstration from a step of a trace: what a predictor was given and what it answered."""
    return Example({**inputs, **outputs}, augmented=True)
