"""`cached`: an embedder that remembers on disk, so that a build which was interrupted goes on where it stopped.

    indexes.build("corpus.jsonl", "my-index", engine="faiss", embedder="sentence_transformers/…",
                  embedding_cache="embeddings")

A row is kept by its text, by whether it was a query or a passage, and by the embedder's fingerprint. For each
fingerprint there is one file of records, only ever appended to: a 16-byte key, the row as little-endian float32, and
the CRC-32 of both. What a crash has cut short, or anything has altered, is as if it were not there.
"""

from __future__ import annotations

import hashlib
import os
import threading
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.errors import InputError
from indexes.protocols import Embedder

_KEY, _CHECK = 16, 4
_BATCH = 256
_F32, _U32 = np.dtype("<f4"), np.dtype("<u4")


class CachedEmbedder:
    """Gives what the embedder gives, and asks it only for what the folder doesn't hold yet.

    After every 256 texts what is new is on disk. Any number of processes may share the folder.
    Raises InputError where it cannot be written, or the embedder gives another number of rows than it was asked for.
    """

    def __init__(self, embedder: Embedder, folder: str | os.PathLike[str]) -> None:
        self.inner = embedder
        self._folder = Path(folder)
        self._lock = threading.RLock()
        self._places: dict[bytes, int] | None = None

    @property
    def fingerprint(self) -> str:
        return self.inner.fingerprint

    @property
    def dimension(self) -> int:
        return self.inner.dimension

    @property
    def path(self) -> Path:
        """The file of this embedder's rows."""
        name = hashlib.sha256(f"{self.fingerprint}\0{self.dimension}".encode()).hexdigest()[:32]
        return self._folder / f"{name}.rows"

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._rows(texts, b"passage", self.inner.embed_passages)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._rows(texts, b"query", self.inner.embed_queries)

    @property
    def _record(self) -> int:
        return _KEY + _F32.itemsize * self.dimension + _CHECK

    def _rows(self, texts: Sequence[str], kind: bytes, embed: Callable[[Sequence[str]], Any]) -> NDArray[np.float32]:
        keys = [_key(kind, text) for text in texts]
        with self._lock:
            if self._places is None:
                self._places = self._read_places()
            places = self._places
            missing = list({key: text for key, text in zip(keys, texts, strict=True) if key not in places}.items())
            for start in range(0, len(missing), _BATCH):
                self._append(missing[start : start + _BATCH], embed, places)
            return self._read([places[key] for key in keys])

    def _append(
        self, missing: list[tuple[bytes, str]], embed: Callable[[Sequence[str]], Any], places: dict[bytes, int]
    ) -> None:
        rows = np.asarray(embed([text for _, text in missing]), dtype=_F32)
        if rows.shape != (len(missing), self.dimension):
            raise InputError(
                f"an embedder must give float32 [{len(missing)}, {self.dimension}], but {self.fingerprint} gave "
                f"{list(rows.shape)}; mend the embedder"
            )
        records = []
        for (key, _), row in zip(missing, rows, strict=True):
            body = key + row.tobytes()
            records.append(body + zlib.crc32(body).to_bytes(_CHECK, "little"))
        with self._writing() as file:
            _exclusive(file)
            end = file.seek(0, os.SEEK_END)
            end += -end % self._record  # what a crash cut short is filled up, and never taken for a record
            file.truncate(end)
            file.seek(end)
            file.write(b"".join(records))
            file.flush()
            os.fsync(file.fileno())
        places.update((key, end + self._record * at) for at, (key, _) in enumerate(missing))

    def _writing(self) -> Any:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self.path.touch()
            return self.path.open("r+b")
        except OSError as error:
            raise InputError(
                f"the embedding cache {self._folder} cannot be written ({error.strerror}); choose a folder that can"
            ) from None

    def _read_places(self) -> dict[bytes, int]:
        """Where the good records are, by key; read a part at a time, the rows themselves not kept."""
        places: dict[bytes, int] = {}
        size = self._record
        try:
            with self.path.open("rb") as file:
                at = 0
                while len(part := file.read(4096 * size)) >= size:
                    for start in range(0, len(part) - size + 1, size):
                        record = part[start : start + size]
                        if zlib.crc32(record[:-_CHECK]) == int.from_bytes(record[-_CHECK:], "little"):
                            places[record[:_KEY]] = at + start
                    at += len(part)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError(f"the embedding cache {self.path} cannot be read ({error.strerror})") from None
        return places

    def _read(self, places: list[int]) -> NDArray[np.float32]:
        rows = np.empty((len(places), self.dimension), dtype=np.float32)
        if places:
            with self.path.open("rb") as file:
                for number, place in enumerate(places):
                    file.seek(place + _KEY)
                    rows[number] = np.frombuffer(file.read(_F32.itemsize * self.dimension), dtype=_F32)
        return rows


def _key(kind: bytes, text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY, person=kind).digest()


def _exclusive(file: Any) -> None:
    """Alone until the file is closed. Where files cannot be locked so, two processes should not share a cache."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file.fileno(), fcntl.LOCK_EX)
