"""Runs on disk: every example's result as it is done, and the summary when all are.

A run is a folder: `results.jsonl` grows line by line, so that an interrupted run keeps what it finished;
`run.json` is written last, whole.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dsp.errors import DataError
from dsp.evaluate.results import ExampleResult
from dsp.files import write_json

FORMAT_VERSION = 1


class RunFolder:
    """A new folder under `root`, named by kind and time. Use it as a context manager; `add` is thread-safe.

    A run that fails before its first result leaves no folder.
    Raises DataError where it cannot be made or written.
    """

    def __init__(self, root: str | os.PathLike[str], kind: str) -> None:
        self.kind = kind
        self.path = Path(root) / f"{time.strftime('%Y%m%d-%H%M%S')}-{kind}-{secrets.token_hex(3)}"
        self._results = self.path / "results.jsonl"
        self._lock = threading.Lock()
        try:
            self.path.mkdir(parents=True)
            self._lines = self._results.open("a", encoding="utf-8", errors="backslashreplace")
        except OSError as fault:
            raise DataError(
                f"{self.path}: cannot be made ({fault.strerror}); choose another place for runs with --runs DIR"
            ) from fault

    def add(self, result: ExampleResult, **notes: str) -> None:
        line = json.dumps({**notes, **result.to_dict()}, ensure_ascii=False)
        try:
            with self._lock:
                self._lines.write(line + "\n")
                self._lines.flush()
        except OSError as fault:
            raise DataError(f"{self._results}: cannot be written ({fault.strerror}); make room for it") from fault

    def add_stage(self, stage: str, result: ExampleResult) -> None:
        """A result of one of several evaluations of a run, named by its stage."""
        self.add(result, stage=stage)

    def finish(self, summary: dict[str, Any]) -> None:
        """Write the summary; a folder without one is a run that was cut off."""
        content = {"format": "dsp.run", "version": FORMAT_VERSION, "kind": self.kind, **summary}
        write_json(self.path / "run.json", content, error=DataError)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with suppress(OSError):  # a full disk, of which `add` has told
            self._lines.close()
        if error is not None and not self._results.stat().st_size:
            self._results.unlink()
            self.path.rmdir()
