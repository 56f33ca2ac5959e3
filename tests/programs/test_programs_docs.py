from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

import dsp

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "programs.md").read_text("utf-8")


def test_the_code_on_the_page_runs_from_top_to_bottom_and_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    blocks = re.findall(r"^```python\n(.*?)^```", TEXT, re.M | re.S)
    source = tmp_path / "page.py"
    source.write_text("\n\n".join(blocks), encoding="utf-8")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source.read_text("utf-8"), str(source), "exec"), {"__name__": "page"})
    said = re.findall(r"^prints\n\n```text\n(.*?)^```", TEXT, re.M | re.S)
    assert printed.getvalue() == "".join(said)


def test_every_name_on_the_page_is_there() -> None:
    names = set(re.findall(r"\bdsp\.([A-Za-z]\w*)", TEXT)) - {"lms", "modules", "execution", "callbacks"}
    assert names
    assert {name for name in names if not hasattr(dsp, name)} == set()
