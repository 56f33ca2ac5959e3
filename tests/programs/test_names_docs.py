"""docs/names.md is true: every name that it says is here is here, and every test that it names exists."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

import dsp
from dsp.absent import ABSENT

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `(?P<there>[^`]+)` \| (?P<here>[^|]+) \| (?P<shown>.+) \|$", re.M)
ROWS = [match.groupdict() for match in ROW.finditer((ROOT / "docs" / "names.md").read_text("utf-8"))]
HERE = sorted({name for row in ROWS for name in re.findall(r"`([^`]+)`", row["here"])})
TESTS = sorted({row["shown"].strip("`") for row in ROWS if row["here"] != "—"})
ABSENT_HERE = [row["there"] for row in ROWS if row["here"] == "—"]


@cache
def functions_in(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_the_page_has_rows() -> None:
    lines = (ROOT / "docs" / "names.md").read_text("utf-8").splitlines()
    assert len(ROWS) == len([line for line in lines if line.startswith("| `")]) > 200


@pytest.mark.parametrize("name", HERE)
def test_a_name_that_is_said_to_be_here_is_here(name: str) -> None:
    parts = name.split(".")
    found: object = importlib.import_module(parts[0])
    for place, part in enumerate(parts[1:], 1):
        if not hasattr(found, part):
            importlib.import_module(".".join(parts[: place + 1]))
        found = getattr(found, part)


@pytest.mark.parametrize("test", TESTS)
def test_a_test_that_is_named_exists(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in functions_in(ROOT / path)


@pytest.mark.parametrize("there", ABSENT_HERE)
def test_a_name_that_is_said_to_be_absent_is(there: str) -> None:
    package, _, name = there.partition(".")
    if package in ("dsp", "dspy") and name.isidentifier() and name not in ("evaluate", "inspect"):
        with pytest.raises(AttributeError):
            getattr(dsp, name)


def test_every_public_name_and_every_absent_one_has_a_row() -> None:
    said = {name.removeprefix("dsp.").split(".")[0] for name in HERE if name.startswith("dsp.")}
    assert set(dsp.__all__) - said == set()
    absent = {there.split(".")[-1] for there in ABSENT_HERE}
    elsewhere = {there.split(".")[-1] for there in (row["there"] for row in ROWS)}
    assert set(ABSENT) - absent - elsewhere == set()
