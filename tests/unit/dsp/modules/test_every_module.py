"""What holds for every module and every program that comes along: it is called and awaited alike, a call's `config=`
reaches every request, every request is a step of the trace, and what it holds is saved and loaded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import dsp
from dsp.demonstrate.knn import question_text
from dsp.evaluate.metrics.complete_and_grounded import CompleteAndGrounded
from dsp.evaluate.metrics.semantic_f1 import SemanticF1
from dsp.lms.scripted import Scripted
from dsp.programs.majority import MajorityMultiHop
from dsp.programs.plain_multihop import PlainMultiHop
from dsp.programs.rag import RAG
from dsp.programs.react import ReActSearch
from dsp.programs.vanilla import Vanilla
from dsp.trace import record
from dsp.types.messages import LMRequest

Answer = Callable[[str, Mapping[str, str], LMRequest], str]
QA = "question -> answer"
ASKED = {"question": "Where did the writer of Emma grow up?"}
EXAMPLE = dsp.Example(**ASKED, response="Steventon")
JUDGED = {"example": EXAMPLE, "pred": dsp.Prediction(response="Steventon", context=["Emma | A novel."])}
SAID = {
    "next_tool_name": "finish",
    "next_tool_args": "{}",
    "generated_code": "print(6 * 7)",
    "search_query": "Jane Austen",
    "enough": "no",
    "finished": "yes",
    "recall": "1.0",
    "precision": "0.5",
    "completeness": "1.0",
    "groundedness": "0.5",
}


def nearest() -> dsp.Module:
    program = dsp.Predict(QA)
    program.demos = [dsp.Example(question=f"q{number}", answer="a") for number in range(4)]
    return dsp.NearestDemos(program, 2)


def reward(inputs: Mapping[str, Any], prediction: dsp.Prediction) -> float:
    return 0.5


MODULES: dict[str, tuple[Callable[[], dsp.Module], Mapping[str, Any]]] = {
    "Predict": (lambda: dsp.Predict(QA), ASKED),
    "ChainOfThought": (lambda: dsp.ChainOfThought(QA), ASKED),
    "MultiHop": (lambda: dsp.MultiHop(k=2, queries=1), ASKED),
    "Baleen": (lambda: dsp.Baleen(k=1, hops=2, queries=1), ASKED),
    "SelfAsk": (lambda: dsp.SelfAsk(k=1), ASKED),
    "ReAct": (lambda: dsp.ReAct(QA, tools=[question_text], max_iters=2), ASKED),
    "ProgramOfThought": (lambda: dsp.ProgramOfThought(QA, run_code=True), ASKED),
    "CodeAct": (lambda: dsp.CodeAct(QA, max_iters=2, run_code=True), ASKED),
    "MultiChainComparison": (
        lambda: dsp.MultiChainComparison(QA, M=2),
        {"": [{"reasoning": "r", "answer": "a"}] * 2, **ASKED},
    ),
    "BestOfN": (lambda: dsp.BestOfN(dsp.Predict(QA), N=2, reward_fn=reward, threshold=1.0), ASKED),
    "Refine": (lambda: dsp.Refine(dsp.Predict(QA), N=2, reward_fn=reward, threshold=1.0), ASKED),
    "Majority": (lambda: dsp.Majority(dsp.Predict(QA), n=3), ASKED),
    "Ensemble": (lambda: dsp.Ensemble([dsp.Predict(QA), dsp.ChainOfThought(QA)]), ASKED),
    "NearestDemos": (nearest, ASKED),
    "Cited": (lambda: dsp.Cited(RAG(k=1)), ASKED),
    "CitedMultiHop": (lambda: dsp.CitedMultiHop(k=1, queries=1), ASKED),
    "vanilla": (Vanilla, ASKED),
    "rag": (lambda: RAG(k=2), ASKED),
    "plain_multihop": (lambda: PlainMultiHop(k=1, queries=1), ASKED),
    "majority": (lambda: MajorityMultiHop(branches=2, k=1, queries=1), ASKED),
    "react": (lambda: ReActSearch(k=1, max_iters=2), ASKED),
}
JUDGES: dict[str, tuple[Callable[[], dsp.Module], Mapping[str, Any]]] = {
    "SemanticF1": (SemanticF1, JUDGED),
    "CompleteAndGrounded": (CompleteAndGrounded, JUDGED),
}


def split(inputs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """What is given by place (under the empty name), and what by name."""
    return [inputs[""]] if "" in inputs else [], {name: value for name, value in inputs.items() if name}


@pytest.fixture
def lm(chat_lm: Callable[[Answer], Scripted]) -> Scripted:
    return chat_lm(lambda name, inputs, request: SAID.get(name, "Steventon"))


@pytest.fixture(params=[*MODULES, *JUDGES])
def made(request: pytest.FixtureRequest) -> tuple[dsp.Module, Mapping[str, Any]]:
    make, inputs = {**MODULES, **JUDGES}[request.param]
    return make(), inputs


def test_called_and_awaited_it_asks_and_answers_alike(
    made: tuple[dsp.Module, Mapping[str, Any]], lm: Scripted, retriever: Any
) -> None:
    module, (args, inputs) = made[0], split(made[1])
    with dsp.context(lm=lm, rm=retriever):
        called = module(*args, **inputs)
        asked = list(lm.requests)
        lm.requests.clear()
        awaited = asyncio.run(module.acall(*args, **inputs))
    assert dict(called) == dict(awaited)
    assert sorted(map(repr, asked)) == sorted(map(repr, lm.requests))


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("awaited", [False, True])
def test_a_calls_config_reaches_every_request(name: str, awaited: bool, lm: Scripted, retriever: Any) -> None:
    make, given = MODULES[name]
    module, config = make(), {"temperature": 0.25, "max_tokens": 77}
    args, inputs = split(given)
    with dsp.context(lm=lm, rm=retriever):
        if awaited:
            asyncio.run(module.acall(*args, **inputs, config=config))
        else:
            module(*args, **inputs, config=config)
    assert lm.requests
    assert {(request.temperature, request.max_tokens) for request in lm.requests} == {(0.25, 77)}


def test_every_request_is_a_step_of_the_trace_with_its_cost(
    made: tuple[dsp.Module, Mapping[str, Any]], lm: Scripted, retriever: Any
) -> None:
    module, (args, inputs) = made[0], split(made[1])
    with dsp.context(lm=lm, rm=retriever), record() as trace:
        module(*args, **inputs)
    assert len([step for step in trace if step.kind == "predict"]) == len(lm.requests)
    assert trace.usage.calls == len(lm.requests)
    assert trace.to_dict()["version"] >= 1


def test_what_it_holds_is_saved_and_loaded(made: tuple[dsp.Module, Mapping[str, Any]], tmp_path: Path) -> None:
    module, _ = made
    for number, predictor in enumerate(module.predictors()):
        fields = predictor.signature.fields
        predictor.demos = [dsp.Example({name: f"{name} {number}" for name in fields}, augmented=True)]
        predictor.signature = predictor.signature.with_instructions(f"Do what number {number} does.")
        predictor.config = {**predictor.config, "temperature": 0.5}
    module.save(tmp_path / "module.json")
    blank = module.reset_copy()
    for predictor in blank.predictors():
        predictor.config = {}
    blank.load(tmp_path / "module.json")
    assert blank.dump_state() == module.dump_state()
    assert [predictor.demos for predictor in blank.predictors()] == [part.demos for part in module.predictors()]
