"""A run against a server that fails in every way, killed again and again; then the books are checked.

    python benchmarks/lm_faults.py [--calls 10000] [--failing 0.3] [--kills 5] [--in-flight 64] [--seed 0]

A client process asks so many different questions through cached(limited(retrying(openai))) with the cache on disk,
and notes each answer in a file as it arrives. It is killed (SIGKILL) at random moments and started again. Checked at
the end: every question has one answer and the right one; no question was asked again after its answer had arrived;
the cache holds every answer and verifies.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from dsp.cache.sqlite import SQLiteCache
from dsp.lms.cached import cached
from dsp.lms.limited import limited
from dsp.lms.openai import OpenAI
from dsp.lms.retrying import retrying
from dsp.testing.bodies import completion_body, events_of
from dsp.testing.server import Fault, LMServer

TIMEOUT = 1.0
FAULTS = [
    Fault.status(429, headers={"Retry-After": "0.01"}),
    Fault.status(500),
    Fault.status(503),
    Fault.html(200),
    Fault.html(502),
    Fault.truncated(),
    Fault.json({"choices": []}),
    Fault.json({"choices": [{"message": {"content": None}}]}),
    Fault.json({"error": {"message": "overloaded"}}),
    Fault.drop(),
    Fault.drop(after=20),
    Fault.silence(3600),
    Fault.trickle(1.0),
    Fault(307, b"", headers={"Location": "/v1/chat/completions"}),
    Fault(content=events_of(completion_body(["half"]))[:40], content_type="text/event-stream"),
]


def answer_to(question: str) -> str:
    return f"the answer to {question}"


def client(base_url: str, folder: Path, calls: int, in_flight: int) -> None:
    """Ask every question; note each answer at once, in one write, so that a kill leaves whole lines."""
    lm = cached(
        limited(
            retrying(
                OpenAI("test", base_url=base_url, timeout=TIMEOUT), attempts=30, first_wait=0.01, longest_wait=0.2
            ),
            in_flight=in_flight,
        ),
        SQLiteCache(folder / "cache.db"),
    )
    notes = os.open(folder / "answers.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def ask(number: int) -> None:
        response = await lm.acall(f"question {number}")
        os.write(notes, f"{number}\t{response.usage.cached_calls}\t{response[0]}\n".encode())

    async def run() -> None:
        await asyncio.gather(*(ask(number) for number in range(calls)))

    asyncio.run(run())


def books(folder: Path) -> dict[int, list[tuple[int, str]]]:
    """What was noted: for each question, whether each answer was a hit, and its text."""
    noted: dict[int, list[tuple[int, str]]] = {}
    for line in (folder / "answers.txt").read_text().splitlines():
        number, hit, text = line.split("\t")
        noted.setdefault(int(number), []).append((int(hit), text))
    return noted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--failing", type=float, default=0.3)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--client", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        client(options.client[0], Path(options.client[1]), options.calls, options.in_flight)
        return 0

    chance, lock = random.Random(options.seed), threading.Lock()
    failed: Counter[int] = Counter()

    def faults(number: int) -> Fault | None:
        with lock:
            if chance.random() >= options.failing:
                return None
            kind = chance.randrange(len(FAULTS))
            failed[kind] += 1
            return FAULTS[kind]

    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as name,
        LMServer(lambda body: answer_to(body["messages"][0]["content"]), faults=faults) as server,
    ):
        folder = Path(name)
        (folder / "answers.txt").touch()
        command = [sys.executable, __file__, "--calls", str(options.calls), "--in-flight", str(options.in_flight)]
        kills, again = 0, 0
        while True:
            before, asked = set(books(folder)), len(server.requests)
            process = subprocess.Popen([*command, "--client", server.base_url, name])
            target = (
                (len(before) + (options.calls - len(before)) * chance.uniform(0.1, 0.4)) if kills < options.kills else 0
            )
            while process.poll() is None:
                time.sleep(0.05)
                if target and len(set(books(folder))) >= target:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
            asked_now = {asked.body["messages"][0]["content"] for asked in server.requests[asked:] if asked.body}
            again += len(asked_now & {f"question {number}" for number in before})
            if process.returncode == 0:
                break
            if process.returncode != -signal.SIGKILL:
                print(f"the client ended with status {process.returncode}")
                return 1
            kills += 1
        noted, cache = books(folder), SQLiteCache(folder / "cache.db")
        wrong = sum(text != answer_to(f"question {number}") for number, said in noted.items() for _, text in said)
        twice = sum(sum(not hit for hit, _ in said) > 1 for said in noted.values())
        damaged, entries = cache.verify(), cache.info().entries
        cache.close()
        requests = len(server.requests)
    checks = {
        f"{len(noted)} of {options.calls} questions answered": len(noted) == options.calls,
        f"{wrong} wrong answers": wrong == 0,
        f"{twice} answers arrived twice from the server": twice == 0,
        f"{again} questions asked again after their answer had arrived": again == 0,
        f"{entries} entries in the cache, {len(damaged)} damaged": entries == options.calls and not damaged,
    }
    print(f"{requests} requests, {sum(failed.values())} failed in {len(failed)} ways, {kills} kills, ", end="")
    print(f"{time.monotonic() - begun:.1f} s")
    for check, passed in checks.items():
        print(f"{'ok  ' if passed else 'FAIL'}  {check}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
