"""The command in a process of its own: its streams, its signals, and what an interrupt leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsp.testing.server import LMServer

DSP = [sys.executable, "-c", "import sys; from dsp.cli.main import command; sys.exit(command())"]


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DSP, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, **environment}, timeout=60
    )


def test_the_console_script_is_installed_and_runs() -> None:
    script = Path(sys.executable).parent / "dsp"
    if not script.exists():
        pytest.skip("the package is not installed in this environment")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("dsp ")


def test_json_alone_goes_to_standard_output(index_dir: Path, write_questions: Callable[..., Path]) -> None:
    done = run("evaluate", "--index", index_dir, "--data", write_questions("dev.jsonl"), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["n"] == 8
    assert done.stdout.count("\n") == 1


def test_a_failure_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    done = run("ask", "q", "--index", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("dsp: ")
    assert str(tmp_path) in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_whatever_the_encoding_of_the_terminal_text_is_written(index_dir: Path, encoding: str) -> None:
    question = "Who wrote Emma, “é नमस्ते 😀 𝄞”?"
    done = subprocess.run(
        [*DSP, "ask", question, "--index", str(index_dir), "--json"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode(encoding))["question"] == question


def test_bytes_that_are_no_text_in_a_question_are_no_traceback(index_dir: Path) -> None:
    done = subprocess.run(
        [*map(os.fsencode, DSP), b"ask", b"Who wrote \xff Emma?", b"--index", os.fsencode(index_dir), b"--json"],
        capture_output=True,
        env={**os.environ, "PYTHONUTF8": "1"},
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["question"] == "Who wrote \udcff Emma?"


def test_a_reader_that_goes_away_is_no_traceback(index_dir: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stdout:
        done = subprocess.run(
            [*DSP, "index", "info", str(index_dir)], stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.stderr == ""
    assert done.returncode == 1


def interrupted(command: list[str], ready: Callable[[], bool], **environment: str) -> tuple[int, str, str]:
    """Starts a command, presses Ctrl-C when it is at work, and gives its status, standard output and error."""
    process = subprocess.Popen(
        [*DSP, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    try:
        while not ready() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    return process.returncode, out, err


def test_ctrl_c_in_a_compile_ends_soon_and_leaves_the_last_good_program(
    index_dir: Path, write_questions: Callable[..., Path], tmp_path: Path, world: Any
) -> None:
    """The server never answers: nothing but the interrupt can end the command."""
    train = write_questions("train.jsonl", world.examples[:4])
    program = tmp_path / "p.json"
    program.write_text("the good one", encoding="utf-8")
    with LMServer("x", latency=3600) as server:
        command = ["compile", "--held-out", "0", "--index", str(index_dir), "--train", str(train), "--dev", str(train)]
        command += ["--lm", f"{server.base_url}#model", "--to", str(program)]
        status, out, err = interrupted(command, lambda: bool(server.requests), DSP_RUNS=str(tmp_path / "runs"))
    assert (status, out) == (130, "")
    assert err == "dsp: interrupted; nothing half-done is left, and finished LM calls are kept\n"
    assert program.read_text(encoding="utf-8") == "the good one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.json", "runs", "train.jsonl"]
    assert list((tmp_path / "runs").iterdir()) == []


def test_ctrl_c_in_a_compile_with_the_embedded_lm_ends_too(
    index_dir: Path, write_questions: Callable[..., Path], tmp_path: Path, world: Any
) -> None:
    many = [example.copy(id=f"{example.id}{n}") for n in range(60) for example in world.examples]
    questions = write_questions("many.jsonl", many)
    runs = tmp_path / "runs"
    command = [
        "compile",
        "--index",
        str(index_dir),
        "--train",
        str(questions),
        "--dev",
        str(questions),
        "--held-out",
        "0",
    ]
    status, out, err = interrupted(
        [*command, "--to", str(tmp_path / "p.json")],
        lambda: any(path.stat().st_size for path in runs.glob("*/results.jsonl")),
        DSP_RUNS=str(runs),
    )
    assert (status, out) == (130, "")
    assert err.splitlines()[-1].startswith("dsp: interrupted")
    assert "Traceback" not in err
    assert not (tmp_path / "p.json").exists()
    (folder,) = runs.iterdir()
    lines = (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(json.loads(line)["stage"] == "before" for line in lines[:-1])
    assert not (folder / "run.json").exists()


def test_ctrl_c_in_a_build_leaves_the_index_that_was_there(tmp_path: Path) -> None:
    """The corpus is a pipe that never ends: the build is at work until it is interrupted."""
    to, pipe = tmp_path / "index", tmp_path / "corpus.jsonl"
    good = tmp_path / "good.jsonl"
    good.write_text('{"id": "1", "text": "one"}\n', encoding="utf-8")
    assert run("index", "build", good, "--to", to).returncode == 0
    before = run("index", "info", to, "--json").stdout
    with pipe.open("w", encoding="utf-8") as stream:
        for number in range(200_000):
            stream.write(f'{{"id": "{number}", "text": "some text of passage {number}"}}\n')
    generations = len(list(to.glob("gen-*")))
    status, out, err = interrupted(
        ["index", "build", str(pipe), "--to", str(to)], lambda: len(list(to.glob("gen-*"))) > generations
    )
    assert (status, out) == (130, "")
    assert err.startswith("dsp: interrupted")
    assert run("index", "info", to, "--json").stdout == before
    assert run("index", "verify", to).returncode == 0
    assert len(list(to.glob("gen-*"))) == 1
