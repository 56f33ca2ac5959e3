"""Quiz questions with answer choices that are fit to be shown: a task of DSPy Assertions (arXiv 2312.13382).

    python examples/assertions_quiz.py                          a stand-in writes: the embedded LM makes nothing up
    python examples/assertions_quiz.py --lm openai/gpt-4o-mini

From a question and its answer the program makes choices: a JSON object of letters and texts. It demands that they be
such an object, that the right answer be among them once, and that they differ; it wishes that the wrong ones be
plausible, of which another predictor is the judge.
"""

from __future__ import annotations

import argparse
import json
import logging
import string

import dsp
from dsp.lms.scripted import Scripted
from dsp.types.messages import LMRequest

DEV = [
    dsp.Example(question="Which port lies on the western coast?", answer="Corran").with_inputs("question", "answer"),
    dsp.Example(question="Who wrote Emma?", answer="Jane Austen").with_inputs("question", "answer"),
]


class Choices(dsp.Signature):
    """Write answer choices for a quiz question: the right answer, and plausible wrong ones."""

    question = dsp.InputField()
    correct_answer = dsp.InputField()
    number_of_choices: int = dsp.InputField()
    answer_choices = dsp.OutputField(desc='a JSON object of letters and choices: {"A": "…", "B": "…"}')


class Plausible(dsp.Signature):
    """Say whether the wrong choices of a quiz question are plausible, neither easy nor obviously wrong."""

    question = dsp.InputField()
    answer_choices = dsp.InputField()
    plausible: bool = dsp.OutputField()


def choices_of(text: str) -> dict[str, str]:
    """The choices by letter; none where the text is no JSON object of strings."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    fits = isinstance(read, dict) and all(isinstance(choice, str) for choice in read.values())
    return dict(read) if fits else {}


def well_formed(text: str, count: int) -> bool:
    return list(choices_of(text)) == list(string.ascii_uppercase[:count])


def holds_once(text: str, answer: str) -> bool:
    return list(choices_of(text).values()).count(answer) == 1


def distinct(text: str) -> bool:
    given = [choice.casefold().strip() for choice in choices_of(text).values()]
    return len(set(given)) == len(given)


class Quiz(dsp.Module):
    """Makes `choices` answer choices (up to 26) for a question whose answer is known."""

    def __init__(self, *, choices: int = 4) -> None:
        self.choices = choices
        self.write = dsp.Predict(Choices)
        self.judge = dsp.Predict(Plausible)

    def forward(self, question: str, answer: str) -> dsp.Prediction:
        text = self.write(question=question, correct_answer=answer, number_of_choices=self.choices).answer_choices
        letters = ", ".join(string.ascii_uppercase[: self.choices])
        dsp.Assert(
            well_formed(text, self.choices),
            f"Write one JSON object and nothing else; its keys are {letters}, its values the choices.",
            self.write,
            name="form",
        )
        dsp.Assert(holds_once(text, answer), f'Have "{answer}" among the choices, once.', self.write, name="answer")
        dsp.Assert(distinct(text), "Let no two choices be the same.", self.write, name="distinct")
        plausible = self.judge(question=question, answer_choices=text).plausible
        dsp.Suggest(plausible, "Make the wrong choices more plausible.", self.write, name="plausible")
        return dsp.Prediction(answer_choices=text, choices=choices_of(text), plausible=plausible)


def valid(example: dsp.Example, prediction: dsp.Prediction, trace: object = None) -> float:
    """1 where the choices have the form, hold the answer once, and differ. Intrinsic: it needs no further labels."""
    text = str(prediction.get("answer_choices", ""))
    return float(well_formed(text, len(choices_of(text)) or 4) and holds_once(text, example.answer) and distinct(text))


def judged_plausible(example: dsp.Example, prediction: dsp.Prediction, trace: object = None) -> float:
    return float(bool(prediction.get("plausible")))


METRICS = {"valid": valid, "plausible": judged_plausible}

# What a model might write, first and each time it is told.
WRITES = {
    "Corran": [
        "A) Corran B) Ostry",
        '{"A": "Ostry", "B": "Vell", "C": "Pelham", "D": "Estmere"}',
        '{"A": "Ostry", "B": "Corran", "C": "Pelham", "D": "Estmere"}',
    ],
    "Jane Austen": [
        '{"A": "A fish", "B": "Jane Austen", "C": "The moon", "D": "Nobody"}',
        '{"A": "Mary Shelley", "B": "Jane Austen", "C": "Maria Edgeworth", "D": "Fanny Burney"}',
    ],
}


def stand_in(request: LMRequest) -> str:
    turn = request.messages[-1]["content"]
    if "`[[ ## plausible ## ]]`" in turn:
        return str("A fish" not in turn)
    written = next(texts for answer, texts in WRITES.items() if f"## correct_answer ## ]]\n{answer}" in turn)
    return next((text for text in written if text not in turn), written[-1])  # what it has not written before


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Quiz questions with answer choices fit to be shown.")
    parser.add_argument("--lm", help="provider/model (default: a stand-in with what a model might write)")
    options = parser.parse_args(arguments)
    logging.getLogger("dsp.assertions").setLevel(logging.ERROR)  # what is passed over is counted below
    with dsp.context(lm=dsp.LM(options.lm) if options.lm else Scripted(stand_in)):
        for title, handler in (("Unguarded", dsp.noop_handler), ("Guarded", dsp.backtrack_handler)):
            program = Quiz().activate_assertions(handler)
            with dsp.count_constraints() as counts:
                evaluation = dsp.Evaluate(DEV, METRICS)(program)
            print(title)
            for result in evaluation.results:
                shown = result.prediction.answer_choices if result.prediction is not None else result.error
                print(f"  {result.example.question}  {shown}")
            print("  " + "  ".join(f"{name} {evaluation.mean(name):.2f}" for name in METRICS))
            print("  " + str(counts).replace("\n", "\n  "))


if __name__ == "__main__":
    main()
