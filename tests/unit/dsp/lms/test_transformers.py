"""The in-process LM, on a tiny random model that these tests make."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dsp.errors import InputError, LMRequestError
from dsp.lms.base import request_of
from dsp.lms.transformers import Transformers
from dsp.protocols import LM
from dsp.testing.lms import LMContract

torch = pytest.importorskip("torch", reason="the extra [local] is not installed")
transformers = pytest.importorskip("transformers", reason="the extra [local] is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")

TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of two layers, whose tokens are bytes."""
    tokenizers = pytest.importorskip("tokenizers")
    path = tmp_path_factory.mktemp("tiny")
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {symbol: number for number, symbol in enumerate(["<end>", *alphabet])}
    inner = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = tokenizers.decoders.ByteLevel()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<end>", pad_token="<end>")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(path)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=256,
        eos_token_id=0,
        bos_token_id=None,
        pad_token_id=0,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def lm(folder: Path) -> Transformers:
    return Transformers(str(folder), device="cpu", max_tokens=8)


class TestTransformersContract(LMContract):
    prompt = "Say"

    @pytest.fixture(autouse=True)
    def _folder(self, lm: Transformers) -> None:
        self.lm = lm

    def make_lm(self) -> LM:
        return self.lm


def test_the_models_own_chat_template_is_used(lm: Transformers) -> None:
    assert lm("hi", max_tokens=1).usage.prompt_tokens == len("<user>hi\n<assistant>")


def test_a_seed_makes_sampling_repeatable_whoever_else_asks(lm: Transformers) -> None:
    def ask(seed: int) -> list[str]:
        return list(lm("hello", temperature=1.5, seed=seed, n=2, max_tokens=6))

    alone = [ask(seed) for seed in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(6))) == alone
    assert len({text for texts in alone for text in texts}) > 6


def test_many_who_wait_run_as_one_batch_and_answer_as_they_would_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = Transformers(str(folder), device="cpu", batch_size=16)
    prompts = [f"question {'x' * number}" for number in range(12)]
    alone = [lm(prompt, max_tokens=5)[0] for prompt in prompts]
    sizes: list[int] = []
    generate = lm._generate

    def counted(torch: Any, model: Any, tokenizer: Any, batch: list[Any]) -> Any:
        sizes.append(len(batch))
        return generate(torch, model, tokenizer, batch)

    monkeypatch.setattr(lm, "_generate", counted)
    ready = threading.Barrier(12)

    def ask(prompt: str) -> str:
        ready.wait()
        return lm(prompt, max_tokens=5)[0]

    with lm._turn, ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(ask, prompt) for prompt in prompts]
        while len(lm._queue) < 12:
            threading.Event().wait(0.01)
        lm._turn.release()
        assert [each.result() for each in asked] == alone
        lm._turn.acquire()
    assert sizes == [12]


def test_a_stop_string_ends_a_completion_and_is_left_out(lm: Transformers) -> None:
    whole = lm("hello", max_tokens=8)[0]
    stop = whole[3:5]
    cut = lm("hello", max_tokens=8, stop=stop).completions[0]
    assert cut.text == whole[: whole.index(stop)]
    assert cut.finish_reason == "stop"


def test_a_completion_cut_by_max_tokens_says_so(lm: Transformers) -> None:
    assert lm("hello", max_tokens=3).completions[0].finish_reason == "length"


def test_log_probabilities_come_where_they_are_asked_for(lm: Transformers) -> None:
    assert lm("hello", max_tokens=3).completions[0].logprob is None
    one, three = (lm("hello", max_tokens=count, logprobs=True).completions[0].logprob for count in (1, 3))
    assert one is not None
    assert three is not None
    assert three < one < 0.0


def test_a_prompt_beyond_the_window_is_refused_with_how_much_is_too_much(lm: Transformers) -> None:
    prompt = "x" * (256 - len("<user>\n<assistant>"))
    with pytest.raises(LMRequestError, match="are 10 too many"):
        lm(prompt, max_tokens=10)


def test_its_window_and_its_tokens_are_the_models_own(lm: Transformers) -> None:
    assert lm.context_window == 256
    assert lm.count_tokens([{"role": "user", "content": "Zoë"}]) == len("<user>Zoë\n<assistant>".encode())


def test_the_fingerprint_follows_the_files(folder: Path, tmp_path: Path) -> None:
    before = Transformers(str(folder)).fingerprint
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": 0, "_note": 1}))
    assert Transformers(str(folder)).fingerprint != before


def test_a_model_that_is_not_there_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be loaded"):
        Transformers(str(tmp_path)).complete(request_of("hi", {}))
