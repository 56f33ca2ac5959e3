"""`batched(lm, folder)`: calls that can wait go by the Batch API, for half the price.

Whatever is asked in parallel gathers; when nothing more has come for a moment it is sent off as one batch, which the
server answers within a day. Put it inside the cache, `cached(batched(openai, folder), cache)`: what comes back is
kept there. A run that is interrupted while it waits is simply run again: its questions are found in the batch that
is under way, by what was written down in `folder`, and are not paid for twice.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from dsp.errors import CacheError, InputError, LMError, LMRequestError, LMServerError
from dsp.execution.loop import BACKGROUND
from dsp.lms.batches import ENDED, BatchServer, Record, Records, line, request_id
from dsp.lms.chat import EVIDENCE, short
from dsp.lms.faces import Face, Wrapper
from dsp.lms.failures import error_field, refused
from dsp.lms.openai import OpenAI
from dsp.protocols import LM
from dsp.types.messages import LMCompletion, LMRequest, LMResponse
from dsp.types.usage import Usage

T = TypeVar("T")
R = TypeVar("R")

SHARE = 0.5
"""What a request costs in a batch, as a share of its price."""

MOST, LARGEST = 50_000, 190 * 2**20
"""Requests and bytes of one batch, as servers allow them."""

LONGEST_POLL = 60.0


def batched(lm: LM, folder: str | Path, *, gather: float = 1.0, poll: float = 1.0, attempts: int = 4) -> Batched:
    """The LM, asked by batches; what is under way is written down in `folder`."""
    return Batched(lm, folder, gather=gather, poll=poll, attempts=attempts)


@dataclass(slots=True)
class Job:
    """One request of a batch: what is sent, how often it was, and whoever waits for it."""

    name: str
    request: LMRequest
    body: dict[str, Any]
    answered: Future[LMResponse] = field(default_factory=Future)
    sent: int = 0


class Batched(Wrapper):
    """An OpenAI-compatible LM that gathers requests into batches.

    Requests are sent when none has come for `gather` seconds, and asked after every `poll` seconds, later less often.
    One that fails in a way that may pass is sent again, `attempts` times in all, and so is reaching the server
    itself. Requests of one kind are one, whoever asks. A call waits as long as its batch takes.

    Raises InputError for an LM that is not an `OpenAI`, and for fewer than one attempt.
    """

    by_batches = True  # whoever runs many calls at a time should run them all

    def __init__(self, inner: LM, folder: str | Path, *, gather: float, poll: float, attempts: int) -> None:
        super().__init__(inner)
        if not isinstance(inner, OpenAI):
            raise InputError(
                f"batches are for LMs behind an OpenAI-compatible server, but {inner.name} is none; ask it without"
            )
        if attempts < 1 or gather < 0 or poll < 0:
            raise InputError(f"attempts must be at least 1 and times 0 or more, but got {attempts}, {gather}, {poll}")
        self._lm = inner
        self._records = Records(Path(folder))
        self._server = BatchServer(inner)
        self._gather, self._poll, self._attempts = gather, poll, attempts
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._new: dict[str, Job] = {}
        self._gathering = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        completions: list[LMCompletion] = []
        usage = Usage()
        while (missing := request.n - len(completions)) > 0:
            have = len(completions)
            jobs = [self._job(part, have + place) for place, part in enumerate(self._lm.parts(request, have, missing))]
            for job in jobs:
                response = await face.wait(job.answered)
                completions.extend(response.completions)
                usage = usage + response.usage
                self._lm.learn_from(len(response), job.request.n)
        return LMResponse(tuple(completions[: request.n]), usage, self.name)

    def _job(self, request: LMRequest, place: int) -> Job:
        """The job of a request, under way already or new."""
        name = request_id(self.fingerprint, request.to_dict(), place)
        body = self._lm.body(request)
        with self._lock:
            job = self._jobs.get(name)
            if job is None:
                job = self._jobs[name] = self._new[name] = Job(name, request, body)
        BACKGROUND.later(0, self._arrived)
        return job

    # from here on all is on the background loop
    def _arrived(self) -> None:
        if self._new and not self._gathering:
            self._gathering = True
            self._begin(self._gathered())

    def _begin(self, work: Coroutine[Any, Any, None], jobs: Sequence[Job] = ()) -> None:
        """Begin work on these jobs; whatever ends it otherwise than was foreseen is told to those who wait."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                self._fail(jobs, error)

        task.add_done_callback(ended)

    async def _gathered(self) -> None:
        """Wait until no more come, and see to those that did."""
        count = 0
        while count < len(self._new) < MOST:
            count = len(self._new)
            await asyncio.sleep(self._gather)
        with self._lock:
            jobs = list(self._new.values())
            self._new.clear()
        self._gathering = False
        try:
            rest = self._resume({job.name: job for job in jobs})
        except OSError as error:
            self._fail(
                jobs, CacheError(f"{self._records.folder}: cannot be read ({error}); choose another cache folder")
            )
            return
        for part in _parted(rest, self._lm.path):
            self._begin(self._send(part), part)

    def _resume(self, jobs: dict[str, Job]) -> list[Job]:
        """Follow the batches that hold some of these jobs; gives those that no batch holds."""
        for record in reversed(self._records.of(self.fingerprint)):
            held = [jobs.pop(name) for name in record.ids if name in jobs]
            if held:
                self._begin(self._follow(record, held), held)
        return list(jobs.values())

    async def _send(self, jobs: list[Job]) -> None:
        lines = b"".join(line(job.name, self._lm.path, job.body) for job in jobs)
        for job in jobs:
            job.sent += 1
        record = self._records.new(self.fingerprint, [job.name for job in jobs])
        try:
            record = await self._server.submit(record, lines)
        except LMError as error:
            # Perhaps the batch was made and the answer lost: the token would tell.
            found = await self._found(record) if error.retryable else record
            if not found.batch:
                self._records.write(replace(record, ids=()))
                self._again_or_fail(jobs, error)
                return
            record = found
        self._records.write(record)
        await self._follow(record, jobs)

    async def _found(self, record: Record) -> Record:
        try:
            return await self._server.find(record)
        except LMError:
            return record

    async def _follow(self, record: Record, jobs: list[Job]) -> None:
        """Ask after a batch until it has ended, and tell its jobs what came of them."""
        try:
            if not record.batch:
                record = await self._patiently(self._server.find, record)
                self._records.write(record if record.batch else replace(record, ids=()))
            if not record.batch:
                await self._send(jobs)
                return
            batch = await self._ended(record)
            results = await self._patiently(self._server.results, batch)
        except LMRequestError as error:
            self._records.write(replace(record, ids=()))  # the server knows no such batch any more
            self._again_or_fail(jobs, error, always=True)
        except LMError as error:
            self._fail(jobs, error)
        else:
            self._settle(record, jobs, batch, results)

    async def _ended(self, record: Record) -> dict[str, Any]:
        wait = self._poll
        while (batch := await self._patiently(self._server.look, record)).get("status") not in ENDED:
            await asyncio.sleep(wait)
            wait = min(wait * 1.2, LONGEST_POLL)
        return batch

    async def _patiently(self, ask: Callable[[T], Awaitable[R]], what: T) -> R:
        """What the server says, asked again where it fails in a way that may pass."""
        attempt = 1
        while True:
            try:
                return await ask(what)
            except LMError as error:
                if not error.retryable or attempt >= self._attempts:
                    raise
                await asyncio.sleep(max(error.retry_after or 0.0, self._poll * 2**attempt))
                attempt += 1

    def _settle(self, record: Record, jobs: list[Job], batch: Mapping[str, Any], results: Mapping[str, Any]) -> None:
        """Hand each job its answer; what failed leaves the record, so that asking again sends it again."""
        failed: set[str] = set()
        for job in jobs:
            try:
                response = self._read(job, results.get(job.name), batch)
            except LMError as error:
                failed.add(job.name)
                teaches = isinstance(error, LMRequestError) and self._lm.learns(error, job.body, job.request)
                self._again_or_fail([job], error, always=teaches)
            else:
                self._done(job).set_result(response)
        if failed:
            self._records.write(replace(record, ids=tuple(name for name in record.ids if name not in failed)))

    def _read(self, job: Job, entry: Any, batch: Mapping[str, Any]) -> LMResponse:
        """A job's answer in a batch's results. Raises an LMError for one that is missing or is none."""
        response = entry.get("response") if isinstance(entry, dict) else None
        if not isinstance(response, dict):
            raise self._unanswered(entry, batch)
        content = json.dumps(response.get("body")).encode()
        status = response.get("status_code")
        if status != 200:
            url, text = self._lm.endpoint.base_url, content.decode("ascii")
            code = status if isinstance(status, int) else 500
            raise refused(code, {}, text, model=self._lm.model, url=url, held="the key of a batch")
        return self._lm.response(content, job.request.stop, SHARE)

    def _unanswered(self, entry: Any, batch: Mapping[str, Any]) -> LMError:
        errors = batch.get("errors")
        listed = errors.get("data") if isinstance(errors, dict) else None
        error = (entry.get("error") if isinstance(entry, dict) else None) or (listed[0] if listed else None)
        said = error_field(json.dumps({"error": error})).get("message") if error else None
        kind = LMRequestError if batch.get("status") == "failed" else LMServerError
        return kind(
            f"a batch of {self._lm.endpoint.base_url} must answer each request, but one that is "
            f"{batch.get('status')!r} does not ({said or 'no reason given'}); ask again, or without --batch",
            model=self.name,
            evidence=short(dict(batch))[:EVIDENCE],
        )

    def _again_or_fail(self, jobs: Iterable[Job], error: LMError, *, always: bool = False) -> None:
        """Send again what may then succeed, in the next batch."""
        for job in jobs:
            if job.sent < self._attempts and (error.retryable or always):
                job.sent += 1 if job.sent == 0 else 0  # one that was found under way was sent before
                job.body = self._lm.body(job.request)
                with self._lock:
                    self._new[job.name] = job
            else:
                self._fail([job], error)
        self._arrived()

    def _fail(self, jobs: Iterable[Job], error: BaseException) -> None:
        for job in jobs:
            answered = self._done(job)
            if not answered.done():
                answered.set_exception(error)

    def _done(self, job: Job) -> Future[LMResponse]:
        with self._lock:
            self._jobs.pop(job.name, None)
        return job.answered


def _parted(jobs: Iterable[Job], path: str) -> Iterable[list[Job]]:
    """The jobs in as few batches as servers allow."""
    part: list[Job] = []
    size = 0
    for job in jobs:
        length = len(line(job.name, path, job.body))
        if part and (len(part) >= MOST or size + length > LARGEST):
            yield part
            part, size = [], 0
        part.append(job)
        size += length
    if part:
        yield part
