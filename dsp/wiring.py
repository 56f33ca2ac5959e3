"""The composition root: names become objects here, and only here is the environment read.

| variable       | what it sets                                             | where it is not set            |
|----------------|----------------------------------------------------------|--------------------------------|
| `DSP_CACHE`    | the folder of the LM cache; "off" keeps none             | `~/.cache/dsp`                 |
| `DSP_RUNS`     | the folder in which runs are recorded                    | `~/.local/state/dsp/runs`      |
| `*_API_KEY`    | the providers' keys, read when a request is made         | a request says which is needed |

`XDG_CACHE_HOME` and `XDG_STATE_HOME` are honoured.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dsp.errors import InputError
from dsp.lms.recorded import History, Transcript
from dsp.protocols import LM, Cache

if TYPE_CHECKING:
    from dsp.cache.sqlite import SQLiteCache
    from dsp.execution.tasks import Tasks
    from dsp.execution.threads import Threads
    from dsp.lms.budgeted import Budget
    from indexes.protocols import Index

CACHE_OFF = "off"
BATCH_CONCURRENCY = 1000  # examples under way at a time, where nobody says otherwise
HISTORY = History()  # of the LMs made here


@dataclass(frozen=True)
class _Keeping:
    """What `configure_cache` chose: the folder, if any, and a layer in memory, if any."""

    on_disk: bool = True
    folder: Path | None = None
    memory: Cache | None = None


_keeping = _Keeping()


def configure_cache(
    enable_disk_cache: bool = True,
    enable_memory_cache: bool = True,
    disk_cache_dir: str | os.PathLike[str] | None = None,
    memory_max_entries: int = 100_000,
) -> None:
    """Choose where LMs that are made from now on keep their finished calls: on disk, in memory, both, or nowhere.

    The folder goes over `DSP_CACHE`; a layer in memory stands before it. The names are DSPy's. Raises InputError for no
    entries.
    """
    global _keeping
    from dsp.cache.memory import MemoryCache

    memory = MemoryCache(max_entries=memory_max_entries) if enable_memory_cache else None
    _keeping = _Keeping(enable_disk_cache, None if disk_cache_dir is None else Path(disk_cache_dir), memory)


def cache_folder() -> Path | None:
    """Where finished LM calls are kept; None where the user keeps none."""
    if not _keeping.on_disk or _keeping.folder is not None:
        return _keeping.folder if _keeping.on_disk else None
    chosen = os.environ.get("DSP_CACHE", "")
    if chosen.lower() == CACHE_OFF:
        return None
    return Path(chosen) if chosen else _home("XDG_CACHE_HOME", ".cache") / "dsp"


def runs_folder() -> Path:
    """Where runs are recorded: what was chosen; else the user's own folder, or a temporary one where that is closed."""
    chosen = os.environ.get("DSP_RUNS", "")
    if chosen:
        return Path(chosen)
    own = _home("XDG_STATE_HOME", ".local/state") / "dsp" / "runs"
    return own if _is_open(own) else Path(tempfile.gettempdir()) / "dsp" / "runs"


def make_lm(
    name: str,
    model_type: str | None = None,
    *,
    api_base: str | None = None,
    api_key: str | None = None,
    timeout: float | None = None,
    num_retries: int | None = None,
    cache: bool = True,
    budget: Budget | None = None,
    batch: bool = False,
    in_flight: int | None = None,
    callbacks: Sequence[object] | None = None,
    **sampling: Any,
) -> LM:
    """The LM of that name ("provider/model", a server's URL, or "extractive"), ready for work.

    `sampling` (temperature, max_tokens, …) holds where a predictor says nothing else. `api_base`, `api_key` and
    `timeout` (seconds) replace what the provider's name means; a key is kept in memory alone, and better left to the
    environment. `model_type` is "chat", or "responses" for the API of that name.

    One that is waited for is retried (up to `num_retries` times) and kept within its server's limits; finished calls
    are kept on disk, unless `cache` is False; at most `in_flight` requests are out at a time; a budget counts only what
    the cache does not answer; the last calls are remembered for `inspect_history`. With `batch` calls go by the
    server's Batch API, and what is under way is written down beside the cache: raises InputError for an LM that has
    none, and where no cache is kept. `callbacks` are told of its calls (`dsp.callbacks`).
    """
    from dsp.lms.base import LocalLM
    from dsp.lms.budgeted import budgeted
    from dsp.lms.cached import cached
    from dsp.lms.defaults import with_defaults
    from dsp.lms.limited import limited
    from dsp.lms.recorded import recorded
    from dsp.lms.registry import lm_from_name
    from dsp.lms.retrying import retrying

    lm: LM = lm_from_name(name, **_provider_options(name, model_type, api_base, api_key, timeout))
    local = isinstance(lm, LocalLM)
    if batch:
        lm = _by_batches(lm)
    elif not local:
        lm = retrying(lm) if num_retries is None else retrying(lm, attempts=num_retries + 1)
    if not (local or batch) or in_flight is not None:
        lm = limited(lm, in_flight=in_flight)
    if budget is not None:
        lm = budgeted(lm, budget)
    if cache and (kept := _cache(local)) is not None:
        lm = cached(lm, kept)
    said = {setting: value for setting, value in sampling.items() if value is not None}
    made = recorded(with_defaults(lm, **said) if said else lm, HISTORY)
    if callbacks:
        made.callbacks = list(callbacks)
    return made


def _provider_options(
    name: str, model_type: str | None, api_base: str | None, api_key: str | None, timeout: float | None
) -> dict[str, Any]:
    """What was said of a provider, in its own words. Raises InputError for another model type."""
    from dsp.lms.keys import Given
    from dsp.lms.wires import WIRES

    if model_type not in (None, "chat", "responses"):
        raise InputError(f'model_type must be "chat" or "responses", but got {model_type!r}; leave it out')
    options: dict[str, Any] = {"wire": WIRES["responses"]} if model_type == "responses" else {}
    if api_base:
        bare = name.startswith("ollama") and urlsplit(api_base).path in ("", "/")
        options["base_url"] = api_base.rstrip("/") + ("/v1" if bare else "")
    if api_key is not None:
        options["key"] = Given(api_key)
        if not api_key.strip():  # a server of one's own, which asks for none
            options["key_required"] = False
    if timeout is not None:
        options["timeout"] = timeout
    return options


def _by_batches(lm: LM) -> LM:
    from dsp.lms.batched import batched

    folder = cache_folder()
    if folder is None:
        raise InputError(
            f'batches need a cache to bring their answers to, but DSP_CACHE is "{CACHE_OFF}"; '
            "unset it, or ask without batches"
        )
    return batched(lm, folder / "batches")


def _cache(local: bool) -> Cache | None:
    """What an LM keeps its finished calls in; None for nothing."""
    from dsp.cache.layered import LayeredCache

    # an LM that computes here costs nothing to ask again: it need not fail where a folder nobody chose is closed
    nobodys = cache_folder() if local and not os.environ.get("DSP_CACHE") and _keeping.folder is None else None
    disk = None if nobodys is not None and not _is_open(nobodys) else open_cache()
    layers: list[Cache] = [layer for layer in (_keeping.memory, disk) if layer is not None]
    return LayeredCache(*layers) if len(layers) > 1 else next(iter(layers), None)


def open_cache() -> SQLiteCache | None:
    """The cache of finished LM calls; None where the user keeps none."""
    folder = cache_folder()
    if folder is None:
        return None
    from dsp.cache.sqlite import SQLiteCache

    return SQLiteCache(folder / "calls.sqlite")


def inspect_history(n: int = 1) -> Transcript:
    """The last n LM calls of this process: prompt, answer, tokens, seconds, retries, cost. Print it to read it."""
    return HISTORY.last(n)


def executor_for(lm: LM, concurrency: int | None) -> Threads | Tasks:
    """Threads for an LM that computes here, tasks for one that is waited for: there `concurrency` bounds the
    requests in flight and costs no threads. For one that is asked by batches it bounds the batch."""
    from dsp.execution.tasks import Tasks
    from dsp.execution.threads import Threads
    from dsp.lms.base import LocalLM

    inner, by_batches = lm, False
    while (wrapped := getattr(inner, "inner", None)) is not None:
        by_batches |= getattr(inner, "by_batches", False)
        inner = wrapped
    if by_batches and concurrency is None:
        return Tasks(BATCH_CONCURRENCY)
    if not isinstance(inner, LocalLM):
        return Tasks(concurrency)
    return Threads(concurrency if concurrency is not None else os.cpu_count())


def open_index(path: str | os.PathLike[str]) -> Index:
    """The index in a folder, ready to search: the retriever of a program."""
    import indexes

    return indexes.open(path)


def _is_open(folder: Path) -> bool:
    """Whether files can be written in the folder, which is made where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _home(variable: str, fallback: str) -> Path:
    chosen = os.environ.get(variable, "")
    return Path(chosen) if chosen else Path.home() / fallback
