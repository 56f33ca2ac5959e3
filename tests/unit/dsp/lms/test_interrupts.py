"""Ctrl-C while calls are out: the process ends, and what was finished is kept."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dsp.cache.sqlite import SQLiteCache
from dsp.testing.server import Fault, LMServer

SCRIPT = """
import asyncio, sys
from dsp.cache.sqlite import SQLiteCache
from dsp.execution.threads import Threads
from dsp.lms.cached import cached
from dsp.lms.limited import limited
from dsp.lms.openai import OpenAI
from dsp.lms.retrying import retrying

lm = cached(limited(retrying(OpenAI("test", base_url=sys.argv[1])), in_flight=30), SQLiteCache(sys.argv[2]))
prompts = [f"question {number}" for number in range(40)]
if sys.argv[3] == "threads":
    Threads(40).map(lm, prompts)
else:
    async def together():
        await asyncio.gather(*map(lm.acall, prompts))
    asyncio.run(together())
"""


@pytest.mark.parametrize("way", ["threads", "tasks"])
def test_an_interrupt_ends_the_process_at_once_and_every_finished_call_is_in_the_cache(
    tmp_path: Path, way: str
) -> None:
    path = tmp_path / "cache.db"
    with LMServer("yes", faults=lambda number: Fault.silence() if number % 4 == 3 else None) as server:
        command = [sys.executable, "-c", SCRIPT, server.base_url, str(path), way]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while len(server.requests) < 40:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.02)
        while SQLiteCache(path).info().entries < 30:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in said
    assert "never retrieved" not in said
    assert SQLiteCache(path).info().entries == 30
