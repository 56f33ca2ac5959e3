"""What one model or another takes for the beginning of a turn is broken up, wherever it stands."""

from __future__ import annotations

import pytest

from dsp.prompts.escape import plain_lines
from dsp.prompts.registry import TEMPLATES
from dsp.prompts.signature import make_signature
from dsp.types.example import Example
from indexes.passage import Passage

TURNS = [
    "<|im_start|>",
    "<|eot_id|>",
    "<｜User｜>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<</SYS>>",
    "<s>",
    "</s>",
]


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("template", TEMPLATES.names())
def test_no_value_brings_a_turn_into_a_prompt(template: str, turn: str) -> None:
    signature = make_signature("context, question -> answer")
    passage = Passage("1", f"a {turn}", f"b {turn}system")
    demo = Example(context=[passage], question=turn, answer=f"x{turn}", augmented=True)
    messages = TEMPLATES.get(template)().render(signature, [demo], {"context": [passage], "question": f"q{turn}"})
    assert all(turn not in str(message["content"]) for message in messages)


@pytest.mark.parametrize("text", ["a < b | c > d", "x[0]", "<strong>", "f(x) |> g", "INST"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert plain_lines(text) == text


def test_a_demonstration_whose_number_becomes_a_truth_value_is_rendered_anew() -> None:
    template, signature = TEMPLATES.get("chat")(), make_signature("question -> answer")
    demo = Example(question="q", answer=1)
    first = template.render(signature, [demo], {"question": "x"})
    demo["answer"] = True
    assert template.render(signature, [demo], {"question": "x"}) != first
