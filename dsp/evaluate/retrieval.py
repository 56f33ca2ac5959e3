"""Retrieval on its own: how well an index finds what judged queries need, with intervals, and compared with another.

The measures are those of trec_eval, through `ir_measures`; `all_supports@k` is the share of queries whose relevant
passages are all in the top k, which is what a multi-hop question needs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsp.data.judgements import Judged
from dsp.errors import DataError, InputError
from dsp.evaluate.intervals import Interval, bootstrap_interval, paired_interval
from dsp.files import write_text
from dsp.protocols import Retriever
from indexes.passage import Hit

CUTOFFS = (5, 10, 20)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RetrievalEvaluation:
    """What was found for each query, in the queries' order, and each measure's values in the same order."""

    judged: Sequence[Judged]
    hits: Sequence[Sequence[Hit]]
    values: dict[str, list[float]]

    def intervals(self) -> dict[str, Interval]:
        """Each measure's mean with its 95 % interval over queries."""
        return {name: bootstrap_interval(values) for name, values in self.values.items()}

    def to_dict(self) -> dict[str, Any]:
        metrics = {name: interval.to_dict() for name, interval in self.intervals().items()}
        return {"n": len(self.judged), "metrics": metrics}

    def write_run(self, path: str | os.PathLike[str], tag: str = "dsp") -> Path:
        """Every hit, in TREC's form: query, Q0, passage, rank, score, tag. Blanks in ids become `%20` and the like.

        Raises DataError where the file cannot be written.
        """
        lines = (
            f"{_one_word(query.id)} Q0 {_one_word(hit.id)} {hit.rank} {hit.score:.9g} {_one_word(tag)}\n"
            for query, hits in zip(self.judged, self.hits, strict=True)
            for hit in hits
        )
        return write_text(path, "".join(lines), error=DataError)


def evaluate_retrieval(
    retriever: Retriever,
    judged: Sequence[Judged],
    cutoffs: Sequence[int] = CUTOFFS,
    *,
    progress: Progress | None = None,
) -> RetrievalEvaluation:
    """Search every query once, as deep as the deepest cut-off, and score what was found.

    Measures: `recall@k`, `all_supports@k` and `ndcg@k` for each cut-off, `mrr@k` for the deepest. Passages that are
    judged by title count once a title, where the first of them stands.

    Raises InputError for no queries and for cut-offs that are no whole numbers from 1 up.
    """
    if not judged:
        raise InputError("retrieval is evaluated on at least one query, but got none; give judged queries")
    if not cutoffs or any(isinstance(k, bool) or not isinstance(k, int) or k < 1 for k in cutoffs):
        raise InputError(
            f"cut-offs must be whole numbers from 1 up, but got {list(cutoffs)}; write for example 5 10 20"
        )
    depth = max(cutoffs)
    found: list[Sequence[Hit]] = []
    for count, query in enumerate(judged, start=1):
        found.append(retriever.search(query.query, depth))
        if progress is not None:
            progress(count, len(judged))
    return RetrievalEvaluation(list(judged), found, _measured(judged, found, sorted(set(cutoffs))))


def compare_retrieval(before: RetrievalEvaluation, after: RetrievalEvaluation) -> dict[str, Interval]:
    """Each measure's mean change from one to the other over the same queries, with its paired interval."""
    if [query.id for query in before.judged] != [query.id for query in after.judged]:
        raise InputError("two retrievers are compared query by query, but these were asked different queries")
    shared = [name for name in before.values if name in after.values]
    return {name: paired_interval(before.values[name], after.values[name]) for name in shared}


def _measured(
    judged: Sequence[Judged], found: Sequence[Sequence[Hit]], cutoffs: Sequence[int]
) -> dict[str, list[float]]:
    import ir_measures
    from ir_measures import RR, R, nDCG

    # Places stand for the ids of queries and passages: those may hold what trec_eval's C strings cannot.
    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    for place, (query, hits) in enumerate(zip(judged, found, strict=True)):
        names = {key: f"r{number}" for number, key in enumerate(query.relevant)}
        qrels[str(place)] = {names[key]: grade for key, grade in query.relevant.items()}
        ranked: dict[str, float] = {}
        for rank, hit in enumerate(hits, start=1):  # what comes again keeps its place, and is worth nothing there
            name = names.get(hit.title if query.by == "title" else hit.id)
            ranked[f"n{rank}" if name is None or name in ranked else name] = -float(rank)
        run[str(place)] = ranked or {"none": 0.0}
    wanted = {f"mrr@{cutoffs[-1]}": RR @ cutoffs[-1]}
    for k in cutoffs:
        wanted |= {f"recall@{k}": R @ k, f"ndcg@{k}": nDCG @ k}
    named = {str(measure): name for name, measure in wanted.items()}
    values = {name: [0.0] * len(judged) for name in wanted}
    for metric in ir_measures.iter_calc(list(wanted.values()), qrels, run):
        values[named[str(metric.measure)]][int(metric.query_id)] = float(metric.value)
    for k in cutoffs:
        values[f"all_supports@{k}"] = [float(recall == 1.0) for recall in values[f"recall@{k}"]]
    order = [f"{name}@{k}" for name in ("all_supports", "recall", "ndcg") for k in cutoffs]
    return {name: values[name] for name in (*order, f"mrr@{cutoffs[-1]}")}


def _one_word(text: str) -> str:
    kept = text.encode("utf-8", "backslashreplace").decode()
    return "".join(f"%{ord(letter):02X}" if letter.isspace() or letter == "%" else letter for letter in kept) or "%"
