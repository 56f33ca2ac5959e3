"""A world as a folder: `corpus.jsonl`, `train.json` and `dev.json` in HotpotQA's form, and `world.json`."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dsp.data.world.context import context_of
from dsp.data.world.world import Split, World, generate_world
from dsp.errors import DataError, InputError

FORMAT, VERSION = "dsp world", 1
MANIFEST = "world.json"
FILES = ("corpus.jsonl", "train.json", "dev.json", MANIFEST)

Progress = Callable[[int, int], None]
"""Told how many passages are written, and of how many."""


def write_world(
    to: str | os.PathLike[str],
    size: int,
    seed: int = 0,
    *,
    train: int = 80,
    dev: int = 160,
    progress: Progress | None = None,
) -> Path:
    """Write a world into the folder `to` and return its path.

    `corpus.jsonl` has one passage a line (`id`, `title`, `text`); `train.json` and `dev.json` are
    question files in HotpotQA's official form, each question with a context of ten paragraphs;
    `world.json` says how to make the same world again. The folder appears whole or not at all; a world
    that stands there is replaced.

    Raises InputError for a size, seed or number of questions that cannot be, and for a folder that holds
    anything but a world; DataError where the disk refuses."""
    world = generate_world(size, seed)
    counts: dict[Split, int] = {"train": train, "dev": dev}
    for split, count in counts.items():
        world.questions(split, count)
    target = Path(to).resolve()
    _check_target(target)
    making = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        making.mkdir(parents=True)
        for split, count in counts.items():
            _write_questions(making / f"{split}.json", _records(world, split, count))
        _write_corpus(making / "corpus.jsonl", world, progress)
        about = {"format": FORMAT, "version": VERSION, "size": size, "seed": seed, "train": train, "dev": dev}
        (making / MANIFEST).write_text(json.dumps(about, indent=2) + "\n", "utf-8")
        _publish(making, target)
    except OSError as error:
        raise DataError(f"{target}: the world cannot be written ({error.strerror}); choose another folder") from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return target


def _records(world: World, split: Split, count: int) -> Iterator[dict[str, Any]]:
    """Questions in the fields and the order of HotpotQA's files."""
    for example, region in world.asked(split, count):
        yield {
            "_id": example["id"],
            "question": example["question"],
            "answer": example["answer"],
            "type": example["type"],
            "level": example["level"],
            "supporting_facts": example["supporting_facts"],
            "context": context_of(example, region),
            "evidences": example["evidences"],
        }


def _write_questions(path: Path, records: Iterator[dict[str, Any]]) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        before = "[\n"
        for record in records:
            file.write(before + json.dumps(record, ensure_ascii=False))
            before = ",\n"
        file.write("\n]\n")


def _write_corpus(path: Path, world: World, progress: Progress | None) -> None:
    dump = json.JSONEncoder(ensure_ascii=False).encode
    with path.open("x", encoding="utf-8", newline="\n") as file:
        for number, passage in enumerate(world.passages(), start=1):
            file.write(dump({"id": passage.id, "title": passage.title, "text": passage.text}) + "\n")
            if progress is not None and (number % 1000 == 0 or number == world.size):
                progress(number, world.size)


def _check_target(target: Path) -> None:
    """Raise InputError where something stands that is neither an empty folder nor a world."""
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError(f"{target}: a world is written into a folder, but this is a file; choose another name")
    strange = sorted(entry.name for entry in target.iterdir() if not _belongs(entry))
    if strange:
        raise InputError(
            f"{target}: only an empty folder or an older world is written over, but this holds {strange[0]}; "
            "choose another folder"
        )
    if any(target.iterdir()) and not _is_world(target):
        raise InputError(f"{target}: holds files but no whole {MANIFEST}, so it is no world; choose another folder")


def _belongs(entry: Path) -> bool:
    return entry.name in FILES and entry.is_file() and not entry.is_symlink()


def _is_world(folder: Path) -> bool:
    try:
        about = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(about, dict) and about.get("format") == FORMAT


def _publish(made: Path, target: Path) -> None:
    """Move the finished folder into its place; an older world there is set aside first, and back if that
    fails."""
    if not target.exists():
        made.rename(target)
        return
    old = target.with_name(f".{target.name}.{uuid.uuid4().hex}.old")
    target.rename(old)
    try:
        made.rename(target)
    except OSError:
        old.rename(target)
        raise
    for name in FILES:
        (old / name).unlink(missing_ok=True)
    old.rmdir()
