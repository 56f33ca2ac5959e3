"""`faiss.json`: what an engine's folder holds and how it is searched, beside its arrays; with a checksum of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from indexes.errors import CorruptIndexError

STATE = "faiss.json"
VERSION = 1
_MAX_BYTES = 1 << 16
_MOST_EFFORT = 1 << 20


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a search for up to 100 looks: the lists probed, the candidates compared anew, the graph's queue."""

    probes: int = 0
    candidates: int = 0
    queue: int = 0


@dataclass(frozen=True, slots=True)
class Recall:
    """What part of `flat`'s best 10 was found: what was asked for, and what was measured, the lower of two figures.

    `snippets`: with pieces of passages' texts as queries; `vectors`: with passages' own vectors, each one left out of
    what it finds. `measured_at`: how many vectors there were then. `against`: "vectors"; or "codes", what is
    found by looking at all the codes, after vectors were added where none are kept.
    """

    asked: float
    measured: float
    snippets: float
    vectors: float
    measured_at: int
    against: str


@dataclass(frozen=True, slots=True)
class State:
    """Metric: cosine, as the inner product of vectors brought to unit length. `norms` are the embedder's, before that,
    the smallest and the largest; `zeros`, how many vectors are zero and so score 0 with every query."""

    kind: str
    why: str
    vectors: int
    dimension: int
    zeros: int = 0
    norms: tuple[float, float] | None = None
    lists: int = 0
    trained_on: int = 0
    effort: Effort = field(default_factory=Effort)
    recall: Recall | None = None

    def with_(self, **changes: Any) -> State:
        return replace(self, **changes)

    def facts(self) -> dict[str, Any]:
        """The state as JSON values, as it is shown to people."""
        whole = {"metric": "cosine", **asdict(self), "norms": list(self.norms) if self.norms else None}
        return {key: value for key, value in whole.items() if value not in (None, {})}

    def write(self, folder: Path) -> None:
        body = {"version": VERSION, **self.facts()}
        text = json.dumps({**body, "checksum": _checksum(body)}, indent=2, ensure_ascii=True) + "\n"
        draft = folder / f"{STATE}.new"
        draft.write_text(text, encoding="utf-8")
        draft.replace(folder / STATE)


def read_state(folder: Path) -> State:
    """The state in a folder, checked. Raises CorruptIndexError where it is missing, altered or doesn't add up."""
    path = folder / STATE
    try:
        with path.open("rb") as file:
            body = json.loads(file.read(_MAX_BYTES))
        checksum = body.pop("checksum")
        if checksum != _checksum(body) or body.pop("version") != VERSION or body.pop("metric") != "cosine":
            raise ValueError("another checksum, version or metric")
        return _parse(body)
    except OSError as error:
        raise CorruptIndexError(f"{path} cannot be read ({error.strerror}); build the index again") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CorruptIndexError(f"{path} is not as it was written ({error}); build the index again") from None


def _parse(body: dict[str, Any]) -> State:
    norms = body.pop("norms", None)
    effort = Effort(**body.pop("effort", {}))
    recall = body.pop("recall", None)
    state = State(
        **body,
        norms=(float(norms[0]), float(norms[1])) if norms else None,
        effort=effort,
        recall=Recall(**recall) if recall else None,
    )
    counts = (state.vectors, state.dimension, state.zeros, state.lists, state.trained_on, *asdict(effort).values())
    if not all(isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 1 << 40 for count in counts):
        raise ValueError("a count that is none")
    if not isinstance(state.kind, str) or state.dimension < 1 or (state.lists and not effort.probes):
        raise ValueError("a kind, a dimension or an effort that is none")
    if max(asdict(effort).values()) > _MOST_EFFORT:
        raise ValueError("an effort beyond all bounds")
    return state


def _checksum(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
