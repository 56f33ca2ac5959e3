from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dsp.execution.loop import BackgroundLoop

_setting: contextvars.ContextVar[str] = contextvars.ContextVar("setting", default="none")


async def _number(number: int) -> int:
    await asyncio.sleep(0.001)
    return number


def test_many_threads_share_one_loop() -> None:
    loop = BackgroundLoop()
    before = threading.active_count()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda number: loop.run(_number(number)), range(50))) == list(range(50))
    assert threading.active_count() == before + 1


def test_the_callers_context_is_seen_by_the_work() -> None:
    async def read() -> str:
        return _setting.get()

    _setting.set("mine")
    assert BackgroundLoop().run(read()) == "mine"


def test_an_error_of_the_work_is_the_callers() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        BackgroundLoop().run(fail())


def test_it_may_be_called_where_another_loop_runs() -> None:
    loop = BackgroundLoop()

    async def outer() -> int:
        return loop.run(_number(3))

    assert asyncio.run(outer()) == 3


def test_a_call_from_its_own_thread_raises_and_does_not_hang() -> None:
    loop = BackgroundLoop()

    async def outer() -> int:
        return loop.run(_number(3))

    with pytest.raises(RuntimeError, match="await acall"):
        loop.run(outer())


def test_a_forked_child_gets_a_loop_of_its_own() -> None:
    loop = BackgroundLoop()
    loop.run(_number(1))
    child = os.fork()
    if child == 0:
        os._exit(0 if loop.run(_number(2)) == 2 else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


_WAITING = """
import asyncio, sys
from dsp.execution.loop import BACKGROUND

async def wait():
    print("waiting", flush=True)
    await asyncio.sleep(3600)

{body}
"""


def _script(tmp_path: Path, body: str) -> subprocess.Popen[str]:
    path = tmp_path / "script.py"
    path.write_text(_WAITING.format(body=body))
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, str(path)], stdout=pipe, stderr=pipe, text=True)


def test_an_interrupt_ends_a_process_that_waits_for_an_answer(tmp_path: Path) -> None:
    with _script(tmp_path, "BACKGROUND.run(wait())") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert "Task was destroyed" not in said


def test_work_under_way_does_not_hold_up_the_exit(tmp_path: Path) -> None:
    body = "import threading, time\nthreading.Thread(target=BACKGROUND.run, args=(wait(),), daemon=True).start()\n"
    with _script(tmp_path, body + "time.sleep(0.2)") as process:
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert said == ""
