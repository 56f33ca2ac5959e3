"""A saved program that somebody edited: what is right is taken, what is nearly right is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsp.errors import ProgramFileError
from dsp.modules.multi_hop import MultiHop
from dsp.types.example import Example

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def load(tmp_path: Path) -> Callable[[Edit], MultiHop]:
    def edited(edit: Edit) -> MultiHop:
        program = MultiHop()
        program.generate_query[0].demos = [Example(context=[], question="q", search_query="s", augmented=True)]
        program.save(tmp_path / "p.json")
        content = json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))
        edit(content["predictors"]["generate_query.0"])
        (tmp_path / "p.json").write_text(json.dumps(content), encoding="utf-8")
        again = MultiHop()
        again.load(tmp_path / "p.json")
        return again

    return edited


def test_instructions_and_demonstrations_are_taken_as_edited(load: Callable[[Edit], MultiHop]) -> None:
    def edit(state: dict[str, Any]) -> None:
        state["signature"]["instructions"] = "Ask well."
        state["demos"][0]["search_query"] = "better"
        state["config"]["temperature"] = 0.5

    (predictor,) = load(edit).generate_query
    assert predictor.signature.instructions == "Ask well."
    assert predictor.demos[0].search_query == "better"
    assert predictor.config["temperature"] == 0.5


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda s: s["demos"][0].update(serch_query=s["demos"][0].pop("search_query")), 'is "search_query" meant'),
        (lambda s: s["signature"].update(instructions=5), '"instructions" must be a text'),
        (lambda s: s["signature"]["fields"][0].update(role="inptu"), 'must have the role "input"'),
        (lambda s: s["signature"]["fields"][0].update(label=5), '"label" must be a text'),
        (lambda s: s["config"].update(model="evil"), "has model"),
        (lambda s: s["config"].update(tools=[]), "has tools"),
        (lambda s: s["demos"].append("x"), "demonstration 2 must be an object"),
    ],
)
def test_what_is_nearly_right_is_named(load: Callable[[Edit], MultiHop], edit: Edit, said: str) -> None:
    with pytest.raises(ProgramFileError, match=said):
        load(edit)
