from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

import pytest

from indexes import FileCorpus
from indexes.corpora import FORMATS, worker, workers
from indexes.corpora.workers import Task, Workers


def task(path: Path, format_name: str = "text") -> Task:
    said = {"format": format_name, "path": str(path), "name": path.name, "member": False, "splitter": ["words", 3, 0]}
    return Task(said)


def test_tasks_are_answered_in_their_order(tmp_path: Path) -> None:
    paths = []
    for number in range(20):
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_text(f"text {number} " * 200 * (20 - number), encoding="utf-8")
    with Workers(3) as several:
        events = list(several.events(task(path) for path in paths))
    assert [each[0][2] for each in events] == [f"{number}.txt#1" for number in range(20)]


def test_a_crash_costs_one_file_and_names_it(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("words", encoding="utf-8")
    with Workers(1) as one:
        events = list(one.events([task(tmp_path / "bad", "no such format"), task(tmp_path / "good.txt")]))
    assert events[0][0][0] == "broken"
    assert str(tmp_path / "bad") in events[0][0][1]
    assert "unknown corpus format" in events[0][0][1]
    assert events[1][0][4] == "words"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "endless")
    with Workers(1, seconds=0.5) as one:
        [[event]] = one.events([task(tmp_path / "endless")])
    assert event[0] == "broken"
    assert "its parser took longer than 0.5 seconds" in event[1]


def test_nothing_is_left_running(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words", encoding="utf-8")
    with Workers(2) as two:
        list(two.events([task(tmp_path / "a.txt")] * 5))
        processes = [process._process for process in two._all]
    assert processes
    assert all(process.poll() is not None for process in processes)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("indexes-corpora")]


def test_the_worker_answers_a_line_for_each_task(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "a.txt").write_text("one two three four", encoding="utf-8")
    assert worker.answer(task(tmp_path / "a.txt").said, b"") == [
        ["passage", 1, "a.txt#1", "a", "one two three", {"document": "a.txt", "start": 0, "end": 13}],
        ["passage", 1, "a.txt#2", "a", "four", {"document": "a.txt", "start": 14, "end": 18}],
    ]
    assert worker.answer(task(tmp_path / "none.txt").said, b"")[0][0] == "failed"
    json.dumps(worker.answer(task(tmp_path / "a.txt").said, b""))


def test_files_are_parsed_elsewhere_by_a_caller_without_a_main_guard(tmp_path: Path) -> None:
    pytest.importorskip("selectolax", reason="selectolax is not installed: pip install 'dsp[documents]'")
    import subprocess

    (tmp_path / "a.html").write_text("<p>words", encoding="utf-8")
    script = tmp_path / "script.py"
    script.write_text(f"import indexes\nprint([p.text for p in indexes.FileCorpus({str(tmp_path / 'a.html')!r})])\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "['words']\n"


def test_a_process_that_cannot_be_started_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from indexes.errors import CorpusError

    pytest.importorskip("selectolax", reason="selectolax is not installed: pip install 'dsp[documents]'")
    (tmp_path / "a.html").write_text("<p>words", encoding="utf-8")
    monkeypatch.setattr(workers.sys, "executable", str(tmp_path / "no python"))
    with pytest.raises(CorpusError, match=r"cannot be started.*workers=0"):
        list(FileCorpus(tmp_path / "a.html"))
    assert len(list(FileCorpus(tmp_path / "a.html", workers=0))) == 1


def test_formats_that_are_read_apart_are_built_in() -> None:
    """A worker process knows no format that was only registered in this one."""
    apart = [name for name in FORMATS.names() if getattr(FORMATS.get(name), "isolated", False)]
    assert apart == ["html", "pdf"]
