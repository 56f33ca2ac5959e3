"""Batches as the server has them, and what is written down about them here, so that a restart finds them again.

A batch is a file of requests that the server answers within a day, for half the price. What is written down holds no
prompt and no key: the batch's id, and the ids of its requests, which are hashes of what was asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dsp.errors import CacheError, LMRequestError, LMResponseError
from dsp.files import write_json
from dsp.lms.chat import EVIDENCE
from dsp.lms.openai import OpenAI

FORMAT = 1
"""The version of a record's JSON. Records of another version count as missing."""

KEPT = 29 * 86400.0
"""Seconds for which a batch's answers can be fetched again; servers keep them for 30 days."""

ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_WINDOW = "24h"


@dataclass(frozen=True, slots=True)
class Record:
    """One batch: whose it is, which requests are in it, and its id at the server, empty until it is known.

    `token` goes with the batch to the server: it tells which one is ours where the id was never written down.
    """

    token: str
    fingerprint: str
    ids: tuple[str, ...]
    created: float
    batch: str = ""
    format: int = FORMAT


class Records:
    """The records in a folder, each in a file of its own, written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new(self, fingerprint: str, ids: Iterable[str]) -> Record:
        record = Record(os.urandom(16).hex(), fingerprint, tuple(ids), time.time())
        self.write(record)
        return record

    def write(self, record: Record) -> None:
        """Keep a record; one without requests is forgotten. Raises CacheError where it cannot be written."""
        path = self.folder / f"{record.token}.json"
        if not record.ids:
            path.unlink(missing_ok=True)
            return
        write_json(path, asdict(record), error=CacheError)

    def of(self, fingerprint: str) -> list[Record]:
        """The records of one LM, oldest first; those that are too old to be of use are removed."""
        found = []
        for path in sorted(self.folder.glob("*.json")):
            record = _read(path)
            if record is not None and record.created + KEPT < time.time():
                path.unlink(missing_ok=True)
            elif record is not None and record.fingerprint == fingerprint:
                found.append(record)
        return sorted(found, key=lambda record: record.created)


def _read(path: Path) -> Record | None:
    try:
        value = json.loads(path.read_text("utf-8"))
        if value["format"] != FORMAT or value["token"] != path.stem:
            return None
        ids = tuple(str(each) for each in value["ids"])
        return Record(path.stem, str(value["fingerprint"]), ids, float(value["created"]), str(value["batch"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def request_id(fingerprint: str, content: Mapping[str, Any], place: int) -> str:
    """What a request is called in a batch: equal for equal requests, in whichever process."""
    whole = json.dumps([FORMAT, fingerprint, content, place], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(whole.encode("ascii")).hexdigest()[:48]


def line(name: str, path: str, body: Mapping[str, Any]) -> bytes:
    """A request as a line of a batch's file."""
    entry = {"custom_id": name, "method": "POST", "url": f"/v1{path}", "body": body}
    return json.dumps(entry, separators=(",", ":")).encode("ascii") + b"\n"


class BatchServer:
    """The files and batches of one LM's server. Its methods raise an LMError where the server does not do its part."""

    def __init__(self, lm: OpenAI) -> None:
        self._lm = lm

    async def submit(self, record: Record, lines: bytes) -> Record:
        """Send the requests off; the record then knows the batch."""
        form = {"purpose": "batch"}
        files = {"file": (f"{record.token}.jsonl", lines, "application/jsonl")}
        file = await self._json("/files", form, files)
        asked = {
            "input_file_id": file.get("id"),
            "endpoint": f"/v1{self._lm.path}",
            "completion_window": _WINDOW,
            "metadata": {"dsp": record.token},
        }
        return replace(record, batch=_id(await self._json("/batches", asked), self._lm))

    async def find(self, record: Record) -> Record:
        """A record whose batch was never written down, with the batch where the server has one of ours."""
        try:
            listed = await self._json("/batches?limit=100")
        except LMRequestError:  # a server that lists none
            return record
        for each in listed.get("data") or ():
            if isinstance(each, dict) and (each.get("metadata") or {}).get("dsp") == record.token:
                return replace(record, batch=_id(each, self._lm))
        return record

    async def look(self, record: Record) -> dict[str, Any]:
        """The batch as it stands."""
        return await self._json(f"/batches/{_safe(record.batch)}")

    async def results(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """What came of each request, by its id: the lines of the batch's two files."""
        found: dict[str, Any] = {}
        for name in ("output_file_id", "error_file_id"):
            if not isinstance(file := batch.get(name), str) or not file:
                continue
            reply = await self._lm.endpoint.get(f"/files/{_safe(file)}/content", model=self._lm.model)
            for text in reply.content.splitlines():
                entry = self._parsed(text)
                found[str(entry.get("custom_id"))] = entry
        return found

    async def _json(
        self, path: str, body: Mapping[str, Any] | None = None, files: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        endpoint, model = self._lm.endpoint, self._lm.model
        if body is None:
            reply = await endpoint.get(path, model=model)
        else:
            reply = await endpoint.post(path, body, model=model, files=files)
        return self._parsed(reply.content)

    def _parsed(self, content: bytes) -> dict[str, Any]:
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise LMResponseError(
                f"{self._lm.endpoint.base_url} must answer about batches with JSON objects, but said "
                f"{content[:60]!r}; see whether this server has batches",
                model=self._lm.name,
                evidence=content[:EVIDENCE].decode("utf-8", "replace"),
            )
        return value


def _id(batch: Mapping[str, Any], lm: OpenAI) -> str:
    name = batch.get("id")
    if not isinstance(name, str) or not name:
        raise LMResponseError(
            f"{lm.endpoint.base_url} must give a new batch an id, but gave {name!r}; "
            "see whether this server has batches",
            model=lm.name,
        )
    return name


def _safe(name: str) -> str:
    """An id that the server gave, as one part of a path."""
    return "".join(letter if letter.isalnum() or letter in "-_" else f"%{ord(letter):02X}" for letter in name)
