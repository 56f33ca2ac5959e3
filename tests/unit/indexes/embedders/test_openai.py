from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import indexes
from dsp.testing.server import Fault, LMServer
from indexes.embedders import embedder_named
from indexes.embedders.cached import CachedEmbedder
from indexes.embedders.openai import MAX_CHARACTERS, REQUEST_CHARACTERS, OpenAIEmbedder
from indexes.errors import EmbedderError, InputError
from indexes.protocols import Embedder
from indexes.testing import EmbedderContract

KEY = "sk-embedding-secret"


@pytest.fixture
def server() -> Iterator[LMServer]:
    with LMServer() as running:
        yield running


def inputs(server: LMServer) -> list[list[str]]:
    return [asked.body["input"] for asked in server.requests]


class TestOpenAIEmbedder(EmbedderContract):
    @pytest.fixture(autouse=True)
    def _served(self, server: LMServer) -> None:
        self.server = server

    def make(self) -> Embedder:
        return OpenAIEmbedder("test", base_url=self.server.base_url)


def test_texts_go_in_batches_and_come_back_in_order(server: LMServer) -> None:
    embedder = OpenAIEmbedder("test", base_url=server.base_url, dimensions=32, batch_size=3)
    texts = [f"text {number}" for number in range(10)]
    rows = embedder.embed_passages(texts)
    assert sorted(map(len, inputs(server))) == [1, 3, 3, 3]
    np.testing.assert_array_equal(rows, np.concatenate([embedder.embed_queries([text]) for text in texts]))
    assert {asked.body["dimensions"] for asked in server.requests} == {32}


def test_no_text_is_refused_for_being_empty_broken_or_long(server: LMServer) -> None:
    OpenAIEmbedder("test", base_url=server.base_url, dimensions=8).embed_passages(["", "\ud800", "x" * 10**6])
    assert inputs(server) == [[" ", "?", "x" * MAX_CHARACTERS]]


def test_a_server_that_falters_is_asked_again(server: LMServer) -> None:
    server.fail(Fault.status(429, headers={"Retry-After": "0.01"}), Fault.status(503, headers={"Retry-After": "0.01"}))
    assert OpenAIEmbedder("test", base_url=server.base_url).dimension == 64
    assert len(server.requests) == 3


def _body(*entries: tuple[Any, Any]) -> Fault:
    return Fault.json({"data": [{"index": index, "embedding": vector} for index, vector in entries]})


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.status(401, f"Incorrect API key: {KEY}"), r"\[key\]"),
        (Fault.status(404, "no such model"), "no such model"),
        (Fault.html(), "must give vectors of test"),
        (Fault.truncated(), "must give vectors of test"),
        (_body((0, [1.0, 2.0])), "one vector for each of 2 texts, but gave 1"),
        (_body((0, [1.0, 2.0]), (0, [1.0, 2.0])), "one vector for each of 2 texts"),
        (_body((0, [1.0, 2.0]), (1, [1.0])), "vectors of 2 numbers, but one has 1"),
        (_body((0, [1.0, 2.0]), (1, [1.0, float("nan")])), "finite numbers"),
        (_body((0, [1.0, 2.0]), (1, [1.0, 1e300])), "finite numbers"),
        (_body((0, [1.0, 2.0]), (1, [])), "a list of numbers"),
        (_body((0, [1.0, 2.0]), (1, ["a", "b"])), "must give vectors of test"),
        (_body((0, [1.0, 2.0]), (1, [[1.0], [2.0]])), "a list of numbers"),
        (_body((0, [1.0, 2.0]), (1, None)), "must give vectors of test"),
        (_body((0, [1.0, 2.0]), (None, [1.0, 2.0])), "must give vectors of test"),
        (_body((0, [1.0, 2.0]), (2, [1.0, 2.0])), "one vector for each of 2 texts"),
        (_body((0, [1.0, 2.0]), (1, [1.0, 2.0]), (2, [1.0, 2.0])), "one vector for each of 2 texts, but gave 3"),
        (Fault.json({"data": None}), "must give vectors of test"),
        (Fault.json({"data": "none"}), "must give vectors of test"),
        (Fault.json([]), "must give vectors of test"),
    ],
)
def test_an_answer_that_is_none_is_a_typed_error(server: LMServer, fault: Fault, said: str) -> None:
    embedder = OpenAIEmbedder("test", base_url=server.base_url, dimensions=2, key=lambda: KEY)
    server.fail(fault)
    with pytest.raises(EmbedderError, match=said) as caught:
        embedder.embed_passages(["a", "b"])
    assert KEY not in f"{caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"


def test_a_vector_of_zeros_is_a_vector(server: LMServer) -> None:
    server.fail(_body((0, [0.0, 0.0])))
    assert not OpenAIEmbedder("test", base_url=server.base_url, dimensions=2).embed_passages(["a"]).any()


def test_a_text_that_is_too_long_for_the_server_is_sent_shorter_and_its_neighbours_are_not(server: LMServer) -> None:
    refused = Fault.status(400, "maximum context length is 8192 tokens")
    server.fail(refused, refused)  # the batch, then the long text alone
    texts = ["short", "長" * 9000, "x" * 1500]
    embedder = OpenAIEmbedder("test", base_url=server.base_url, dimensions=8, in_flight=1)
    rows = embedder.embed_passages(texts)
    asked = [[len(text) for text in each] for each in inputs(server)]
    assert asked == [[5, 9000, 1500], [9000], [4500], [5, 1500]]
    np.testing.assert_array_equal(rows, embedder.embed_passages(["short", "長" * 4500, "x" * 1500]))


def test_a_refusal_that_is_not_for_length_is_no_reason_to_ask_again(server: LMServer) -> None:
    server.fail(Fault.status(400, "this model takes no dimensions"))
    with pytest.raises(EmbedderError, match="this model takes no dimensions"):
        OpenAIEmbedder("test", base_url=server.base_url, dimensions=8).embed_passages(["a", "b"])
    assert len(server.requests) == 1


def test_a_request_holds_no_more_characters_than_a_server_takes(server: LMServer) -> None:
    embedder = OpenAIEmbedder("test", base_url=server.base_url, dimensions=8)
    rows = embedder.embed_passages([f"{number} " * 9000 for number in range(25)])
    assert rows.shape == (25, 8)
    assert sorted(map(len, inputs(server))) == [4, 10, 11]
    assert max(sum(map(len, each)) for each in inputs(server)) <= REQUEST_CHARACTERS


def test_what_a_cache_holds_is_not_asked_for_again(server: LMServer, tmp_path: Path) -> None:
    for _ in range(2):
        cached = CachedEmbedder(OpenAIEmbedder("test", base_url=server.base_url, dimensions=8), tmp_path)
        rows = cached.embed_passages(["a", "b", "a"])
    assert inputs(server) == [["a", "b"]]
    np.testing.assert_array_equal(rows[0], rows[2])
    assert KEY not in cached.fingerprint


def test_keys_and_telemetry_go_to_their_own_server_alone(server: LMServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "our-organization")
    OpenAIEmbedder("test", base_url=server.base_url).embed_queries(["a"])
    OpenAIEmbedder("test", base_url=server.base_url, key=lambda: "its-own").embed_queries(["a"])
    assert KEY not in json.dumps([dict(asked.headers) for asked in server.requests])
    assert not [name for asked in server.requests for name in asked.headers if name.startswith(("openai-", "x-stain"))]
    assert [asked.headers.get("authorization") for asked in server.requests] == [None, None, *["Bearer its-own"] * 2]


def test_openais_own_server_needs_a_key_and_nothing_is_sent_without() -> None:
    with pytest.raises(EmbedderError, match="OPENAI_API_KEY is not set"):
        OpenAIEmbedder("text-embedding-3-small").embed_queries(["a"])


def test_an_index_is_built_and_searched_by_the_servers_name(server: LMServer, corpus_of_books: Path) -> None:
    folder = corpus_of_books.parent / "index"
    indexes.build(corpus_of_books, folder, engine="faiss", embedder=f"openai/{server.base_url}#test").close()
    with indexes.open(folder) as index:
        assert index.search("who wrote Emma", 1)[0].title == "Emma"


@pytest.fixture
def corpus_of_books(tmp_path: Path) -> Path:
    pytest.importorskip("faiss", reason="the extra [dense] is not installed")
    path = tmp_path / "corpus.jsonl"
    books = {"Emma": "Jane Austen wrote Emma.", "Dune": "Frank Herbert made Dune.", "Momo": "Michael Ende made Momo."}
    lines = [json.dumps({"id": title, "title": title, "text": text}) for title, text in books.items()]
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_the_fingerprint_tells_servers_models_and_sizes_apart() -> None:
    base = OpenAIEmbedder("m")
    others = [OpenAIEmbedder("n"), OpenAIEmbedder("m", dimensions=8), OpenAIEmbedder("http://127.0.0.1:9/v1#m")]
    assert len({each.fingerprint for each in [base, *others]}) == 4
    assert OpenAIEmbedder("m", key=lambda: KEY).fingerprint == base.fingerprint


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        ("", {}, "needs a model"),
        ("http://127.0.0.1:9/v1", {}, "needs a model"),
        ("m", {"base_url": "http://user:secret@host/v1"}, "no user and no query"),
        ("m", {"base_url": "ftp://host"}, "http:// or https://"),
        ("m", {"batch_size": 0}, "batch_size must be"),
        ("m", {"dimensions": -1}, "dimensions must be"),
    ],
)
def test_what_cannot_be_used_is_refused(model: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        OpenAIEmbedder(model, **options)
    assert "secret" not in str(caught.value)


def test_a_name_says_options_but_never_a_key() -> None:
    assert embedder_named("openai/m?dimensions=8").dimension == 8
    for name in (f"openai/m?key={KEY}", f"openai/m?dimensions={KEY}", f"openai?key={KEY}"):
        with pytest.raises(InputError) as caught:
            embedder_named(name)
        assert KEY not in str(caught.value)
    plain = embedder_named("openai/http://127.0.0.1:9/v1#m?x")
    assert isinstance(plain, OpenAIEmbedder)
    assert plain.model == "m?x"


def test_threads_share_one_client(server: LMServer) -> None:
    embedder = OpenAIEmbedder("test", base_url=server.base_url, dimensions=8)
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda number: embedder.embed_queries([f"text {number}"]), range(16)))
    assert all(row.shape == (1, 8) for row in rows)
