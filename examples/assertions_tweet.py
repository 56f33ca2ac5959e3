"""Tweets that answer a question: a task of DSPy Assertions (arXiv 2312.13382).

    python examples/assertions_tweet.py                         a stand-in writes: the embedded LM makes nothing up
    python examples/assertions_tweet.py --lm openai/gpt-4o-mini
    dsp ask "Who wrote Emma?" --index DIR --lm openai/gpt-4o-mini --program examples/assertions_tweet.py:Tweeter

The program finds passages, answers, and says the answer in a tweet. Code checks that it is short, has no hashtag and
holds the answer; another predictor judges whether it is engaging and says what the passages say.
"""

from __future__ import annotations

import argparse
import logging
import re
import tempfile
from pathlib import Path

import dsp
import indexes
from dsp.lms.scripted import Scripted
from dsp.types.messages import LMRequest

PASSAGES = [
    indexes.Passage("1", "The Lamplighter of Ostry", "The Lamplighter of Ostry is a 1931 novel by Ines Moreau."),
    indexes.Passage("2", "Ines Moreau", "Ines Moreau (1902–1971) was a novelist and poet. She was born in Tallow Bay."),
    indexes.Passage(
        "3", "Tallow Bay", "Tallow Bay is a fishing village on the river Quarn. Its lighthouse is of 1788."
    ),
    indexes.Passage("4", "Ostry", "Ostry is a town on the river Quarn, lit by gas until 1950."),
    indexes.Passage("5", "Winter Orchard", "Winter Orchard is a 1938 film directed by Pavel Ilves."),
    indexes.Passage(
        "6", "Pavel Ilves", "Pavel Ilves (1895–1960) was a director. He was born in Corran and died in Ostry."
    ),
    indexes.Passage("7", "Corran", "Corran is a port on the western coast."),
]
DEV = [
    dsp.Example(question="Where was the author of The Lamplighter of Ostry born?", answer="Tallow Bay").with_inputs(
        "question"
    ),
]
MOST_CHARACTERS = 280


class NextQuery(dsp.Signature):
    """Write a search query that will find the missing fact for answering the question."""

    context = dsp.InputField(desc="passages found so far")
    question = dsp.InputField()
    search_query = dsp.OutputField(desc="a search query")


class AnswerFromPassages(dsp.Signature):
    """Answer the question with a short factoid answer."""

    context = dsp.InputField(desc="passages that may hold the answer")
    question = dsp.InputField()
    answer = dsp.OutputField(desc="often between 1 and 5 words")


class Tweet(dsp.Signature):
    """Write an engaging tweet that answers the question from the passages."""

    context = dsp.InputField(desc="passages that hold the answer")
    question = dsp.InputField()
    answer = dsp.InputField()
    tweet = dsp.OutputField(desc=f"at most {MOST_CHARACTERS} characters, without hashtags")


class Judgement(dsp.Signature):
    """Judge a tweet: does it engage a reader, and does it say nothing but what the passages say?"""

    context = dsp.InputField()
    tweet = dsp.InputField()
    engaging: bool = dsp.OutputField()
    faithful: bool = dsp.OutputField()


def without_hashtags(tweet: str) -> bool:
    return re.search(r"#\w", tweet) is None


class Tweeter(dsp.Module):
    """Answers a question in a tweet, over two searches of `k` passages each."""

    def __init__(self, *, k: int = 3) -> None:
        self.k = k
        self.generate_query = dsp.Predict(NextQuery)
        self.answer = dsp.Predict(AnswerFromPassages)
        self.write = dsp.Predict(Tweet)
        self.judge = dsp.Predict(Judgement)

    def forward(self, question: str) -> dsp.Prediction:
        context = dsp.retrieve(question, self.k)
        query = self.generate_query(context=context, question=question).search_query
        context = [*context, *dsp.retrieve_unseen([query], self.k, context)]
        answer = self.answer(context=context, question=question).answer
        tweet = self.write(context=context, question=question, answer=answer).tweet
        dsp.Suggest(without_hashtags(tweet), "Write no hashtags.", self.write, name="no hashtags")
        dsp.Suggest(
            len(tweet) <= MOST_CHARACTERS,
            f"Write at most {MOST_CHARACTERS} characters; these were {len(tweet)}.",
            self.write,
            name="short",
        )
        dsp.Suggest(answer.casefold() in tweet.casefold(), f'Say the answer: "{answer}".', self.write, name="answers")
        judged = self.judge(context=context, tweet=tweet)
        dsp.Suggest(judged.engaging, "Write so that it engages a reader.", self.write, name="engaging")
        dsp.Suggest(judged.faithful, "Say nothing that the passages do not say.", self.write, name="faithful")
        return dsp.Prediction(
            tweet=tweet, answer=answer, context=context, engaging=judged.engaging, faithful=judged.faithful
        )


def fits(example: dsp.Example, prediction: dsp.Prediction, trace: object = None) -> float:
    """1 where the tweet is short and has no hashtags. Intrinsic: it needs no labels."""
    return float(len(prediction.tweet) <= MOST_CHARACTERS and without_hashtags(prediction.tweet))


def answers(example: dsp.Example, prediction: dsp.Prediction, trace: object = None) -> float:
    return float(dsp.passage_match([prediction.tweet], example.answer))


def engaging(example: dsp.Example, prediction: dsp.Prediction, trace: object = None) -> float:
    return float(prediction.engaging)


def faithful(example: dsp.Example, prediction: dsp.Prediction, trace: object = None) -> float:
    return float(prediction.faithful)


METRICS = {"fits": fits, "answers": answers, "engaging": engaging, "faithful": faithful}

# What a model might write, first and each time it is told.
WRITES = {
    "search_query": ["Ines Moreau born"],
    "answer": ["Tallow Bay"],
    "tweet": [
        "Guess where Ines Moreau was born! #books #trivia",
        "Guess where Ines Moreau was born! You will never believe it.",
        "The Lamplighter of Ostry began far from Ostry: Ines Moreau was born in Tallow Bay. Would you have known?",
    ],
    "faithful": ["[[ ## engaging ## ]]\nTrue\n\n[[ ## faithful ## ]]\nTrue"],
}


def stand_in(request: LMRequest) -> str:
    turn = request.messages[-1]["content"]
    written = next(texts for field, texts in WRITES.items() if f"`[[ ## {field} ## ]]`" in turn)
    return next((text for text in written if text not in turn), written[-1])  # what it has not written before


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Tweets that answer a question.")
    parser.add_argument("--lm", help="provider/model (default: a stand-in with what a model might write)")
    options = parser.parse_args(arguments)
    logging.getLogger("dsp.assertions").setLevel(logging.ERROR)  # what is passed over is counted below
    with (
        tempfile.TemporaryDirectory() as folder,
        indexes.build(PASSAGES, Path(folder) / "index") as index,
        dsp.context(lm=dsp.LM(options.lm) if options.lm else Scripted(stand_in), rm=index),
    ):
        for title, handler in (("Unguarded", dsp.noop_handler), ("Guarded", dsp.backtrack_handler)):
            program = Tweeter(k=1).activate_assertions(handler)
            with dsp.count_constraints() as counts:
                evaluation = dsp.Evaluate(DEV, METRICS)(program)
            print(title)
            for result in evaluation.results:
                print(f"  {result.prediction.tweet if result.prediction is not None else result.error}")
            print("  " + "  ".join(f"{name} {evaluation.mean(name):.2f}" for name in METRICS))
            print("  " + str(counts).replace("\n", "\n  "))


if __name__ == "__main__":
    main()
