"""The examples in docstrings run as they are written: of every file, and the public verbs and modules each have one."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

import dsp

PACKAGE = Path(dsp.__file__).parent
FILES = sorted(path for path in PACKAGE.rglob("*.py") if ">>> " in path.read_text("utf-8"))

VERBS_AND_MODULES = [
    *("all_but", "annotate", "answer_match", "branch", "crossval", "deduplicate", "fused_retrieval", "generate", "knn"),
    *("majority", "most_common", "passage_match", "rank", "rerank", "retrieve", "retrieve_ensemble", "retrieve_unseen"),
    *("retrieve_rerank_ensemble", "sample", "transformation", "Completions", "Example", "Template", "Type"),
    *(
        "Assert",
        "Baleen",
        "BestOfN",
        "ChainOfThought",
        "CitedMultiHop",
        "CodeAct",
        "Embedder",
        "Embeddings",
        "Ensemble",
        "KNN",
    ),
    *("Majority", "MultiChainComparison", "MultiHop", "NearestDemos", "Parallel", "Predict", "ProgramOfThought"),
    *("ReAct", "Refine", "Retrieve", "SelfAsk", "Suggest", "Tool"),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_examples_of_its_docstrings_run(path: Path) -> None:
    name = ".".join(("dsp", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0, f"{name} has no example"
    assert results.failed == 0


@pytest.mark.parametrize("name", VERBS_AND_MODULES)
def test_every_verb_and_module_has_an_example_in_its_docstring(name: str) -> None:
    said = inspect.getdoc(getattr(dsp, name)) or ""
    assert ">>> " in said, f"dsp.{name} has no example that runs"
