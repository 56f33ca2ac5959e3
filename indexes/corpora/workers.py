"""Worker processes that parse files: several at once, and none of them can take this process down.

They are plain subprocesses that speak JSON, not `multiprocessing`: nothing is pickled, the caller's program is not
imported again, and a parser that hangs or crashes costs one file.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import IO, Any, NamedTuple, Self, cast

from indexes.corpora.wording import parameter
from indexes.errors import CorpusError

SECONDS = 300.0
"""What a file may take to be parsed."""


Event = list[Any]


class Task(NamedTuple):
    """A file for a worker, or a member of an archive with its content. `said` is JSON; see `worker`."""

    said: dict[str, Any]
    content: bytes = b""


class Workers:
    """Up to `count` processes, started when they are needed; to be closed."""

    def __init__(self, count: int, seconds: float = SECONDS) -> None:
        self._count = count
        self._seconds = seconds
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="indexes-corpora")
        self._all: list[_Process] = []

    def events(self, tasks: Iterable[Task]) -> Iterator[list[Event]]:
        """The events of each task, in the order of the tasks; a few tasks are ahead of what is asked for."""
        waiting: deque[Future[list[Event]]] = deque()
        for task in tasks:
            waiting.append(self._threads.submit(self._run, task))
            if len(waiting) > 2 * self._count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes, whatever they are at."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in list(self._all):
            process.end()
        self._threads.shutdown(wait=True)

    def _run(self, task: Task) -> list[Event]:
        try:
            process = self._idle.get_nowait()
        except queue.Empty:
            process = _Process()
            self._all.append(process)
        events = process.run(task, self._seconds)
        if process.alive:
            self._idle.put(process)
        else:
            process.end()
            self._all.remove(process)
        return events


class _Process:
    """One worker."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "indexes.corpora.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        except OSError as error:
            raise CorpusError(
                f"a worker process cannot be started ({error}); read the files in this one: {parameter('workers', 0)}"
            ) from None
        self._tasks, self._answers = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def run(self, task: Task, seconds: float) -> list[Event]:
        late = threading.Event()
        timer = threading.Timer(seconds, self._too_late, [late])
        timer.start()
        try:
            head = json.dumps({**task.said, "bytes": len(task.content)})
            self._tasks.write(head.encode() + b"\n" + task.content)
            self._tasks.flush()
            line = self._answers.readline()
        except (OSError, ValueError):  # it has ended, or was ended
            line = b""
        finally:
            timer.cancel()
        if line.endswith(b"\n"):
            events: list[Event] = json.loads(line)
            if events and events[0][0] == "broken":  # its last words
                self._process.kill()
                self._process.wait()
            return events
        self._process.kill()
        self._process.wait()
        reason = f"took longer than {seconds:g} seconds" if late.is_set() else f"crashed ({self._process.returncode})"
        return [["broken", f"{task.said['path']} cannot be read: its parser {reason}; leave it out"]]

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._tasks, self._answers):
            with suppress(OSError):
                pipe.close()
        self._process.wait()

    def _too_late(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()
