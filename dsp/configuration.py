"""Settings: which LM, which retriever, which template, for this process or for a block.

`configure` sets the process's defaults; `context` overlays them for a block of code, in this thread or task and in
whatever copies its context. Settings are frozen: nobody changes them under a run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from dsp.errors import InputError, SettingsError
from dsp.protocols import LM, Reranker, Retriever

if TYPE_CHECKING:
    from dsp.prompts.template import Template


@dataclass(frozen=True, slots=True)
class Settings:
    """What a program uses where it does not say itself. `rm` is the retriever, by DSP's name for it.

    With a `reranker`, what any search finds comes in the order of its scores.
    `sampling` goes over every predictor's own settings (temperature, n, rollout, …): it is how a whole program is
    asked for another sample of itself. `template` is a template or its name. `repairs` is how often an LM is asked
    again when nothing that it wrote could be read; 0 turns that off. `context_window` is how many tokens prompt and
    completion may have together, where the LM does not say it itself (`dsp.predict.window` says what gives way).
    `callbacks` are told what is done (`dsp.callbacks`).
    """

    lm: LM | None = None
    rm: Retriever | None = None
    template: Template | str | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)
    reranker: Reranker | None = None
    repairs: int = 1
    context_window: int | None = None
    callbacks: Sequence[object] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.repairs, int) or self.repairs < 0:
            raise InputError(f"repairs must be a whole number of 0 or more, but got {self.repairs!r}; 0 turns them off")
        if self.context_window is not None and (not isinstance(self.context_window, int) or self.context_window < 1):
            raise InputError(f"context_window must be a number of tokens, but got {self.context_window!r}")
        if type(self.callbacks) is not tuple:
            if not isinstance(self.callbacks, list):
                raise InputError(
                    f"callbacks must be a list of handlers, but got {self.callbacks!r:.80}; put it in a list"
                )
            object.__setattr__(self, "callbacks", tuple(self.callbacks))

    def need_lm(self) -> LM:
        """The LM, or SettingsError where none is configured."""
        if self.lm is None:
            raise SettingsError(
                'a predictor needs a language model, but none is configured; say dsp.configure(lm=dsp.LM("extractive"))'
            )
        return self.lm

    def need_rm(self) -> Retriever:
        """The retriever, or SettingsError where none is configured."""
        if self.rm is None:
            raise SettingsError(
                "a search needs a retriever, but none is configured; say dsp.configure(rm=indexes.open(DIR))"
            )
        return self.rm


_lock = threading.Lock()
_default = Settings()
_overlay: ContextVar[Settings | None] = ContextVar("dsp_settings", default=None)
_names = tuple(each.name for each in fields(Settings))
_ALSO = {"adapter": "template"}  # by DSPy's name for it
_ELSEWHERE = {
    "async_max_workers": "give an executor: Evaluate(…, executor=Tasks(8))",
    "max_errors": "say it where examples are run: Evaluate(…, max_errors=5)",
    "num_threads": "say it where examples are run: Evaluate(…, num_threads=8)",
    "trace": "record one: with dsp.record() as trace",
    "track_usage": "open a block: with dsp.track_usage() as tracker",
}


def current() -> Settings:
    """The settings in force here."""
    return _overlay.get() or _default


def configure(**settings: Any) -> None:
    """Set the process's defaults: `configure(lm=…, rm=…, template=…)`. Raises InputError for other names."""
    global _default
    settings = _checked(settings)
    with _lock:
        _default = replace(_default, **settings)


@contextmanager
def context(**settings: Any) -> Iterator[Settings]:
    """Overlay settings for a block; the block's end restores what was. Raises InputError for unknown names."""
    settings = _checked(settings)
    overlaid = replace(current(), **settings)
    token = _overlay.set(overlaid)
    try:
        yield overlaid
    finally:
        _overlay.reset(token)


def _checked(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings by their own names."""
    unknown = sorted(set(settings) - set(_names) - set(_ALSO))
    if unknown:
        remedy = next((_ELSEWHERE[name] for name in unknown if name in _ELSEWHERE), "correct the name")
        raise InputError(f"settings are {', '.join(_names)}, but got {', '.join(unknown)}; {remedy}")
    return {_ALSO.get(name, name): value for name, value in settings.items()}


class CurrentSettings:
    """`dsp.settings`: reads as the settings in force where it is asked (`dsp.settings.lm`).

    `dsp.settings.configure(…)` and `dsp.settings.context(…)` are `dsp.configure` and `dsp.context`.
    """

    configure = staticmethod(configure)
    context = staticmethod(context)

    def __getattr__(self, name: str) -> Any:
        name = _ALSO.get(name, name)
        if name not in _names:
            raise AttributeError(f"settings are {', '.join(_names)}, not {name}")
        return getattr(current(), name)

    def __repr__(self) -> str:
        return repr(current())


settings = CurrentSettings()
