from __future__ import annotations

import asyncio
from concurrent.futures import Future

import pytest

from dsp.lms.faces import AWAITING, BLOCKING, Face, Wrapper, run_through
from dsp.lms.scripted import Scripted
from dsp.types.messages import LMRequest, LMResponse


class Patient(Wrapper):
    """Sleeps, then asks."""

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        await face.sleep(0)
        return await face.ask(self.inner, request)


def test_one_core_answers_both_ways() -> None:
    lm = Patient(Scripted(["a", "b"]))
    assert lm("x")[0] == "a"
    assert asyncio.run(lm.acall("x"))[0] == "b"


def test_a_wrapper_goes_by_the_inner_name_and_shows_what_it_wraps() -> None:
    lm = Patient(Scripted([], name="scripted/x"))
    assert lm.name == "scripted/x"
    assert lm.fingerprint == "scripted/x"
    assert repr(lm) == "Patient(Scripted('scripted/x'))"


def test_an_error_passes_through_the_blocking_face() -> None:
    lm = Patient(Scripted([ValueError("no")]))
    with pytest.raises(ValueError, match="no"):
        lm("x")


def test_work_that_awaits_past_its_face_is_refused() -> None:
    async def work() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="must wait through it"):
        run_through(work())


@pytest.mark.parametrize("ended", [True, False])
def test_waiting_gives_the_result_or_a_timeout_and_never_cancels_the_future(ended: bool) -> None:
    future: Future[int] = Future()
    if ended:
        future.set_result(3)

    async def work(face: Face) -> int:
        return await face.wait(future, 0.01)

    for run in (lambda: run_through(work(BLOCKING)), lambda: asyncio.run(work(AWAITING))):
        if ended:
            assert run() == 3
        else:
            with pytest.raises(TimeoutError):
                run()
    assert not future.cancelled()
