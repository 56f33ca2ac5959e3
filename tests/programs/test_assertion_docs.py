from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import dsp

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "assertions.md").read_text("utf-8")


def test_the_program_on_the_page_prints_what_the_page_says() -> None:
    [code] = re.findall(r"^```python\n(.*?)^```", TEXT, re.M | re.S)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "docs/assertions.md", "exec"), {"__name__": "page"})
    said = re.search(r"^prints `(.*?)` and `(.*?)`", TEXT, re.M)
    assert said is not None
    assert printed.getvalue().splitlines() == list(said.groups())


def test_every_name_on_the_page_is_there() -> None:
    names = set(re.findall(r"\bdsp\.([A-Za-z]\w*)", TEXT)) - {"lms", "assertions"}
    assert names
    assert {name for name in names if not hasattr(dsp, name)} == set()
