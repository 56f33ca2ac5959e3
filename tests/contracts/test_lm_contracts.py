"""Every language model keeps the laws of `LM`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dsp.cache.memory import MemoryCache
from dsp.lms.cached import cached
from dsp.lms.openai import OpenAI
from dsp.lms.scripted import Scripted
from dsp.lms.wires import RESPONSES
from dsp.protocols import LM
from dsp.testing.lms import LMContract
from dsp.testing.server import LMServer


def heard(body: Any) -> str:
    return f"heard {(body.get('messages') or body['input'])[-1]['content']}"


class TestScripted(LMContract):
    def make_lm(self) -> LM:
        return Scripted(lambda request: f"heard {request.messages[-1]['content']}")


class TestCachedScripted(LMContract):
    def make_lm(self) -> LM:
        return cached(Scripted(lambda request: f"heard {request.messages[-1]['content']}"), MemoryCache())


class TestOpenAI(LMContract):
    honours_n = True

    @pytest.fixture(autouse=True)
    def _server(self) -> Iterator[None]:
        with LMServer(heard, honours_n=self.honours_n) as server:
            self.server = server
            yield

    def make_lm(self) -> LM:
        return OpenAI("test", base_url=self.server.base_url)


class TestOpenAIWhereTheServerIgnoresN(TestOpenAI):
    honours_n = False


class TestCachedOpenAI(TestOpenAI):
    def make_lm(self) -> LM:
        return cached(super().make_lm(), MemoryCache())


class TestOpenAIResponses(TestOpenAI):
    def make_lm(self) -> LM:
        return OpenAI("test", base_url=self.server.base_url, wire=RESPONSES)
