"""Passages that all libraries are given, and an index of them. Other people's deprecations are no failures of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import indexes
from indexes import Passage

PASSAGES = [
    Passage("emma", "Emma", "A novel by Jane Austen.", {"year": 1815, "source": "books/emma.txt"}),
    Passage("dune", "Dune", "A novel by Frank Herbert.", {"year": 1965}),
    Passage("mill", "", "A mill by the river."),
]


@pytest.fixture(autouse=True)
def _no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAYSTACK_TELEMETRY_ENABLED", "false")
    monkeypatch.setenv("LANGSMITH_TRACING", "false")


@pytest.fixture
def passages() -> list[Passage]:
    return PASSAGES


@pytest.fixture
def index(tmp_path: Path) -> Iterator[indexes.Index]:
    with indexes.build(PASSAGES, tmp_path / "index") as index:
        yield index
