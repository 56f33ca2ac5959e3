"""`hotpotqa`: the official question files; the contexts of all questions, each once, are the corpus.

A context is `[title, [sentence, …]]`; its text is the sentences joined. Its id is made from title and text, so that it
is the same in every file that holds the passage. `metadata["sentences"]` gives where each sentence starts in the text.
A plain list of passages, `[{"id", "title", "text"}, …]`, is read too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from indexes.corpora.json_stream import NotJsonError, json_items
from indexes.corpora.records import TEXT_KEYS, BadValueError, to_passage
from indexes.corpora.source import Reading, Source
from indexes.corpora.utf8 import decoded_chunks
from indexes.errors import CorpusError
from indexes.passage import Passage


class HotpotQA:
    extensions = (".json",)

    def holds_passages(self, source: Source) -> bool:
        """Whether the file begins with a question or a passage. Much else is JSON."""
        try:
            with source.open() as stream:
                _, first = next(json_items(decoded_chunks(source, stream)), (0, {}))
        except (NotJsonError, CorpusError):
            return False
        return "context" in first or not first.keys().isdisjoint(TEXT_KEYS)

    def read(self, source: Source, reading: Reading) -> Iterator[tuple[int, Passage]]:
        seen = reading.seen
        with source.open() as stream:
            try:
                for line, item in json_items(decoded_chunks(source, stream)):
                    try:
                        passages = list(_passages(item, f"{source.name}:{line}"))
                    except BadValueError as error:
                        reading.bad(source.error(line, str(error)))
                        continue
                    for key, passage in passages:
                        if key is None or key not in seen:
                            if key is not None:
                                seen.add(key)
                            yield line, passage
            except NotJsonError as error:  # nothing after it can be trusted: no number of bad records excuses it
                raise source.error(error.line, f"{error}; one object a line goes as .jsonl") from None


def _passages(item: dict[str, Any], default_id: str) -> Iterator[tuple[bytes | None, Passage]]:
    """The item's passages, each with the key by which its repetitions are known; None for a plain passage."""
    if "context" not in item:
        yield None, to_passage(item, default_id)
        return
    contexts = item["context"]
    if not isinstance(contexts, list):
        raise BadValueError('"context" must be a list of [title, [sentence, …]]; see hotpotqa.github.io')
    for context in contexts:
        match context:
            case [str(title), [*sentences]] if all(isinstance(sentence, str) for sentence in sentences):
                text = "".join(sentences)
                if text.strip():
                    key = _key(title, text)
                    yield key, Passage(key.hex(), title, text, {"sentences": _starts(sentences)})
            case _:
                raise BadValueError(f'"context" must hold [title, [sentence, …]], but holds {str(context)[:60]}')


def _starts(sentences: list[str]) -> list[int]:
    starts, at = [], 0
    for sentence in sentences:
        starts.append(at)
        at += len(sentence)
    return starts


def _key(title: str, text: str) -> bytes:
    return hashlib.blake2b(f"{title}\n{text}".encode("utf-8", "surrogatepass"), digest_size=10).digest()


FORMAT = HotpotQA()
