"""The files and batches of a test server: what `LMServer` answers below /files and /batches."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

Run = Callable[[str, Any], Any]
"""Answers one request of a batch, by its path and its body, with a JSON body."""


class Batches:
    """Takes files of requests, runs them, and says "in_progress" to the first `looks` who ask after each batch.

    `status` is how batches end; one that ends otherwise than "completed" answers every other request. `made` counts
    the batches, and `asked` holds the bodies of all their requests. `faults` are used up one a request, in order: a
    status, and the body of an error.
    """

    def __init__(self, run: Run) -> None:
        self.looks = 1
        self.status = "completed"
        self.made = 0
        self.asked: list[Any] = []
        self.faults: deque[tuple[int, Any]] = deque()
        self._run = run
        self._files: dict[str, bytes] = {}
        self._batches: dict[str, dict[str, Any]] = {}
        self._looked: dict[str, int] = {}

    def forget(self) -> None:
        """The server loses all of its batches."""
        self._batches.clear()

    def reply(self, method: str, path: str, headers: Mapping[str, str], content: bytes) -> tuple[int, bytes]:
        """A status and a body."""
        parts = path.partition("?")[0].strip("/").split("/")[1:]
        match (method, *parts):
            case ("POST", "files"):
                name = self._keep(_uploaded(headers.get("content-type", ""), content))
                return _json({"id": name, "object": "file", "purpose": "batch"})
            case ("GET", "files", name, "content") if name in self._files:
                return 200, self._files[name]
            case ("POST", "batches"):
                return _json(self._made(json.loads(content)))
            case ("GET", "batches"):
                return _json({"object": "list", "data": list(self._batches.values())})
            case ("GET", "batches", name) if name in self._batches:
                return _json(self._seen(name))
        return 404, json.dumps({"error": {"message": f"there is nothing at {path}"}}).encode()

    def _keep(self, content: bytes) -> str:
        name = f"file-{len(self._files)}"
        self._files[name] = content
        return name

    def _made(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        name = f"batch_{self.made}"
        self.made += 1
        batch = {"id": name, "object": "batch", "status": "in_progress", "metadata": asked.get("metadata")}
        self._batches[name] = {**batch, "input_file_id": asked["input_file_id"]}
        return self._batches[name]

    def _seen(self, name: str) -> dict[str, Any]:
        self._looked[name] = self._looked.get(name, 0) + 1
        batch = self._batches[name]
        if batch["status"] == "in_progress" and self._looked[name] > self.looks:
            batch.update(self._finished(batch))
        return batch

    def _finished(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        good: list[Any] = []
        bad: list[Any] = []
        requests = [json.loads(line) for line in self._files[batch["input_file_id"]].splitlines()]
        for place, request in enumerate(requests if self.status != "failed" else ()):
            self.asked.append(request["body"])
            if self.status != "completed" and place % 2:
                error = {"code": f"batch_{self.status}", "message": "not done in time"}
                bad.append({"custom_id": request["custom_id"], "response": None, "error": error})
                continue
            code, body = 200, self._run(request["url"], request["body"])
            if self.faults:
                code, body = self.faults.popleft()
            response = {"status_code": code, "request_id": "test", "body": body}
            (good if code == 200 else bad).append({"custom_id": request["custom_id"], "response": response})
        errors = {"data": [{"code": "invalid", "message": "the file is not accepted"}]}
        return {
            "status": self.status,
            "output_file_id": self._lines(good),
            "error_file_id": self._lines(bad),
            "errors": errors if self.status == "failed" else None,
        }

    def _lines(self, entries: list[Any]) -> str | None:
        return self._keep("".join(json.dumps(entry) + "\n" for entry in entries).encode()) if entries else None


def _uploaded(content_type: str, content: bytes) -> bytes:
    """The file in a form."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + content)
    for part in message.iter_parts():
        if part.get_param("name", header="content-disposition") == "file":
            payload = part.get_payload(decode=True)
            return payload if isinstance(payload, bytes) else b""
    return b""


def _json(value: Any) -> tuple[int, bytes]:
    return 200, json.dumps(value).encode()
