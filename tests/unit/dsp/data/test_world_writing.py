from __future__ import annotations

import json
from pathlib import Path

import pytest

from dsp.data.questions import read_questions
from dsp.data.world import generate_world, write_world
from dsp.errors import DataError, InputError

FILES = ["corpus.jsonl", "dev.json", "train.json", "world.json"]


def small(to: Path, seed: int = 1) -> Path:
    return write_world(to, 150, seed, train=10, dev=20)


def contents(folder: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in sorted(folder.iterdir())}


def test_a_world_is_a_corpus_and_two_question_files(tmp_path: Path) -> None:
    folder = small(tmp_path / "deep" / "world")
    assert sorted(contents(folder)) == FILES
    lines = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()]
    assert [(line["id"], line["title"], line["text"]) for line in lines] == [
        (passage.id, passage.title, passage.text) for passage in generate_world(150, 1).passages()
    ]
    assert len(read_questions(folder / "train.json")) == 10
    assert len(read_questions(folder / "dev.json")) == 20
    assert json.loads((folder / "world.json").read_text("utf-8")) == {
        "format": "dsp world",
        "version": 1,
        "size": 150,
        "seed": 1,
        "train": 10,
        "dev": 20,
    }
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["world"]


def test_questions_read_back_as_the_world_gives_them(tmp_path: Path) -> None:
    folder = small(tmp_path / "world")
    for split in ("train", "dev"):
        count = {"train": 10, "dev": 20}[split]
        made = generate_world(150, 1).questions(split, count)
        assert read_questions(folder / f"{split}.json") == [example.without("evidences") for example in made]


def test_each_context_holds_the_golds_among_ten_different_passages_of_the_corpus(tmp_path: Path) -> None:
    folder = small(tmp_path / "world")
    corpus = {passage.title: passage.text for passage in generate_world(150, 1).passages()}
    for record in json.loads((folder / "dev.json").read_text("utf-8")):
        titles = [title for title, _ in record["context"]]
        assert len(set(titles)) == len(titles) == 10
        assert {title for title, _ in record["supporting_facts"]} <= set(titles)
        paragraphs = dict(record["context"])
        assert all("".join(sentences) == corpus[title] for title, sentences in record["context"])
        assert all(number < len(paragraphs[title]) for title, number in record["supporting_facts"])


def test_equal_seeds_write_equal_bytes(tmp_path: Path) -> None:
    assert contents(small(tmp_path / "one")) == contents(small(tmp_path / "two"))


def test_progress_tells_how_far_the_corpus_is(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_world(tmp_path / "world", 2100, 1, train=5, dev=5, progress=lambda done, of: told.append((done, of)))
    assert told == [(1000, 2100), (2000, 2100), (2100, 2100)]


def test_an_older_world_is_replaced_whole(tmp_path: Path) -> None:
    before = contents(small(tmp_path / "world", seed=1))
    after = contents(small(tmp_path / "world", seed=2))
    assert after == contents(small(tmp_path / "other", seed=2))
    assert after != before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["other", "world"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    assert sorted(contents(small(tmp_path / "world"))) == FILES


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    folder = small(tmp_path / "world")
    (folder / "notes.txt").write_text("mine", "utf-8")
    before = contents(folder)
    with pytest.raises(InputError, match=r"holds notes\.txt; choose another folder"):
        small(folder, seed=2)
    assert contents(folder) == before


def test_files_that_only_look_like_a_world_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text("precious", "utf-8")
    for manifest in (None, "{", "[]", '{"format": "other"}', "[" * 100_000):
        if manifest is not None:
            (folder / "world.json").write_text(manifest, "utf-8")
        with pytest.raises(InputError, match=r"no whole world\.json"):
            small(folder)
    assert (folder / "corpus.jsonl").read_text("utf-8") == "precious"


def test_links_and_folders_inside_a_world_are_never_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious.jsonl"
    precious.write_text("precious", "utf-8")
    folder = small(tmp_path / "world")
    (folder / "corpus.jsonl").unlink()
    (folder / "corpus.jsonl").symlink_to(precious)
    with pytest.raises(InputError, match=r"holds corpus\.jsonl"):
        small(folder)
    (folder / "corpus.jsonl").unlink()
    (folder / "corpus.jsonl").mkdir()
    with pytest.raises(InputError, match=r"holds corpus\.jsonl"):
        small(folder)
    assert precious.read_text("utf-8") == "precious"


def test_a_file_is_no_folder_to_write_into(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(InputError, match="this is a file"):
        small(tmp_path / "file")
    with pytest.raises(DataError, match="cannot be written"):
        small(tmp_path / "file" / "world")
    assert (tmp_path / "file").read_text("utf-8") == "x"


def test_an_interrupt_leaves_the_last_good_state(tmp_path: Path) -> None:
    before = contents(small(tmp_path / "world"))

    def interrupt(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_world(tmp_path / "world", 150, 2, train=5, dev=5, progress=interrupt)
    assert contents(tmp_path / "world") == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["world"]


@pytest.mark.parametrize(
    "wrong", [{"size": 99}, {"seed": -1}, {"train": 0}, {"dev": -5}, {"train": 100_000}, {"dev": 100_000}]
)
def test_what_cannot_be_made_leaves_nothing_behind(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(InputError):
        write_world(tmp_path / "world", **{"size": 150, "seed": 1, "train": 5, "dev": 5, **wrong})
    assert list(tmp_path.iterdir()) == []
