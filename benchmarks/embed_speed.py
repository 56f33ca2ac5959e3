"""How fast passages are embedded, and whether a search finds the same: each way to run a model by the library's own.

    python benchmarks/embed_speed.py --model MODEL [--passages N] [--corpus FILE] [--questions FILE ...] [--core C]

One core. All ways take the same passages in the same run, 256 at a time, one way after the other, so that what else the
machine does falls on all alike; the figures are CPU time. `library` is sentence-transformers as it comes: float32,
torch, batches of 32. Then, over the vectors of these passages (the questions' supporting ones, and others drawn from
the corpus): the share of supporting passages among the ten nearest to their question, with the paired difference to
the library's and its 95% interval over questions, and how many of the library's own ten nearest are found.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from dsp.evaluate.intervals import paired_interval

DATA = Path(__file__).resolve().parents[2] / "shared" / "hotpotqa"
CHUNK, NEAREST = 256, 10
Rows = Any
Embed = Callable[[list[str]], Rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="an id on the hub, or a folder")
    parser.add_argument("--passages", type=int, default=3072)
    parser.add_argument("--corpus", type=Path, default=DATA / "corpus.jsonl")
    parser.add_argument("--questions", type=Path, nargs="+", default=[DATA / "train.json", DATA / "dev.json"])
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--int8", action="store_true", help="OpenVINO's too, calibrated on 300 other passages")
    given = parser.parse_args()
    os.sched_setaffinity(0, {given.core})
    os.environ["OMP_NUM_THREADS"] = "1"
    passages, others, questions = chosen(given.corpus, given.questions, given.passages)
    with tempfile.TemporaryDirectory() as folder:
        ways = ways_of(given.model, Path(folder), others if given.int8 else [])
        measure(ways, passages, questions)


def chosen(
    corpus: Path, files: list[Path], count: int
) -> tuple[list[tuple[str, str]], list[str], list[tuple[str, set[str]]]]:
    """The passages to embed as title and text, 300 others, and the questions with their supporting titles."""
    records = [record for path in files for record in json.loads(path.read_text("utf-8"))]
    questions = [(record["question"], {title for title, _ in record["supporting_facts"]}) for record in records]
    gold = set().union(*(titles for _, titles in questions))
    lines = [json.loads(line) for line in corpus.read_text("utf-8").splitlines()]
    drawn = np.random.default_rng(0).permutation(len(lines))
    ordered = sorted((lines[at] for at in drawn), key=lambda line: line["title"] not in gold)
    kept = ordered[: max(count, len(gold))]
    mixed = np.random.default_rng(1).permutation(len(kept))
    whole = [(line["title"], f"{line['title']}\n{line['text']}") for line in ordered]
    return [whole[at] for at in mixed], [text for _, text in whole[len(kept) : len(kept) + 300]], questions


def ways_of(model: str, folder: Path, calibration: list[str]) -> dict[str, tuple[Embed, Embed]]:
    """By name: what embeds passages, and what embeds questions."""
    import torch
    from sentence_transformers import SentenceTransformer

    from indexes.embedders.sentence_transformers import SentenceTransformersEmbedder

    torch.set_num_threads(1)
    plain = SentenceTransformer(model, device="cpu")
    own = SentenceTransformersEmbedder(model, backend="torch")
    asked, told = own.prompts

    def library(prompt: str) -> Embed:
        return lambda texts: plain.encode(texts, prompt=prompt, show_progress_bar=False)

    ways: dict[str, tuple[Embed, Embed]] = {"library": (library(told), library(asked))}
    options: list[dict[str, Any]] = [{"backend": "torch", "precision": "float32"}, {"backend": "torch"}]
    if installed("openvino"):
        options += [{"backend": "openvino", "precision": "float32"}, {"backend": "openvino"}]
        if calibration and installed("nncf"):
            options.append({"backend": "openvino", "precision": "int8", "calibration": calibration})
    for option in options:
        embedder = SentenceTransformersEmbedder(model, converted=folder, **option)
        ways[f"{embedder.backend} {embedder.precision}"] = (embedder.embed_passages, embedder.embed_queries)
    return ways


def installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


def measure(
    ways: dict[str, tuple[Embed, Embed]], passages: list[tuple[str, str]], questions: list[tuple[str, set[str]]]
) -> None:
    for embed, _ in ways.values():
        embed([text for _, text in passages[:64]])
    rows: dict[str, list[Rows]] = {name: [] for name in ways}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for start in range(0, len(passages), CHUNK):
        texts = [text for _, text in passages[start : start + CHUNK]]
        for name, (embed, _) in ways.items():
            started = time.process_time()
            rows[name].append(embed(texts))
            seconds[name].append((time.process_time() - started) / len(texts))
    titles = np.array([title for title, _ in passages])
    asked = [question for question, _ in questions]
    nearest = {name: nearest_of(embed(asked), np.concatenate(rows[name])) for name, (_, embed) in ways.items()}
    recall = {
        name: np.array(
            [len(gold & set(titles[found])) / len(gold) for found, (_, gold) in zip(ten, questions, strict=True)]
        )
        for name, ten in nearest.items()
    }
    print(f"{len(passages):,} passages, {len(questions)} questions; load {os.getloadavg()[0]:.1f} when done")
    print(f"{'':20} passages/s   times the library's   recall@10   against the library's        its own ten")
    for name in ways:
        times = [theirs / ours for theirs, ours in zip(seconds["library"], seconds[name], strict=True)]
        change = paired_interval(recall["library"].tolist(), recall[name].tolist())
        same = np.mean([len(set(a) & set(b)) / NEAREST for a, b in zip(nearest[name], nearest["library"], strict=True)])
        print(
            f"{name:20} {1 / statistics.fmean(seconds[name]):10.1f}"
            f"   {statistics.median(times):5.2f} ({min(times):.2f} … {max(times):.2f})"
            f"   {recall[name].mean():9.4f}   {change.mean:+.4f} [{change.low:+.4f}, {change.high:+.4f}]"
            f"   {same:9.4f}"
        )


def nearest_of(queries: Rows, rows: Rows) -> Rows:
    """The ten rows with the largest cosines, for each query: int [queries, 10]."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return np.argsort(-(queries @ unit.T), axis=1, kind="stable")[:, :NEAREST]


if __name__ == "__main__":
    main()
