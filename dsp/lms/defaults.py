"""`with_defaults(lm, …)`: an LM that samples in its own way where nobody says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsp.lms.base import request_of
from dsp.lms.faces import Face, Wrapper
from dsp.protocols import LM
from dsp.types.messages import LMRequest, LMResponse


def with_defaults(lm: LM, **settings: Any) -> WithDefaults:
    """The LM, with sampling settings of its own: `with_defaults(lm, temperature=0.7, max_tokens=300)`.

    What a predictor, a call or `dsp.context(sampling=…)` says goes over them. Raises InputError for what is no setting.
    """
    return WithDefaults(lm, {**getattr(lm, "defaults", {}), **settings})


class WithDefaults(Wrapper):
    """An LM and the settings that hold where a request does not say them. A finished request goes through as it is:
    it is those who write requests that read `defaults`.
    """

    def __init__(self, inner: LM, settings: Mapping[str, Any]) -> None:
        super().__init__(inner)
        request_of("check", dict(settings))
        self._settings = dict(settings)

    @property
    def defaults(self) -> Mapping[str, Any]:
        return self._settings

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        return await face.ask(self.inner, request)

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value!r}" for name, value in self._settings.items())
        return f"{type(self).__name__}({self.inner!r}{settings})"
