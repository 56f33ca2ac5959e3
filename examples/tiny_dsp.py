"""Demonstrate–Search–Predict in one file: the idea, with nothing but the standard library.

    python examples/tiny_dsp.py [SEED]      another seed, another world

A question such as "Where was the composer of Silent Harbour born?" needs two searches: one finds the film's passage,
which names the composer; the other finds the composer's. So the program searches, lets a language model (LM) read
what was found and write the next query, searches again, and lets the LM answer. Nobody ever labels that query: the
training questions come with answers alone.

    demonstrate   run the search on training questions; where it ends at a passage with the right answer, what
                  happened on the way (passages, query) is an example of how to do it: a demonstration
    search        question → passages → query → more passages
    predict       show the LM demonstrations, passages and question; it writes the answer
    compile       choose the set of demonstrations with which the program does best on a dev set

The LM here is a toy of thirty lines. It sees what a real one sees, a prompt, and all it learns it learns from the
demonstrations in that prompt; so when the score rises, they are the reason. This is the method of Khattab et al.
2022 (arXiv 2212.14024), small enough to read at one sitting. The library does the same for real.
"""

from __future__ import annotations

import math
import random
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

Example = dict[str, Any]  # a question with its answer; once annotated, with its context and its query too


# ---------------------------------------------------------------- a world to ask about

FIRST = ["Mara", "Otto", "Ines", "Pavel", "Rosa", "Emil", "Tilda", "Jonas", "Vera", "Hugo", "Lena", "Anton"]
LAST = ["Brenn", "Okafor", "Tarsis", "Vance", "Moreau", "Ilves", "Castell", "Dragan", "Weller", "Soto", "Lind", "Hale"]
TOWNS = ["Tallow", "Corran", "Estmere", "Vell", "Hollin", "Ostry", "Pelham", "Quarn", "Rivane", "Sorrel", "Umber"]
MOODS = ["Silent", "Broken", "Golden", "Distant", "Crimson", "Hollow", "Gentle"]
THINGS = ["Harbour", "Orchard", "Mirror", "Winter", "Bridge", "Lantern"]

ROLES = {"director": "directed by", "composer": "with music by", "screenwriter": "from a script by"}
FACTS = {
    "Where was {} born?": "was born in",
    "Where did {} go to university?": "studied in",
    "In which town is the grave of {}?": "lies buried in",
}


def make_world(seed: int) -> tuple[list[str], list[Example]]:
    """Passages `title | text`, and questions with answers: each asks for a fact about somebody who made a film.

    Only "director" and "born" share a word with the passages that answer. That music is a composer's and that
    studying is done at university is what the LM can't know, and has to be shown.
    """
    dice = random.Random(seed)
    people = dice.sample([f"{first} {last}" for first in FIRST for last in LAST], 3 * len(MOODS) * len(THINGS))
    passages = [f"{town} | {town} is a town where films are made." for town in TOWNS]
    questions = []
    for film in (f"{mood} {thing}" for mood in MOODS for thing in THINGS):
        crew = {role: people.pop() for role in ROLES}
        credits = [f"{ROLES[role]} {person}" for role, person in dice.sample(sorted(crew.items()), len(crew))]
        passages.append(f"{film} | {film} is a film {', '.join(credits)}.")
        for role, person in crew.items():
            lived = dict(zip(FACTS, dice.sample(TOWNS, len(FACTS)), strict=True))
            facts = [f"{FACTS[asked]} {town}" for asked, town in dice.sample(sorted(lived.items()), len(lived))]
            passages.append(f"{person} | {person} {', '.join(facts)}.")
            for asked, town in lived.items():
                questions.append({"question": asked.format(f"the {role} of {film}"), "answer": town})
    dice.shuffle(questions)
    return passages, questions


# ---------------------------------------------------------------- search: BM25 in a dozen lines


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


class BM25:
    """Rare words count more, repeated words less and less, long passages less (Robertson & Zaragoza 2009)."""

    def __init__(self, passages: list[str], k1: float = 1.2, b: float = 0.75) -> None:
        self.passages = passages
        counts = [Counter(words(passage)) for passage in passages]
        mean_length = sum(count.total() for count in counts) / len(passages)
        found_in = Counter(word for count in counts for word in count)
        self.postings: dict[str, dict[int, float]] = {word: {} for word in found_in}  # word → passage → its score
        for place, count in enumerate(counts):
            norm = k1 * (1 - b + b * count.total() / mean_length)
            for word, times in count.items():
                rarity = math.log(1 + (len(passages) - found_in[word] + 0.5) / (found_in[word] + 0.5))
                self.postings[word][place] = rarity * times * (k1 + 1) / (times + norm)

    def search(self, query: str, k: int) -> list[str]:
        scores: dict[int, float] = defaultdict(float)
        for word in words(query):
            for place, score in self.postings.get(word, {}).items():
                scores[place] += score
        return [self.passages[place] for place in sorted(scores, key=lambda place: -scores[place])[:k]]


# ---------------------------------------------------------------- prompts: all that the LM ever sees

RULE = "\n---\n"
QUERY = ("Write a search query that will find the missing fact.", "Query")
ANSWER = ("Answer the question with a name from the passages.", "Answer")


def render(task: tuple[str, str], demos: list[Example], example: Example) -> str:
    """Instruction, demonstrations and the question at hand, parted by rules; the last field is left open."""
    instruction, field = task
    return RULE.join([instruction, *(block(demo, field, demo[field]) for demo in demos), block(example, field, "")])


def block(example: Example, field: str, value: str) -> str:
    numbered = "\n".join(f"[{number}] {passage}" for number, passage in enumerate(example["context"], 1))
    return f"Context:\n{numbered}\nQuestion: {example['question']}\n{field}: {value}".rstrip(" ")


# ---------------------------------------------------------------- a toy LM

BLOCK = re.compile(r"Context:\n(?P<context>.*)\nQuestion: (?P<question>.*)\n\w+:(?P<value>.*)", re.DOTALL)
NAME = re.compile(r"(?P<cue>\w+ \w+) (?P<name>[A-Z]\w+(?: [A-Z]\w+)*)")  # a name, and the two words before it


def language_model(prompt: str) -> str:
    """Fills the open field with a name from the passages. Which one, the two words before it (its cue) decide.

    Alone, it prefers a cue that shares a stem with the question, and else takes the first name it meets. Shown
    demonstrations, it looks up which cue their values stood behind, and lets each word of the question vote for
    the cues which it went with in the demonstrations more often than chance. It doesn't know what a query is, or
    an answer, or a hop: the same rule does both, because the demonstrations of each show something else.
    """
    *shown, asked = [match for part in prompt.split(RULE) if (match := BLOCK.fullmatch(part))]
    question = set(words(asked["question"]))
    lessons = [
        (set(words(demo["question"])), cue)
        for demo in shown
        for cue, name in names_in(demo)
        if name == demo["value"].strip()
    ]

    def preference(cue: str) -> float:
        same_stem = any(word[:5] == other[:5] for word in words(cue) for other in question if len(word) > 3)
        return same_stem + math.fsum(vote(word, cue) for word in question)  # fsum: a set has no order

    def vote(word: str, cue: str) -> float:
        went_with = [learnt for asked_there, learnt in lessons if word in asked_there]
        if not went_with:
            return 0.0
        return went_with.count(cue) / len(went_with) - [learnt for _, learnt in lessons].count(cue) / len(lessons)

    candidates = [(cue, name) for cue, name in names_in(asked) if not set(words(name)) <= question]
    return max(candidates, key=lambda candidate: preference(candidate[0]), default=("", ""))[1]


def names_in(read: re.Match[str]) -> list[tuple[str, str]]:
    """The names in a block's passages with their cues, in the order of reading."""
    return [(match["cue"], match["name"]) for match in NAME.finditer(read["context"])]


# ---------------------------------------------------------------- the program: search, then predict


@dataclass(frozen=True)
class Program:
    """Two hops. Its demonstrations are all that compiling changes, and a changed program is a new one."""

    index: BM25
    demos: tuple[Example, ...] = ()
    k: int = 2

    def search(self, question: str) -> Example:
        """The question finds passages; the LM reads them and writes a query; that finds new ones, put first."""
        first = self.index.search(question, self.k)
        hop = {"question": question, "context": first}
        query = language_model(render(QUERY, [demo["hop"] for demo in self.demos], hop))
        new = [passage for passage in self.index.search(query, 2 * self.k) if passage not in first][: self.k]
        return {"question": question, "context": new + first, "hop": {**hop, "Query": query}}

    def __call__(self, question: str) -> Example:
        found = self.search(question)
        return {**found, "Answer": language_model(render(ANSWER, list(self.demos), found))}


# ---------------------------------------------------------------- demonstrate


def annotate(program: Program, train: list[Example]) -> list[Example]:
    """Work out training questions and keep what passes: the passages found must hold the right answer.

    The answer shown is the training set's; passages and query are the program's own work. Some pass by luck, the
    answer standing in a passage about somebody else: which of them help is for the dev set to say.
    """
    attempts = [{**program.search(example["question"]), "Answer": example["answer"]} for example in train]
    return [found for found in attempts if any(found["Answer"] in passage for passage in found["context"])]


# ---------------------------------------------------------------- compile, and how good it is


def scores(program: Program, examples: list[Example]) -> list[bool]:
    return [program(example["question"])["Answer"] == example["answer"] for example in examples]


def compile(program: Program, train: list[Example], dev: list[Example], tries: int = 20, most: int = 8) -> Program:
    """The best of several draws of demonstrations, and of the program as it is, by its score on the dev set."""
    pool = annotate(program, train)
    dice = random.Random(0)
    draws = [tuple(dice.sample(pool, min(most, len(pool)))) for _ in range(tries)]
    candidates = [program, *(Program(program.index, draw, program.k) for draw in draws)]
    results = [sum(scores(candidate, dev)) for candidate in candidates]
    print(f"demonstrate   {len(pool)} of {len(train)} training questions passed")
    print(f"compile       right of {len(dev)} on the dev set: {results[0]} as it is; drawn: {sorted(results[1:])}\n")
    return candidates[results.index(max(results))]


def interval(changes: list[int], draws: int = 2000) -> tuple[float, float]:
    """95% bootstrap interval of the mean change: what it would be, had we happened to ask other questions."""
    dice = random.Random(0)
    means = sorted(sum(dice.choices(changes, k=len(changes))) / len(changes) for _ in range(draws))
    return means[int(0.025 * draws)], means[int(0.975 * draws)]


# ---------------------------------------------------------------- what happens


def show(done: Example, gold: str) -> None:
    hop = done["hop"]
    new = [passage for passage in done["context"] if passage not in hop["context"]]
    right = "right" if done["Answer"] == gold else f"wrong: it is {gold}"
    print(f"  question    {done['question']}")
    print("  finds       " + "\n              ".join(hop["context"]))
    print(f"  asks        {hop['Query']}")
    print("  finds       " + "\n              ".join(new))
    print(f"  answers     {done['Answer']}   ({right})\n")


def tells_most(run: tuple[Example, Example, str]) -> int:
    """A question to show: the demonstrations changed its query, and what was wrong became right."""
    old, new, gold = run
    return sum([old["hop"]["Query"] != new["hop"]["Query"], old["Answer"] != gold, new["Answer"] == gold])


def main(seed: int) -> None:
    passages, questions = make_world(seed)
    train, dev, test = questions[:40], questions[40:80], questions[80:200]
    program = Program(BM25(passages))
    print(f"{len(passages)} passages; {len(train)} training, {len(dev)} dev and {len(test)} test questions\n")

    before = scores(program, test)
    compiled = compile(program, train, dev)
    after = scores(compiled, test)

    runs = [(program(each["question"]), compiled(each["question"]), each["answer"]) for each in test]
    old, new, gold = max(runs, key=tells_most)
    print("Before, without demonstrations")
    show(old, gold)
    asked = set(words(old["question"]))
    alike = max(compiled.demos, key=lambda demo: len(asked & set(words(demo["question"]))), default=None)
    if alike:
        print(f"One of the {len(compiled.demos)} demonstrations of a query that now stand in its prompt")
        print("  " + block(alike["hop"], "Query", alike["hop"]["Query"]).replace("\n", "\n  "))
    print("\nAfter, with demonstrations")
    show(new, gold)

    low, high = interval([better - worse for better, worse in zip(after, before, strict=True)])
    print(f"Score on {len(test)} test questions, seen by neither training nor choice")
    print(f"  before      {sum(before) / len(test):.3f}\n  after       {sum(after) / len(test):.3f}")
    print(f"  change      {(sum(after) - sum(before)) / len(test):+.3f}   (95% interval {low:+.3f} to {high:+.3f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
