"""docs/from-dspy.md: its code runs, and the names that it tells of are there."""

from __future__ import annotations

import re
from pathlib import Path

import dsp

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "from-dspy.md").read_text("utf-8")


def test_the_code_on_the_page_runs() -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", TEXT, re.M | re.S)
    exec(compile(block, "docs/from-dspy.md", "exec"), {"__name__": "page"})


def test_every_name_of_ours_on_the_page_is_there() -> None:
    names = set(re.findall(r"\bdsp\.([A-Za-z]\w*)", TEXT))
    assert names
    assert {name for name in names if not hasattr(dsp, name)} == set()


def test_every_page_and_folder_that_it_points_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / "docs" / target).exists(), target
    assert {path.name for path in ROOT.glob("examples/paper_*.py")} == {
        "paper_open_qa.py",
        "paper_multihop_qa.py",
        "paper_conversational_qa.py",
    }
