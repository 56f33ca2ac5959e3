"""The laws of `LM`, and streaming, on a server that nobody here wrote.

Name one to run these: DSP_TEST_LM=http://127.0.0.1:8000/v1#model (`transformers serve`, vLLM, llama.cpp, …).
"""

from __future__ import annotations

import os

import pytest

from dsp.lms.openai import OpenAI
from dsp.lms.registry import lm_from_name
from dsp.protocols import LM
from dsp.testing.lms import LMContract

pytestmark = pytest.mark.skipif("DSP_TEST_LM" not in os.environ, reason="DSP_TEST_LM names no server to test against")


class TestRealServer(LMContract):
    def make_lm(self) -> LM:
        return lm_from_name(os.environ["DSP_TEST_LM"], extra={"max_tokens": 8})

    def test_a_stream_gives_what_the_whole_answer_is(self) -> None:
        lm = self.make_lm()
        assert isinstance(lm, OpenAI)
        streamed, whole = "".join(lm.stream(self.prompt)), lm(self.prompt)[0]
        # A random model writes broken characters, which servers stream in ways of their own.
        assert streamed.replace("\ufffd", "") == whole.replace("\ufffd", "")

    def test_max_tokens_and_stop_strings_are_kept(self) -> None:
        lm = self.make_lm()
        assert isinstance(lm, OpenAI)
        whole = lm(self.prompt)[0]
        stop = whole[1:3]
        assert lm(self.prompt, stop=stop)[0] == whole[: whole.index(stop)]
