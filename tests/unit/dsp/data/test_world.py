from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.data.world import MAX_SIZE, MIN_SIZE, SPLITS, World, generate_world
from dsp.errors import InputError
from dsp.types.example import Example
from indexes.passage import Passage

sizes = st.integers(MIN_SIZE, 2300)
seeds = st.integers(0, 2**70)
few = settings(max_examples=15, deadline=None)

MONTHS = "January February March April May June July August September October November December"
SMALLER = ("born first", "older", "came out first", "fewer", "founded first", "shorter")
LARGER = ("born later", "younger", "came out later", "more recent", "more inhabitants", "larger", "later", "longer")


def all_questions(world: World) -> Iterator[tuple[str, Example]]:
    """As many as every world of the smallest size has."""
    for split in SPLITS:
        yield from ((split, example) for example in world.questions(split, 20))


def base(title: str) -> str:
    return re.sub(r" \([^)]*\)$", "", title)


def bracket(title: str) -> str:
    return title[len(base(title)) :].strip(" ()")


def sentences(text: str) -> list[str]:
    """Passages hold no full stop within a sentence."""
    return re.split(r"(?<=\.) ", text)


def magnitude(value: str) -> tuple[int, ...]:
    """A date, a year or a number with a unit as something that compares."""
    if match := re.fullmatch(r"(\d+) (\w+) (\d{4})", value):
        return int(match[3]), MONTHS.split().index(match[2]), int(match[1])
    return (int(re.match(r"[\d,]+", value)[0].replace(",", "")),)  # type: ignore[index]


def digest(world: World) -> str:
    whole = hashlib.sha256()
    for passage in world.passages():
        whole.update(f"{passage.id}\t{passage.title}\t{passage.text}\n".encode())
    for _, example in all_questions(world):
        whole.update(repr(example).encode())
    return whole.hexdigest()


@few
@given(sizes, seeds)
def test_a_world_has_its_size_and_no_title_twice(size: int, seed: int) -> None:
    passages = list(generate_world(size, seed).passages())
    assert [passage.id for passage in passages] == [str(number) for number in range(size)]
    assert len({passage.title for passage in passages}) == size
    assert all(2 <= len(sentences(passage.text)) <= 5 for passage in passages)
    assert not any("{" in passage.text or "  " in passage.text for passage in passages)


def test_no_title_comes_twice_across_regions() -> None:
    """In this world a family lives on both sides of a border, and a publisher is called after it on each."""
    titles = Counter(passage.title for passage in generate_world(12_000, 34).passages())
    assert [title for title, count in titles.items() if count > 1] == []


@few
@given(sizes, seeds)
def test_equal_seeds_make_equal_worlds_and_other_seeds_others(size: int, seed: int) -> None:
    assert digest(generate_world(size, seed)) == digest(generate_world(size, seed))
    one, other = ([passage.title for passage in generate_world(size, any_).passages()] for any_ in (seed, seed + 1))
    assert len(set(one) & set(other)) < size / 20


def test_another_process_with_another_hash_seed_makes_the_same_world() -> None:
    code = (
        "from dsp.data.world import generate_world; w = generate_world(1100, 4)\n"
        "for p in w.passages(): print(p.id, p.title, p.text)\n"
        "for s in ('train', 'dev'):\n    for q in w.questions(s, 20): print(dict(q))"
    )
    root = str(Path(__file__).parents[4])
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": root, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0].count(b"\n") == 1140


@few
@given(sizes, seeds)
def test_gold_supports_stand_in_the_corpus_and_tell_the_facts(size: int, seed: int) -> None:
    world = generate_world(size, seed)
    text = {passage.title: passage.text for passage in world.passages()}
    for _, example in all_questions(world):
        assert example.gold_titles == [title for title, _ in example.supporting_facts]
        assert len(set(example.gold_titles)) == 2
        for (title, number), (of, _, value) in zip(example.supporting_facts, example.evidences, strict=True):
            assert title == of
            assert value in sentences(text[title])[number]


@few
@given(sizes, seeds)
def test_the_answer_stands_word_for_word_in_a_gold_passage(size: int, seed: int) -> None:
    world = generate_world(size, seed)
    text = {passage.title: passage.text for passage in world.passages()}
    for _, example in all_questions(world):
        first, last = (text[title] for title in example.gold_titles)
        if example.type == "bridge":
            assert example.answer in last
            assert base(example.gold_titles[1]) not in example.question
            assert example.answer not in example.question
        elif example.answer not in ("yes", "no"):
            assert example.answer in first or example.answer in last
            assert example.answer in example.question


@few
@given(sizes, seeds)
def test_a_bridge_leads_from_the_named_entity_to_one_other_and_no_further(size: int, seed: int) -> None:
    world = generate_world(size, seed)
    passages = list(world.passages())
    bearers: dict[str, list[Passage]] = {}
    for passage in passages:
        bearers.setdefault(base(passage.title), []).append(passage)
    text = {passage.title: passage.text for passage in passages}
    for _, example in all_questions(world):
        if example.type != "bridge":
            continue
        (start, _, middle), (end, _, _) = example.evidences
        assert base(end) == middle
        assert base(start) in example.question
        for title, said in ((start, example.question), (end, example.question + text[start])):
            if len(bearers[base(title)]) > 1:
                assert bracket(title) in said
                assert [bracket(other.title) for other in bearers[base(title)]].count(bracket(title)) == 1


@few
@given(sizes, seeds)
def test_comparisons_are_answered_as_the_facts_say(size: int, seed: int) -> None:
    for _, example in all_questions(generate_world(size, seed)):
        if example.type != "comparison":
            continue
        names = [base(title) for title in example.gold_titles]
        values = [value for _, _, value in example.evidences]
        if example.answer in ("yes", "no"):
            assert (values[0] == values[1]) == (example.answer == "yes")
            continue
        smaller, larger = (any(words in example.question for words in side) for side in (SMALLER, LARGER))
        assert smaller != larger
        ordered = sorted(zip(map(magnitude, values), names, strict=True))
        assert ordered[0][0] < ordered[1][0]
        assert example.answer == ordered[0 if smaller else 1][1]


@few
@given(sizes, seeds)
def test_train_and_dev_share_no_question_and_no_gold_passage(size: int, seed: int) -> None:
    found = list(all_questions(generate_world(size, seed)))
    golds = {split: {t for s, q in found if s == split for t in q.gold_titles} for split in SPLITS}
    assert not golds["train"] & golds["dev"]
    assert len({example.id for _, example in found}) == len(found)
    assert len({example.question for _, example in found}) == len(found)
    assert len({frozenset(example.gold_titles) for _, example in found}) == len(found)


def test_questions_are_of_many_kinds() -> None:
    examples = [example for split in SPLITS for example in generate_world(3000, 7).questions(split, 200)]
    types = Counter(example.type for example in examples)
    assert 0.6 < types["bridge"] / len(examples) < 0.8
    asked = Counter(example.evidences[-1][1] for example in examples if example.type == "bridge")
    assert len(asked) > 25
    assert Counter(example.answer for example in examples)["yes"] > 10
    assert {example.level for example in examples} == {"easy", "medium", "hard"}


def test_a_world_holds_things_that_are_easily_confused() -> None:
    titles = [passage.title for passage in generate_world(3000, 7).passages()]
    shared = Counter(base(title) for title in titles if bracket(title))
    assert sum(1 for count in shared.values() if count > 1) > 30
    names = set(titles)
    assert sum(1 for title in titles if re.match(r"(New|Upper|Lower|Port|North|South) ", title)) > 20
    assert sum(1 for title in titles if title.partition(" ")[0] in ("Before", "After", "Beyond") and len(names)) > 20


def test_any_region_can_be_made_without_the_others() -> None:
    world = generate_world(3333, 2)
    passages = list(world.passages())
    last = world.region(world.plan.regions - 1)
    assert [entity.title for entity in last.passages] == [p.title for p in passages[last.plan.first :]]


def test_a_larger_world_takes_no_more_memory() -> None:
    def peak(size: int) -> int:
        passages = generate_world(size, 1).passages()
        tracemalloc.start()
        try:
            for _ in passages:
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(4000) < 1.3 * peak(1500)


def test_the_last_region_of_the_largest_world_is_near_at_hand() -> None:
    world = generate_world(MAX_SIZE, 3)
    region = world.region(world.plan.regions - 1)
    assert region.plan.first + len(region.passages) == MAX_SIZE


@pytest.mark.parametrize("size", [-1, 0, MIN_SIZE - 1, MAX_SIZE + 1])
def test_a_size_that_no_world_can_have_is_refused(size: int) -> None:
    with pytest.raises(InputError, match=f"must be {MIN_SIZE} to {MAX_SIZE} passages, but got {size};"):
        generate_world(size, 0)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(InputError, match="seed of a world must be 0 or more, but got -4"):
        generate_world(1000, -4)


def test_an_unknown_split_or_no_questions_are_refused_at_once() -> None:
    world = generate_world(1000, 0)
    with pytest.raises(InputError, match='"train" or "dev", but got "test"'):
        world.questions("test", 5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="number of dev questions must be at least 1, but got 0"):
        world.questions("dev", 0)


def test_more_questions_than_a_world_has_are_refused_with_their_number() -> None:
    with pytest.raises(InputError, match=r"a world of 100 passages has \d+ dev questions, but 5000 were asked for"):
        list(generate_world(100, 0).questions("dev", 5000))
