"""Calls a second, and CPU per call, against a loopback server with latency; the client on one core.

    python benchmarks/lm_throughput.py [--calls 1000] [--latency 0.2] [--in-flight 64 256] [--peer-python PATH] [--json]

Ways compared, in one run, on the same server:

    dsp program     Evaluate with Tasks over a Predict, the LM as dsp.LM composes it, its cache in a fresh folder
    dsp             dsp.lms.openai, asynchronous
    dsp threads     the same called synchronously from as many threads as are in flight
    dsp wrapped     cached(limited(retrying(...))), every prompt new
    openai create   the openai package's typed chat.completions.create, one client
    openai post     its untyped post, one client
    dspy program    dspy.Evaluate with as many threads over a dspy.Predict, its cache in a fresh folder
    dspy LM         dspy.LM called from as many threads, no cache

The last two need `--peer-python`: a Python of an environment where DSPy is installed. The server runs in a process of
its own, on another core where there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from dsp import configuration, wiring
from dsp.cache.memory import MemoryCache
from dsp.evaluate.evaluator import Evaluate
from dsp.execution.tasks import Tasks
from dsp.lms.base import BaseLM
from dsp.lms.cached import cached
from dsp.lms.limited import limited
from dsp.lms.openai import OpenAI
from dsp.lms.retrying import retrying
from dsp.modules.predict import Predict
from dsp.testing.bodies import completion_body
from dsp.types.example import Example

CONTEXT = "Ada Lovelace wrote the first program. " * 50
PROMPT = "Context: " + CONTEXT + "\nQuestion: who wrote program {}?"
ANSWER = "[[ ## answer ## ]]\nAda Lovelace\n\n[[ ## completed ## ]]"
Ask = Callable[[int], Awaitable[object]]


class Replier(asyncio.Protocol):
    """Answers every request on a connection with the same bytes, after the latency. As little work as can be."""

    def __init__(self, latency: float) -> None:
        body = json.dumps(completion_body([ANSWER])).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.reply, self.latency, self.held = head.encode() + body, latency, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, end, rest = self.held.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        if len(rest) >= length:
            self.held = rest[length:]
            asyncio.get_running_loop().call_later(self.latency, self.answer)

    def answer(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(self.reply)


def serve(port: Any, ready: Event, latency: float, core: int) -> None:
    pin(core)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Replier(latency), "127.0.0.1", 0, backlog=4096)
        port.value = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    asyncio.run(run())


def pin(core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


async def asynchronously(ask: Ask, calls: int, in_flight: int) -> tuple[float, float]:
    """Wall and CPU seconds of so many calls, connections opened beforehand."""
    gate = asyncio.Semaphore(in_flight)

    async def one(number: int) -> None:
        async with gate:
            await ask(number)

    await asyncio.gather(*(one(-1 - n) for n in range(in_flight)))
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one(n) for n in range(calls)))
    return time.perf_counter() - wall, time.process_time() - cpu


def by_lm(lm: BaseLM) -> Ask:
    async def ask(number: int) -> object:
        return (await lm.acall(PROMPT.format(number), max_tokens=50))[0]

    return ask


def by_create(client: Any) -> Ask:
    async def ask(number: int) -> object:
        messages = [{"role": "user", "content": PROMPT.format(number)}]
        answer = await client.chat.completions.create(model="m", messages=messages, temperature=0.0, max_tokens=50)
        return answer.choices[0].message.content

    return ask


def by_post(client: Any) -> Ask:
    async def ask(number: int) -> object:
        messages = [{"role": "user", "content": PROMPT.format(number)}]
        body = {"model": "m", "messages": messages, "temperature": 0.0, "max_tokens": 50}
        answer = await client.post("/chat/completions", cast_to=object, body=body)
        return answer["choices"][0]["message"]["content"]

    return ask


async def with_package(way: Callable[[Any], Ask], base_url: str, calls: int, in_flight: int) -> tuple[float, float]:
    import openai

    async with openai.AsyncOpenAI(api_key="none", base_url=base_url, max_retries=0) as client:
        return await asynchronously(way(client), calls, in_flight)


def with_threads(base_url: str, calls: int, in_flight: int) -> tuple[float, float]:
    lm = OpenAI("m", base_url=base_url)
    with ThreadPoolExecutor(in_flight) as pool:
        list(pool.map(lambda n: lm(PROMPT.format(n), max_tokens=50)[0], range(in_flight)))
        wall, cpu = time.perf_counter(), time.process_time()
        list(pool.map(lambda n: lm(PROMPT.format(n), max_tokens=50)[0], range(calls)))
        return time.perf_counter() - wall, time.process_time() - cpu


def as_a_program(base_url: str, calls: int, in_flight: int) -> tuple[float, float]:
    """The whole way, as a user goes it."""

    def examples(count: int) -> list[Example]:
        asked = [f"who wrote program {count}.{number}?" for number in range(count)]
        return [
            Example(context=CONTEXT, question=question, answer="Ada Lovelace").with_inputs("context", "question")
            for question in asked
        ]

    def evaluate(count: int) -> None:
        evaluation = Evaluate(examples(count), {"any": lambda *_: 1.0}, executor=Tasks(in_flight))(program)
        if evaluation.failures:
            raise SystemExit(f"{len(evaluation.failures)} calls failed; the first: {evaluation.failures[0].error}")

    program = Predict("context, question -> answer", max_tokens=50)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DSP_CACHE"] = folder
        with configuration.context(lm=wiring.make_lm(f"{base_url}#m")):
            evaluate(in_flight)
            wall, cpu = time.perf_counter(), time.process_time()
            evaluate(calls)
            return time.perf_counter() - wall, time.process_time() - cpu


def of_the_peer(python: str, base_url: str, calls: int, in_flight: int, core: int) -> dict[str, dict[str, float]]:
    script = Path(__file__).with_name("lm_throughput_dspy.py")
    command = [python, str(script), base_url, str(calls), str(in_flight), str(core)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the peer's run failed with status {done.returncode}:\n{done.stderr[-2000:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    return {f"{name} {said['version']}": figure for name, figure in said["figures"].items()}


def measure(base_url: str, calls: int, in_flight: int) -> dict[str, dict[str, float]]:
    def wrapped() -> BaseLM:
        return cached(limited(retrying(OpenAI("m", base_url=base_url)), in_flight=in_flight), MemoryCache())

    ways: dict[str, Callable[[], tuple[float, float]]] = {
        "dsp program": lambda: as_a_program(base_url, calls, in_flight),
        "dsp": lambda: asyncio.run(asynchronously(by_lm(OpenAI("m", base_url=base_url)), calls, in_flight)),
        "dsp threads": lambda: with_threads(base_url, calls, in_flight),
        "dsp wrapped": lambda: asyncio.run(asynchronously(by_lm(wrapped()), calls, in_flight)),
        "openai create": lambda: asyncio.run(with_package(by_create, base_url, calls, in_flight)),
        "openai post": lambda: asyncio.run(with_package(by_post, base_url, calls, in_flight)),
    }
    figures = {}
    for name, run in ways.items():
        wall, cpu = run()
        figures[name] = {"calls_per_second": calls / wall, "cpu_ms_per_call": 1000 * cpu / calls}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds")
    parser.add_argument("--in-flight", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--peer-python", metavar="PATH", help="a Python that has DSPy, to measure it in the same run")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.peer_python and shutil.which(options.peer_python) is None:
        parser.error(f"--peer-python must name a Python, but got {options.peer_python}")
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    context = multiprocessing.get_context("spawn")
    port, ready = context.Value("i", 0), context.Event()
    server = context.Process(target=serve, args=(port, ready, options.latency, cores[0]), daemon=True)
    server.start()
    ready.wait()
    pin(cores[-1])
    base_url = f"http://127.0.0.1:{port.value}/v1"
    figures = {}
    for count in options.in_flight:
        figures[str(count)] = measure(base_url, options.calls, count)
        if options.peer_python:
            peer = of_the_peer(options.peer_python, base_url, options.calls, count, cores[-1])
            figures[str(count)].update(peer)
    server.terminate()
    if options.json:
        print(json.dumps({"calls": options.calls, "latency": options.latency, "in_flight": figures}, indent=1))
        return
    print(f"{options.calls} calls, {options.latency * 1000:g} ms latency, client on one core")
    print(f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} on {len(cores)} cores")
    for count, ways in figures.items():
        for name, figure in ways.items():
            rate, cost = figure["calls_per_second"], figure["cpu_ms_per_call"]
            print(f"{count:>4} in flight  {name:<20} {rate:7.0f} calls/s  {cost:6.2f} ms CPU a call")


if __name__ == "__main__":
    main()
