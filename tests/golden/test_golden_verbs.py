"""What the verbs, the judges and the calls of tools ask, word for word: every message of every request of one call.

Written anew as `test_golden_prompts` says.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dsp
from dsp.evaluate import CompleteAndGrounded, SemanticF1
from dsp.lms.scripted import Scripted
from dsp.types.messages import text_of
from indexes.passage import Hit, Passage

FOLDER = Path(__file__).parent / "verbs"

EMMA = Hit(Passage("1", "Emma (novel)", "Emma is a novel by Jane Austen."), 7.5, 1, "bm25")
AUSTEN = Hit(Passage("2", "Jane Austen", "Jane Austen was born in Steventon."), 5.0, 2, "bm25")
QA = dsp.Template(
    "Answer in a few words.",
    context=dsp.Type("Context:", "${passages that may hold the answer}", dsp.passages2text),
    question=dsp.Type("Question:", "${what is asked}"),
    rationale=dsp.Type("Rationale: Step by step:", "${how the passages lead to the answer}"),
    answer=dsp.Type("Answer:", "${a short phrase}", dsp.format_answers),
)
HOP = dsp.Template(
    "Ask for what is missing.", question=dsp.Type("Question:"), why=dsp.Type("Why:"), query=dsp.Type("Query:")
)
RAW = dsp.Example(question="Who wrote Dune?", answer=["Frank Herbert", "Herbert"])
WORKED_OUT = dsp.Example(
    question="Who wrote Emma?",
    augmented=True,
    qa=dsp.Example(context=[EMMA], question="Who wrote Emma?", rationale="It says so.", answer="Jane Austen"),
)
ASKED = dsp.Example(question="Where was the author of Emma born?", context=[EMMA, AUSTEN], demos=[RAW, WORKED_OUT])
EXPECTED = dsp.Example(question="Who wrote Emma?", response="Jane Austen")
GIVEN = dsp.Prediction(response="Miss Austen", context=[EMMA])


def in_two_hops() -> None:
    example = dsp.Example(question="Where was the author of Emma born?")
    for number in range(2):
        example, _ = dsp.generate(HOP)(example, stage=f"hop{number}")


class Assist(dsp.Signature):
    """Choose the calls that help to answer."""

    question: str = dsp.InputField()
    tools: list[dsp.Tool] = dsp.InputField()
    outputs: dsp.ToolCalls = dsp.OutputField()


def look_up(name: str, year: int = 1815) -> str:
    """Looks a name up."""
    return f"{name} {year}"


JUDGED = "[[ ## reasoning ## ]]\nr\n[[ ## recall ## ]]\n1\n[[ ## precision ## ]]\n1"
IDEAS = f"[[ ## ideas_expected ## ]]\n-\n[[ ## ideas_given ## ]]\n-\n{JUDGED}"
CASES: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "generate-by-template": (lambda: dsp.generate(QA)(ASKED, stage="qa"), ["It says so.\nAnswer: Steventon"]),
    "generate-going-on": (lambda: dsp.generate(QA)(ASKED, stage="qa"), ["It says so.", "Steventon"]),
    "generate-in-two-hops": (in_two_hops, ["One.\nQuery: Emma", "Two.\nQuery: Austen"]),
    "generate-by-signature": (
        lambda: dsp.generate("context, question -> answer")(ASKED, stage="qa"),
        ["[[ ## answer ## ]]\nSteventon"],
    ),
    "semantic-f1": (lambda: SemanticF1()(EXPECTED, GIVEN), [JUDGED]),
    "semantic-f1-by-ideas": (lambda: SemanticF1(decompositional=True)(EXPECTED, GIVEN), [IDEAS]),
    "complete-and-grounded": (
        lambda: CompleteAndGrounded()(EXPECTED, GIVEN),
        [f"[[ ## reasoning ## ]]\nr\n[[ ## {name} ## ]]\n1" for name in ("completeness", "groundedness")],
    ),
    "an-agent-that-writes-programs": (
        lambda: dsp.CodeAct("question -> answer", tools=[look_up], run_code=True)(question="Who?"),
        [
            "[[ ## generated_code ## ]]\nprint(look_up('Emma'))\n[[ ## finished ## ]]\nyes",
            "[[ ## reasoning ## ]]\nr\n[[ ## answer ## ]]\na",
        ],
    ),
    "calls-of-tools": (
        lambda: dsp.Predict(Assist)(question="Who?", tools=[dsp.Tool(look_up)]),
        ['[[ ## outputs ## ]]\n{"tool_calls": []}'],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_asked_is_word_for_word_what_it_was(case: str, request: pytest.FixtureRequest) -> None:
    run, said = CASES[case]
    lm = Scripted(said)
    with dsp.context(lm=lm, repairs=0):
        run()
    messages = [message for asked in lm.requests for message in asked.messages]
    text = "\n".join(f"===== {message['role']} =====\n{text_of(message)}" for message in messages) + "\n"
    path = FOLDER / f"{case}.txt"
    if request.config.getoption("--renew-golden"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.is_file(), f"{path.name} is missing: write it with --renew-golden"
    assert text == path.read_bytes().decode("utf-8")


def test_every_golden_file_is_compared_with_something() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(CASES)
