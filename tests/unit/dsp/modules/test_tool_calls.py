"""Calls that an LM asks for as an output: shown the tools, read from JSON, made by the program alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import dsp
from dsp.errors import ParseError, ToolArgumentsError, ToolError
from dsp.lms.scripted import Scripted


def population(town: str) -> int:
    """Says how many people live in a town."""
    return {"Lviv": 717_500}[town]


class Assist(dsp.Signature):
    """Choose the calls that help to answer."""

    question: str = dsp.InputField()
    tools: list[dsp.Tool] = dsp.InputField()
    outputs: dsp.ToolCalls = dsp.OutputField()


def asked(said: str, template: str = "chat") -> tuple[dsp.Prediction, Scripted]:
    lm = Scripted([said])
    with dsp.context(lm=lm, template=template, repairs=0):
        return dsp.Predict(Assist)(question="How many?", tools=[dsp.Tool(population)]), lm


@pytest.mark.parametrize(
    ("template", "form"), [("chat", "[[ ## outputs ## ]]\n{}"), ("json", '{{"outputs": {}}}'), ("plain", "{}")]
)
def test_the_calls_are_read_and_made_by_the_program(template: str, form: str) -> None:
    prediction, lm = asked(form.format('{"tool_calls": [{"name": "population", "args": {"town": "Lviv"}}]}'), template)
    (call,) = prediction.outputs.tool_calls
    assert (call.name, call.args) == ("population", {"town": "Lviv"})
    assert call.execute([population]) == call.execute({"population": dsp.Tool(population)}) == 717_500
    prompt = str(lm.requests[0].messages)
    assert "population(town: text): Says how many people live in a town." in prompt


@pytest.mark.parametrize("said", ['{"tool_calls": 7}', '{"calls": []}', '{"tool_calls": [{"args": {}}]}', "x()"])
def test_what_are_no_calls_is_a_parse_error(said: str) -> None:
    with pytest.raises(ParseError) as caught:
        asked(f"[[ ## outputs ## ]]\n{said}")
    assert caught.value.field == "outputs"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ({"name": "nobody"}, ToolArgumentsError),
        ({"name": "population"}, ToolArgumentsError),
        ({"name": "population", "args": {"town": "Nowhere"}}, ToolError),
    ],
)
def test_a_call_that_cannot_be_made_is_a_tool_error(call: Mapping[str, Any], error: type[ToolError]) -> None:
    with pytest.raises(error):
        dsp.ToolCalls.from_dict_list([call]).tool_calls[0].execute([population])


def test_no_calls_are_none_and_calls_may_be_written_in_code() -> None:
    assert asked('[[ ## outputs ## ]]\n{"tool_calls": []}')[0].outputs.tool_calls == []
    assert dsp.ToolCalls([dsp.ToolCalls.ToolCall("population", {"town": "Lviv"})]).tool_calls[0].args["town"] == "Lviv"
