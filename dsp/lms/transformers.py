"""A Hugging Face causal LM in this process (extra `[local]`): batched, with chat templates, stop strings and seeds.

Requests of many threads that wait at the same time and ask for the same sampling run as one batch: whoever gets the
model's turn takes the others along. Code of a model's repository is never run.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsp.errors import InputError, LMRequestError, LMServerError
from dsp.lms.base import LocalLM
from dsp.lms.stops import first_stop
from dsp.types.messages import FinishReason, LMCompletion, LMRequest, LMResponse, Message
from dsp.types.usage import Usage


@dataclass(eq=False, slots=True)
class Job:
    request: LMRequest
    tokens: list[int]
    answered: Future[LMResponse] = field(default_factory=Future)


class Transformers(LocalLM):
    """A causal LM by its name on the Hub or its folder, loaded when first asked.

    `device` is "cuda" where there is one, else "cpu"; `batch_size` is in requests; `max_tokens` holds where a
    request names none. `logprobs=True` in a request asks for the completions' log-probabilities. A request with a
    seed and a temperature runs alone, so that its completions are the same whoever else asks.

    Raises InputError where the packages or the model are missing, LMRequestError for a prompt that is too long for
    the model, with the number of tokens that are too many.
    """

    def __init__(
        self,
        model: str,
        *,
        revision: str = "main",
        device: str | None = None,
        batch_size: int = 8,
        max_tokens: int = 512,
    ) -> None:
        if batch_size < 1 or max_tokens < 1:
            raise InputError(f"bounds must be at least 1, but got batch_size={batch_size}, max_tokens={max_tokens}")
        self.model = model
        self.revision = revision
        self.device = device
        self.batch_size = batch_size
        self.max_tokens = max_tokens
        self._queue: deque[Job] = deque()
        self._turn = threading.Lock()
        self._loading = threading.Lock()
        self._loaded: tuple[Any, Any, Any] | None = None

    @property
    def name(self) -> str:
        return f"transformers/{self.model}"

    @property
    def fingerprint(self) -> str:
        """The model and its revision; for a folder, its files' names, sizes and times."""
        folder = Path(self.model)
        if not folder.is_dir():
            return f"{self.name} {self.revision} {self.max_tokens}"
        digest = hashlib.sha256()
        for path in sorted(each for each in folder.iterdir() if each.is_file()):
            status = path.stat()
            digest.update(f"{path.name} {status.st_size} {status.st_mtime_ns}\n".encode())
        return f"{self.name} {digest.hexdigest()} {self.max_tokens}"

    @property
    def context_window(self) -> int | None:
        """The tokens that prompt and completion may have together, as the model's configuration says."""
        _, model, _ = self._load()
        return _window(model)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """The tokens of a prompt, counted by the model's own tokenizer."""
        _, _, tokenizer = self._load()
        return len(_tokens(tokenizer, tuple(messages)))

    def complete(self, request: LMRequest) -> LMResponse:
        torch, model, tokenizer = self._load()
        job = Job(request, _tokens(tokenizer, request.messages))
        self._check_length(model, job)
        self._queue.append(job)
        while not job.answered.done():
            with self._turn:
                if not job.answered.done():
                    self._run(torch, model, tokenizer, self._batch())
        return job.answered.result()

    def _load(self) -> tuple[Any, Any, Any]:
        """torch, the model and its tokenizer."""
        with self._loading:
            if self._loaded is None:
                try:
                    import torch
                    import transformers
                except ImportError as error:
                    raise InputError(
                        f'{self.name} needs torch and transformers, but {error}; pip install "dsp[local]"'
                    ) from error
                try:
                    tokenizer = transformers.AutoTokenizer.from_pretrained(self.model, revision=self.revision)
                    model = transformers.AutoModelForCausalLM.from_pretrained(
                        self.model, revision=self.revision, dtype="auto"
                    )
                except (OSError, ValueError) as error:
                    raise InputError(
                        f"{self.name} must be a model on the Hub or a folder of one, but it cannot be loaded: {error}"
                    ) from error
                if tokenizer.pad_token_id is None:
                    tokenizer.pad_token = tokenizer.eos_token
                tokenizer.padding_side = "left"
                device = self.device or ("cuda" if torch.cuda.is_available() else "cpu")
                self._loaded = torch, model.to(device).eval(), tokenizer
            return self._loaded

    def _check_length(self, model: Any, job: Job) -> None:
        window = _window(model)
        wanted = len(job.tokens) + (job.request.max_tokens or 1)
        if window is not None and wanted > window:
            raise LMRequestError(
                f"prompt and completion must fit in {window} tokens, but {len(job.tokens)} and "
                f"{job.request.max_tokens or 1} are {wanted - window} too many; give less context or fewer max_tokens",
                model=self.name,
            )

    def _batch(self) -> list[Job]:
        """The first job and those that may run with it, taken from the queue in order. Called on one's turn."""
        first = self._queue.popleft()
        batch: list[Job] = [first]
        others: list[Job] = []
        alone = first.request.seed is not None and first.request.temperature > 0
        while self._queue and not alone and len(batch) < self.batch_size:
            job = self._queue.popleft()
            (batch if _settings(job.request) == _settings(first.request) else others).append(job)
        self._queue.extendleft(reversed(others))
        return batch

    def _run(self, torch: Any, model: Any, tokenizer: Any, batch: list[Job]) -> None:
        try:
            answers = self._generate(torch, model, tokenizer, batch)
        except BaseException as error:
            failure = LMServerError(f"{self.name} could not generate: {error}", model=self.name)
            for job in batch:
                job.answered.set_exception(failure)
            if isinstance(error, RuntimeError):  # out of memory, above all: each caller is told
                return
            raise
        for job, answer in zip(batch, answers, strict=True):
            job.answered.set_result(answer)

    def _generate(self, torch: Any, model: Any, tokenizer: Any, batch: list[Job]) -> list[LMResponse]:
        request = batch[0].request
        inputs = tokenizer.pad({"input_ids": [job.tokens for job in batch]}, return_tensors="pt").to(model.device)
        sampling = request.temperature > 0
        window = _window(model)
        longest = max(len(job.tokens) for job in batch)
        room = window - longest if window is not None else self.max_tokens
        settings: dict[str, Any] = {
            "max_new_tokens": request.max_tokens or min(self.max_tokens, room),
            "do_sample": sampling,
            "temperature": request.temperature if sampling else None,
            "top_p": request.top_p if sampling else None,
            "top_k": 0 if sampling else None,
            "num_return_sequences": request.n if sampling else 1,
            "pad_token_id": tokenizer.pad_token_id,
            "return_dict_in_generate": True,
            "output_logits": bool(request.extra.get("logprobs")),
        }
        if request.stop:
            settings |= {"stop_strings": list(request.stop), "tokenizer": tokenizer}
        with torch.inference_mode(), torch.random.fork_rng(enabled=request.seed is not None):
            if request.seed is not None:
                torch.manual_seed(request.seed)
            made = model.generate(**inputs, **settings)
        rows = made.sequences[:, inputs["input_ids"].shape[1] :].tolist()
        each = len(rows) // len(batch)
        ends = _ids(model.generation_config.eos_token_id) | _ids(tokenizer.eos_token_id)
        scores = _scores(torch, made.logits, rows) if settings["output_logits"] else [None] * len(rows)
        read = [_read(tokenizer, row, ends, request.stop, score) for row, score in zip(rows, scores, strict=True)]
        return [self._response(job, read[i * each : (i + 1) * each]) for i, job in enumerate(batch)]

    def _response(self, job: Job, read: list[tuple[LMCompletion, int]]) -> LMResponse:
        """The job's n completions: all alike where they were not sampled."""
        whole = read if len(read) == job.request.n else read * job.request.n
        usage = Usage(1, 0, len(job.tokens), sum(count for _, count in read), 0.0)
        return LMResponse(tuple(completion for completion, _ in whole), usage, self.name)


def _window(model: Any) -> int | None:
    window = getattr(model.config, "max_position_embeddings", None)
    return window if isinstance(window, int) else None


def _settings(request: LMRequest) -> tuple[Any, ...]:
    """What requests of one batch share."""
    sampled = request.n if request.temperature > 0 else 1
    asked = (request.temperature, request.top_p, request.max_tokens, request.stop, bool(request.extra.get("logprobs")))
    return (*asked, sampled, request.seed if request.temperature > 0 else None)


def _tokens(tokenizer: Any, messages: tuple[Message, ...]) -> list[int]:
    """The prompt by the model's chat template; by a plain one where it has none."""
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, tokenize=False)
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])
    text = "".join(f"{message['role']}: {message['content']}\n\n" for message in messages) + "assistant:"
    return list(tokenizer(text)["input_ids"])


def _ids(value: int | list[int] | None) -> set[int]:
    return set() if value is None else {value} if isinstance(value, int) else set(value)


def _scores(torch: Any, logits: Any, rows: list[list[int]]) -> list[list[float]]:
    """The natural log-probability of each generated token, before temperature and top_p."""
    steps = [torch.log_softmax(step.float(), dim=-1) for step in logits]
    return [[float(steps[place][row, token]) for place, token in enumerate(ids)] for row, ids in enumerate(rows)]


def _read(
    tokenizer: Any, row: list[int], ends: set[int], stops: tuple[str, ...], scores: list[float] | None
) -> tuple[LMCompletion, int]:
    """A row of generated tokens as a completion, and how many tokens it took."""
    end = next((place for place, token in enumerate(row) if token in ends), None)
    kept = row if end is None else row[:end]
    text = tokenizer.decode(kept, skip_special_tokens=True)
    count = len(kept) + (end is not None)
    place = first_stop(text, stops)
    logprob = sum(scores[:count]) if scores is not None else None
    reason: FinishReason = "length" if place is None and end is None else "stop"
    return LMCompletion(text[:place], reason, logprob), count
