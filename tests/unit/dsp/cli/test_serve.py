"""`dsp serve` as a process: it says where it answers, and Ctrl-C ends it soon with finished calls in the cache."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dsp.testing.server import Fault, LMServer

DSP = [sys.executable, "-c", "import sys; from dsp.cli.main import main; sys.exit(main(sys.argv[1:]))"]
Refused = Callable[..., str]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], int]]]:
    """Starts the command on a port that is free; gives the process and the port that it says."""
    processes = []

    def start(*arguments: object) -> tuple[subprocess.Popen[str], int]:
        environment = {**os.environ, "DSP_CACHE": str(tmp_path / "cache")}
        process = subprocess.Popen(
            [*DSP, "serve", *map(str, arguments), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )
        processes.append(process)
        assert process.stderr is not None
        said = ""
        while "until Ctrl-C" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        found = re.search(r"answers at http://\S+:(\d+) until", said)
        assert found is not None
        process.said = said  # type: ignore[attr-defined]
        return process, int(found[1])

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def ask(port: int, body: Any) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/v1/run", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.mark.parametrize("program", ["multihop", "rag"])
def test_it_answers_with_the_embedded_lm(started: Any, index_dir: Path, world: Any, program: str) -> None:
    process, port = started(program, "--index", index_dir)
    status, found = ask(port, {"question": world.question("Emma")})
    assert (status, bool(found["prediction"]["answer"])) == (200, True)
    assert found["prediction"]["context"][0]["id"]
    assert "warning" not in process.said
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_ctrl_c_ends_it_and_finished_calls_are_in_the_cache(started: Any, index_dir: Path) -> None:
    """The second question is never answered: nothing but the interrupt can end it."""
    with LMServer("[[ ## reasoning ## ]]\nr\n[[ ## answer ## ]]\nLviv") as lms:
        command = ("rag", "--index", index_dir, "--lm", f"{lms.base_url}#m")
        process, port = started(*command)
        assert ask(port, {"question": "first"})[1]["prediction"]["answer"] == "Lviv"
        lms.fail(Fault.silence())
        with socket.create_connection(("127.0.0.1", port)) as client:
            body = b'{"question": "second"}'
            head = b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
            client.sendall(head + body)
            while len(lms.requests) < 2:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (130, "")
        assert err == "dsp: interrupted; nothing half-done is left, and finished LM calls are kept\n"
        _, port = started(*command)
        found = ask(port, {"question": "first"})[1]
        assert (found["prediction"]["answer"], found["usage"]["calls"], len(lms.requests)) == ("Lviv", 0, 2)


def test_many_clients_ask_no_more_at_a_time_than_allowed_and_nothing_twice(started: Any, index_dir: Path) -> None:
    with LMServer("[[ ## reasoning ## ]]\nr\n[[ ## answer ## ]]\nLviv", latency=0.05) as lms:
        _, port = started("rag", "--index", index_dir, "--lm", f"{lms.base_url}#m", "--concurrency", 3)
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda n=n: answers.append(ask(port, {"question": f"q{n % 6}"})[0]))
            for n in range(24)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [200] * 24
        assert len(lms.requests) == 6
        assert lms.most_in_flight <= 3


def test_elsewhere_than_on_loopback_it_warns(started: Any) -> None:
    process, _ = started("vanilla", "--host", "0.0.0.0")
    assert "dsp: warning: 0.0.0.0 is reached from elsewhere: whoever can reach it can ask, and spend" in process.said


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["multihop"], 1, "index: a search needs a retriever"),
        (["nonsense"], 2, 'unknown program "nonsense"'),
        (["vanilla", "--lm", "opnai/x"], 2, 'unknown LM "opnai"'),
        (["vanilla", "--port", "99999"], 2, "--port must be from 0 to 65535"),
        (["vanilla", "--concurrency", "0"], 2, "at least 1"),
        (["vanilla", "--timeout", "0"], 2, "a time and a size above 0"),
        (["vanilla", "--host", "192.0.2.1"], 2, "cannot be had"),
        (["vanilla", "--index", "/nowhere"], 1, "/nowhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_served_is_one_line(refused: Refused, arguments: list[str], status: int, said: str) -> None:
    assert said in refused("serve", *arguments, status=status)
