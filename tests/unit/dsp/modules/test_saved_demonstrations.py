"""What a saved program shows is what it was compiled to show: each value comes back as its field's type."""

from __future__ import annotations

import base64
import enum
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import ProgramFileError
from dsp.prompts.demonstrations import demo_from_json, demo_to_json
from dsp.testing.dummy import DummyLM
from indexes.passage import Hit, Passage

DOT = base64.b64encode(b"\x89PNG not really").decode()


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True)
class Person:
    name: str
    mood: Mood


class Everything(dsp.Signature):
    """Say all."""

    picture: dsp.Image = dsp.InputField()
    pictures: list[dsp.Image] = dsp.InputField()
    perhaps: dsp.Image | None = dsp.InputField()
    history: dsp.History = dsp.InputField()
    context: list[Passage] = dsp.InputField()
    mood: Mood = dsp.OutputField()
    people: list[Person] = dsp.OutputField()
    sizes: tuple[int, float] = dsp.OutputField()
    words: set[str] = dsp.OutputField()
    choice: Literal["yes", "no"] = dsp.OutputField()
    counts: dict[str, int] = dsp.OutputField()
    plain: Any = dsp.OutputField()


DEMO = {
    "picture": dsp.Image("https://example.org/cat.png"),
    "pictures": [dsp.Image(base64=DOT, media_type="image/jpeg"), dsp.Image("https://example.org/dog.png")],
    "perhaps": None,
    "history": dsp.History([{"question": "q", "answer": "a"}]),
    "context": [Hit(Passage("1", "Emma", "A novel."), 2.5, 1, "bm25"), Passage("2", "Dune", "Another.")],
    "mood": Mood.GOOD,
    "people": [Person("Ann", Mood.BAD)],
    "sizes": (1, 2.5),
    "words": {"a", "b"},
    "choice": "yes",
    "counts": {"a": 1},
    "plain": {"x": [1, None]},
    "augmented": True,
    "note": "not a field",
}


def saved_and_loaded(folder: Path, demo: dict[str, Any]) -> dsp.Example:
    program = dsp.Predict(Everything)
    program.demos = [dsp.Example(demo)]
    program.save(folder / "program.json")
    again = dsp.Predict(Everything)
    again.load(folder / "program.json", strict=True)
    return again.demos[0]


def test_a_demonstration_of_every_type_comes_back_as_it_was(tmp_path: Path) -> None:
    loaded = saved_and_loaded(tmp_path, DEMO)
    assert dict(loaded) == DEMO
    assert {name: type(value) for name, value in loaded.items()} == {name: type(value) for name, value in DEMO.items()}


def test_the_prompts_of_a_loaded_program_show_the_images_again(tmp_path: Path) -> None:
    caption = dsp.Predict("picture: Image -> caption")
    caption.demos = [dsp.Example(picture=dsp.Image(base64=DOT), caption="a dot")]
    caption.save(tmp_path / "caption.json")
    again = dsp.Predict("picture: Image -> caption")
    again.load(tmp_path / "caption.json")
    asked = []
    for program in (caption, again):
        lm = DummyLM([{"caption": "a cat"}])
        program(picture=dsp.Image("https://example.org/cat.png"), lm=lm)
        asked.append(lm.requests[0].messages)
    assert asked[0] == asked[1]
    assert asked[0][1]["content"][1] == {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DOT}"}}


def test_a_value_that_is_none_of_its_fields_type_stays_as_it_stands_in_the_file(tmp_path: Path) -> None:
    loaded = saved_and_loaded(tmp_path, {**DEMO, "mood": "furious", "sizes": "large", "people": "many"})
    assert (loaded.mood, loaded.sizes, loaded.people) == ("furious", "large", "many")


@pytest.mark.parametrize("wrong", [{"url": "file:///etc/passwd"}, {"path": "x"}, {"base64": "!"}, {"url": 7}])
def test_an_image_that_is_none_is_refused(tmp_path: Path, wrong: Any) -> None:
    saved_and_loaded(tmp_path, DEMO)
    file = tmp_path / "program.json"
    content = json.loads(file.read_text("utf-8"))
    content["predictors"]["self"]["demos"][0]["picture"] = wrong
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ProgramFileError, match="a saved image must have its url"):
        dsp.Predict(Everything).load(file)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["question", "answer", "extra"]), VALUES))
def test_plain_values_come_back_equal_whatever_they_are(values: dict[str, Any]) -> None:
    fields = dsp.make_signature("question: Any -> answer: Any").fields
    assert demo_from_json(fields, json.loads(json.dumps(demo_to_json(values)))) == values
