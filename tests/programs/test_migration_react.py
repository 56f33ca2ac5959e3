"""Agents with tools as DSPy's users write them: only the import has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import pytest

import dsp as dspy
from dsp.testing.dummy import DummyLM


def evaluate_math(expression: str) -> float:
    """Works a sum or a product of two numbers out."""
    left, sign, right = expression.split()
    return float(left) + float(right) if sign == "+" else float(left) * float(right)


def step(tool: str, **args: Any) -> dict[str, Any]:
    return {"next_thought": f"I use {tool}.", "next_tool_name": tool, "next_tool_args": args}


END = [step("finish"), {"reasoning": "It was observed.", "answer": 4.0}]


def search_wikipedia(query: str) -> list[str]:
    """Finds passages."""
    return [str(passage) for passage in dspy.Retrieve(k=1)(query).passages]


def test_tools_are_called_in_turn_and_the_answer_has_its_type() -> None:
    said = [step("search_wikipedia", query="two"), step("evaluate_math", expression="2 * 2"), *END]
    with dspy.context(lm=DummyLM(said), rm=lambda query, k: [f"{query} is a number"]):
        react = dspy.ReAct("question -> answer: float", tools=[evaluate_math, search_wikipedia])
        pred = react(question="What is two times two?")
    assert pred.answer == 4.0
    trajectory = pred.trajectory
    assert trajectory["tool_name_0"] == "search_wikipedia"
    assert "two is a number" in trajectory["observation_0"]
    assert trajectory["observation_1"] == "4.0"
    assert trajectory["tool_name_2"] == "finish"


@pytest.mark.parametrize(
    "tool", [dspy.Tool(evaluate_math), dspy.Tool(evaluate_math, name="evaluate_math", desc="Sums.")]
)
def test_tools_may_be_wrapped_and_agents_awaited(tool: dspy.Tool) -> None:
    agent = dspy.ReAct("question -> answer: float", tools=[tool], max_iters=3)
    agent.set_lm(DummyLM([step("evaluate_math", expression="2 + 2"), *END]))
    assert asyncio.run(agent.acall(question="What is two and two?")).answer == 4.0


def test_a_class_keeps_its_agent_and_its_tools_change_what_it_knows() -> None:
    class Shelf(dspy.Module):
        """Looks after books."""

        def __init__(self) -> None:
            super().__init__()
            self.books: dict[str, int] = {}
            self.agent = dspy.ReAct("request -> answer", tools=[self.put, self.count], max_iters=4)

        def put(self, title: str, copies: int = 1) -> str:
            """Puts a book on the shelf."""
            self.books[title] = self.books.get(title, 0) + copies
            return "done"

        def count(self, title: str) -> int:
            """Counts the copies of a book."""
            return self.books[title]

        def forward(self, request: str) -> dspy.Prediction:
            return self.agent(request=request)

    shelf = Shelf()
    said = [step("put", title="Emma", copies="2"), step("count", title="Emma"), step("finish")]
    with dspy.context(lm=DummyLM([*said, {"reasoning": "-", "answer": "2"}])):
        prediction = shelf(request="Put two copies of Emma on the shelf.")
    assert shelf.books == {"Emma": 2}
    assert prediction.trajectory["observation_1"] == "2"


def test_an_agent_is_compiled_as_any_program_is() -> None:
    train = [
        dspy.Example(question=f"What is two times two, {n}?", answer=4.0).with_inputs("question") for n in range(2)
    ]
    said = {
        "what is known now, and what is to be done next": step("finish"),
        "question": {"reasoning": "-", "answer": 4.0},
    }

    def metric(example: dspy.Example, prediction: dspy.Prediction, trace: Any = None) -> bool:
        return bool(example.answer == prediction.answer)

    agent = dspy.ReAct("question -> answer: float", tools=[evaluate_math])

    def complete(request: Any) -> str:
        asked = request.messages[0]["content"]
        fields = said["question"] if "next_tool_name" not in asked else step("finish")
        return "\n".join(f"[[ ## {name} ## ]]\n{value if value != {} else '{}'}" for name, value in fields.items())

    from dsp.lms.scripted import Scripted

    with dspy.context(lm=Scripted(complete)):
        compiled = dspy.BootstrapFewShot(metric=metric, max_rounds=1).compile(agent, trainset=train)
    assert [len(predictor.demos) for predictor in compiled.predictors()] == [2, 2]


class Triage(dspy.Signature):
    """Sort a message."""

    message: str = dspy.InputField()
    kind: Literal["praise", "complaint"] = dspy.OutputField()
    urgency: int = dspy.OutputField(ge=1, le=5)


@pytest.mark.parametrize("make", [dspy.Predict, dspy.ChainOfThought])
def test_a_classifier_gives_typed_fields(make: Callable[..., dspy.Predict]) -> None:
    classify = make(Triage, lm=DummyLM([{"reasoning": "-", "kind": "Complaint.", "urgency": "4"}]))
    prediction = classify(message="It broke again!")
    assert (prediction.kind, prediction.urgency) == ("complaint", 4)
