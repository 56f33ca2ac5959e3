from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsp.cache.memory import MemoryCache
from dsp.errors import InputError, LMAuthenticationError, LMConnectionError, LMRequestError, LMServerError
from dsp.lms.base import request_of
from dsp.lms.batched import Batched, batched
from dsp.lms.batches import KEPT, Records, request_id
from dsp.lms.cached import cached
from dsp.lms.openai import OpenAI
from dsp.lms.prices import Price
from dsp.lms.scripted import Scripted
from dsp.testing.server import Fault, LMServer
from dsp.types.messages import LMResponse

Make = Callable[..., Batched]


@pytest.fixture
def server() -> Iterator[LMServer]:
    with LMServer(lambda body: f"heard {body['messages'][-1]['content']}") as running:
        yield running


@pytest.fixture
def make(server: LMServer, tmp_path: Path) -> Make:
    def make(attempts: int = 4, **options: Any) -> Batched:
        lm = OpenAI("test", base_url=server.base_url, **options)
        return batched(lm, tmp_path / "batches", gather=0.05, poll=0.01, attempts=attempts)

    return make


def ask_all(lm: Any, questions: list[str], **config: Any) -> list[LMResponse]:
    async def together() -> list[LMResponse]:
        return list(await asyncio.gather(*(lm.acall(question, **config) for question in questions)))

    return asyncio.run(together())


def paths(server: LMServer) -> list[str]:
    return [f"{asked.method} {asked.path}" for asked in server.requests]


QUESTIONS = [f"question {number}" for number in range(20)]


def test_what_is_asked_together_goes_as_one_batch_at_half_the_price(server: LMServer, make: Make) -> None:
    whole = OpenAI("test", base_url=server.base_url, price=Price(2.0, 4.0))("question 0").usage
    responses = ask_all(make(price=Price(2.0, 4.0)), QUESTIONS, max_tokens=9)
    assert [response[0] for response in responses] == [f"heard {question}" for question in QUESTIONS]
    assert server.batches.made == 1
    assert "POST /v1/chat/completions" not in paths(server)[1:]
    assert server.batches.asked[0]["max_tokens"] == 9
    assert responses[0].usage == replace(whole, usd=(whole.usd or 0) / 2)


def test_threads_gather_too_and_equal_requests_are_one(server: LMServer, make: Make) -> None:
    lm = make()
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda number: lm(f"question {number % 4}")[0], range(8)))
    assert said == [f"heard question {number % 4}" for number in range(8)]
    assert len(server.batches.asked) == 4


def test_several_completions_are_asked_for_however_the_server_counts(server: LMServer, make: Make) -> None:
    assert len(make()("hello", n=3)) == 3
    server.honours_n = False
    response = make()("again", n=3, seed=5)
    assert len(response) == 3
    assert sorted(body["seed"] for body in server.batches.asked[1:]) == [5, 6, 7]


def test_the_cache_keeps_what_a_batch_brings(server: LMServer, make: Make) -> None:
    cache = MemoryCache()
    for _ in range(2):
        ask_all(cached(make(), cache), QUESTIONS)
    assert server.batches.made == 1


def test_a_run_that_was_interrupted_finds_its_batch_again_and_pays_for_nothing_twice(
    server: LMServer, make: Make
) -> None:
    server.batches.looks = 10**9

    async def interrupted() -> None:
        lm = make()
        asking = [asyncio.ensure_future(lm.acall(question)) for question in QUESTIONS]
        while not any(path.startswith("GET") for path in paths(server)):
            await asyncio.sleep(0.01)
        for each in asking:
            each.cancel()

    asyncio.run(interrupted())
    server.batches.looks = 0
    responses = ask_all(make(), [*QUESTIONS, "one more"])
    assert [response[0] for response in responses] == [f"heard {question}" for question in [*QUESTIONS, "one more"]]
    assert server.batches.made == 2
    assert sorted(body["messages"][0]["content"] for body in server.batches.asked) == sorted([*QUESTIONS, "one more"])


def test_a_batch_whose_id_was_never_written_down_is_found_by_its_token(
    server: LMServer, make: Make, tmp_path: Path
) -> None:
    lm = make()
    lm("hello")
    [path] = (tmp_path / "batches").glob("*.json")
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "batch": ""}))
    assert make()("hello")[0] == "heard hello"
    assert server.batches.made == 1


def test_nothing_that_is_written_down_holds_a_prompt_or_a_key(make: Make, tmp_path: Path) -> None:
    make(key=lambda: "sk-secret")("my private question")
    [path] = (tmp_path / "batches").glob("*.json")
    assert "private" not in path.read_text()
    assert "secret" not in path.read_text()


def test_a_request_that_fails_for_now_is_sent_again_and_the_others_are_not(server: LMServer, make: Make) -> None:
    server.batches.faults.extend([(500, {"error": {"message": "overloaded"}}), (429, {"error": {"message": "slow"}})])
    responses = ask_all(make(), QUESTIONS)
    assert [response[0] for response in responses] == [f"heard {question}" for question in QUESTIONS]
    assert len(server.batches.asked) == len(QUESTIONS) + 2
    assert server.batches.made == 2


def test_a_request_that_is_refused_fails_alone_and_says_why(server: LMServer, make: Make) -> None:
    server.batches.faults.append((400, {"error": {"message": "bad temperature"}}))

    async def both() -> list[Any]:
        lm = make()
        return await asyncio.gather(lm.acall("a"), lm.acall("b"), return_exceptions=True)

    said = asyncio.run(both())
    failures = [each for each in said if isinstance(each, LMRequestError)]
    assert len(failures) == 1
    assert "bad temperature" in str(failures[0])
    assert server.batches.made == 1


def test_a_model_that_wants_its_settings_spelled_otherwise_is_understood(server: LMServer, make: Make) -> None:
    refusal = {"error": {"message": "no", "param": "max_tokens", "code": "unsupported_parameter"}}
    server.batches.faults.append((400, refusal))
    assert make()("hello", max_tokens=9)[0] == "heard hello"
    assert server.batches.asked[1]["max_completion_tokens"] == 9


def test_what_an_expired_batch_left_undone_is_sent_again(server: LMServer, make: Make) -> None:
    server.batches.status = "expired"
    with pytest.raises(LMServerError, match="'expired' does not \\(not done in time\\)"):
        ask_all(make(attempts=2), QUESTIONS)
    assert [len(server.batches.asked)] == [30]
    server.batches.status = "completed"
    assert len(ask_all(make(), QUESTIONS)) == 20
    assert len(server.batches.asked) == 30 + 5


def test_a_batch_that_the_server_does_not_accept_is_an_error_with_its_reason(server: LMServer, make: Make) -> None:
    server.batches.status = "failed"
    with pytest.raises(LMRequestError, match="the file is not accepted"):
        make()("hello")


def test_a_batch_that_the_server_has_lost_is_sent_anew(server: LMServer, make: Make) -> None:
    make()("hello")
    server.batches.forget()
    assert make()("hello")[0] == "heard hello"
    assert server.batches.made == 2


def test_a_server_that_falters_is_asked_again_and_no_second_batch_is_made(server: LMServer, make: Make) -> None:
    lm = make()
    server.fail(Fault.drop())
    assert lm("a")[0] == "heard a"
    server.fail(Fault(), Fault(), Fault.status(503), Fault.html(200))
    assert lm("b")[0] == "heard b"
    assert server.batches.made == 2


def test_a_server_that_is_gone_or_wants_a_key_is_a_typed_error(server: LMServer, make: Make, tmp_path: Path) -> None:
    with pytest.raises(LMAuthenticationError, match="needs a key"):
        make(key=lambda: None, key_required=True)("hello")
    with LMServer() as gone:
        address = gone.base_url
    lm = batched(OpenAI("test", base_url=address), tmp_path, gather=0.0, poll=0.0, attempts=2)
    with pytest.raises(LMConnectionError, match="no server answers"):
        lm("hello")
    assert list(tmp_path.glob("*.json")) == []


def test_a_folder_that_cannot_be_written_is_an_error_and_nothing_is_sent(server: LMServer, tmp_path: Path) -> None:
    (tmp_path / "batches").write_text("a file")
    lm = batched(OpenAI("test", base_url=server.base_url), tmp_path / "batches", gather=0.0)
    with pytest.raises(Exception, match="cannot be written"):
        lm("hello")
    assert server.requests == []


def test_records_that_are_old_foreign_or_broken_are_passed_over(tmp_path: Path) -> None:
    records = Records(tmp_path)
    mine = records.new("mine", ["a"])
    records.new("other", ["a"])
    records.write(replace(mine, token="old", created=time.time() - KEPT - 1))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "newer.json").write_text(json.dumps({"format": 99, "token": "newer"}))
    assert records.of("mine") == [mine]
    assert not (tmp_path / "old.json").exists()


def test_requests_have_names_of_their_own() -> None:
    base = request_of("q", {})
    others = [base, base.with_(rollout=1), base.with_(n=2), base.with_(seed=1), request_of("p", {})]
    names = {request_id("lm", each.to_dict(), 0) for each in others}
    names |= {request_id("lm", base.to_dict(), 1), request_id("other", base.to_dict(), 0)}
    assert len(names) == 7
    assert max(map(len, names)) <= 64


def test_only_an_openai_compatible_lm_is_asked_by_batches(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="OpenAI-compatible"):
        batched(Scripted(["a"]), tmp_path)
