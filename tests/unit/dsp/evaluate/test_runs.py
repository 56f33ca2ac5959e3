from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dsp.errors import DataError
from dsp.evaluate.results import ExampleResult
from dsp.evaluate.runs import RunFolder
from dsp.types.example import Example
from dsp.types.prediction import Prediction


def result(index: int, answer: str = "a") -> ExampleResult:
    return ExampleResult(index, Example(id=f"e{index}", question="q"), Prediction(answer=answer), {"em": 1.0})


def lines(folder: RunFolder) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder.path / "results.jsonl").read_text(encoding="utf-8").splitlines()]


def test_results_grow_line_by_line_and_the_summary_comes_last(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "runs", "evaluate") as folder:
        folder.add(result(0))
        assert [line["id"] for line in lines(folder)] == ["e0"]
        folder.add_stage("after", result(1))
        assert not (folder.path / "run.json").exists()
        folder.finish({"n": 2})
    assert [line.get("stage") for line in lines(folder)] == [None, "after"]
    summary = json.loads((folder.path / "run.json").read_text(encoding="utf-8"))
    assert summary == {"format": "dsp.run", "version": 1, "kind": "evaluate", "n": 2}
    assert sorted(entry.name for entry in folder.path.iterdir()) == ["results.jsonl", "run.json"]


def test_a_run_that_is_cut_off_keeps_what_it_finished_and_has_no_summary(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "evaluate")
    folder.add(result(0))
    with pytest.raises(KeyboardInterrupt), folder:
        raise KeyboardInterrupt
    assert len(lines(folder)) == 1
    assert [entry.name for entry in folder.path.iterdir()] == ["results.jsonl"]


def test_a_run_that_fails_before_its_first_result_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError), RunFolder(tmp_path / "runs", "evaluate"):
        raise ValueError
    assert list((tmp_path / "runs").iterdir()) == []


def test_runs_of_the_same_second_have_folders_of_their_own(tmp_path: Path) -> None:
    paths = set()
    for _ in range(5):
        with RunFolder(tmp_path, "evaluate") as folder:
            paths.add(folder.path)
    assert len(paths) == 5
    assert all(path.name.split("-")[2] == "evaluate" for path in paths)


def test_lines_of_many_threads_do_not_mix(tmp_path: Path) -> None:
    with RunFolder(tmp_path, "evaluate") as folder, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda index: folder.add(result(index, "x" * 5000)), range(100)))
    assert sorted(str(line["id"]) for line in lines(folder)) == sorted(f"e{index}" for index in range(100))


def test_half_a_character_and_line_ends_stay_on_one_line(tmp_path: Path) -> None:
    text = "half \ud800 \u2028 \r\n end"
    with RunFolder(tmp_path, "evaluate") as folder:
        folder.add(result(0, text))
    raw = (folder.path / "results.jsonl").read_bytes()
    assert raw.count(b"\n") == 1
    assert json.loads(raw)["prediction"]["answer"] == text


def test_a_place_where_no_folder_can_be_made_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be made \(.+\); choose another place for runs with --runs DIR"):
        RunFolder(tmp_path / "file", "evaluate")


def test_a_line_that_cannot_be_written_is_an_error_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        write: Callable[[str], int] = staticmethod(lambda text: len(text))

        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    with RunFolder(tmp_path, "evaluate") as folder:
        good = folder._lines
        monkeypatch.setattr(folder, "_lines", Full())
        with pytest.raises(DataError, match=r"results\.jsonl: cannot be written \(No space left on device\)"):
            folder.add(result(0))
        monkeypatch.setattr(folder, "_lines", good)
