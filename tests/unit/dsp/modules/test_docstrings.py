"""The examples in docstrings run as they are written."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = [
    "dsp.demonstrate.knn",
    "dsp.demonstrate.transformation",
    "dsp.modules.baleen",
    "dsp.modules.best_of_n",
    "dsp.modules.ensemble",
    "dsp.modules.knn",
    "dsp.modules.majority",
    "dsp.modules.multi_chain_comparison",
    "dsp.modules.nearest_demos",
    "dsp.modules.parallel",
    "dsp.modules.program_of_thought",
    "dsp.modules.react",
    "dsp.modules.refine",
    "dsp.modules.sandbox",
    "dsp.modules.self_ask",
    "dsp.modules.tools",
    "dsp.predict.majority",
    "dsp.predict.template",
    "dsp.search.rank",
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_its_docstrings_run(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0, f"{name} has no example"
    assert results.failed == 0
