from __future__ import annotations

import pytest

import dsp
from dsp.errors import InputError, SignatureError
from dsp.lms.scripted import Scripted
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.predict import Predict
from dsp.modules.retrieve import Retrieve
from dsp.prompts.plain import PlainTemplate
from dsp.protocols import Retriever
from dsp.trace import record
from dsp.types.example import Example

REASONED = "[[ ## reasoning ## ]]\nbecause\n[[ ## answer ## ]]\nParis"


def test_inputs_go_in_by_name_and_outputs_come_out_as_attributes() -> None:
    with dsp.context(lm=Scripted(["Paris"])):
        assert Predict("question -> answer")(question="Capital of France?").answer == "Paris"


def test_with_several_completions_the_first_answers_and_all_are_kept() -> None:
    prediction = Predict("question -> answer", n=3, lm=Scripted(["a", "b", "c"]))(question="q")
    assert prediction.answer == "a"
    assert prediction.completions.unpack("answer") == ["a", "b", "c"]


def test_settings_come_from_the_constructor_a_copy_or_the_call() -> None:
    lm = Scripted(["a"] * 4)
    predictor = Predict("question -> answer", lm=lm, temperature=0.1, max_tokens=9)
    predictor(question="q")
    predictor.with_(temperature=0.2)(question="q")
    predictor(question="q", config={"temperature": 0.3})
    predictor(question="q")
    assert [request.temperature for request in lm.requests] == [0.1, 0.2, 0.3, 0.1]
    assert {request.max_tokens for request in lm.requests} == {9}


def test_an_input_may_be_called_config() -> None:
    lm = Scripted(["a"])
    Predict("config -> answer", lm=lm, temperature=0.4)(config="the user's own")
    assert "the user's own" in lm.requests[0].messages[-1]["content"]
    assert lm.requests[0].temperature == 0.4


def test_instructions_may_be_given_beside_the_signature() -> None:
    lm = Scripted(["a"])
    Predict("question -> answer", "Answer in one word.", lm=lm)(question="q")
    assert "Answer in one word." in lm.requests[0].messages[0]["content"]


def test_its_own_template_is_used_and_its_demonstrations_are_shown() -> None:
    lm = Scripted(["a"])
    predictor = Predict("question -> answer", lm=lm, template=PlainTemplate())
    predictor.demos = [Example(question="shown?", answer="yes")]
    predictor(question="q")
    assert "Question: shown?\nAnswer: yes" in lm.requests[0].messages[0]["content"]


def test_a_step_of_the_trace_names_the_field_that_it_fills_and_the_predictor() -> None:
    predictor = ChainOfThought("question -> answer", lm=Scripted([REASONED]))
    with record() as trace:
        predictor(question="q")
    (step,) = trace
    assert (step.name, step.source) == ("answer", predictor)
    assert step.outputs == {"reasoning": "because", "answer": "Paris"}


def test_inputs_without_names_and_wrong_ones_are_refused() -> None:
    predictor = Predict("context, question -> answer", lm=Scripted([]))
    with pytest.raises(InputError, match="takes its inputs by name, but got 1 without; write context=…, question=…"):
        predictor("q")
    with pytest.raises(InputError, match="needs the input context"):
        predictor(question="q")
    with pytest.raises(InputError, match="has no input answer"):
        predictor(context=[], question="q", answer="a")
    with pytest.raises(SignatureError):
        Predict("question")


def test_chain_of_thought_asks_for_reasoning_first_and_only_once() -> None:
    assert str(ChainOfThought("question -> answer").signature) == "question -> reasoning, answer"
    assert str(ChainOfThought("question -> answer, reasoning").signature) == "question -> answer, reasoning"
    prediction = ChainOfThought("question -> answer", lm=Scripted([REASONED]))(question="q")
    assert (prediction.reasoning, prediction.answer) == ("because", "Paris")


def test_a_predictor_shows_its_signature_and_how_many_demonstrations_it_has() -> None:
    predictor = Predict("question -> answer")
    predictor.demos = [Example(question="a", answer="b")]
    assert repr(predictor) == "Predict('question -> answer', demos=1)"


def test_retrieve_is_a_module_of_the_search_stage(retriever: Retriever) -> None:
    hits = Retrieve(k=2, retriever=retriever)(query="Emma novel").passages
    assert [hit.title for hit in hits] == ["Emma", "Dune"]
    assert len(Retrieve(k=2, retriever=retriever)(query="novel", k=5).passages) == 5
    with dsp.context(rm=retriever):
        assert Retrieve()(query="Emma").passages
    with pytest.raises(InputError, match="k must be at least 1, but got 0"):
        Retrieve(k=0)


def test_a_call_may_say_the_lm_the_demonstrations_and_the_signature_for_itself_alone() -> None:
    own, other = Scripted(["a"]), Scripted(["b", "c"])
    predict = Predict("question -> answer", lm=own)
    demo = Example(question="x", answer="y")
    assert predict(question="q", lm=other, demos=[demo]).answer == "b"
    assert predict(question="q", lm=other, signature="question -> word").word == "c"
    assert predict(question="q").answer == "a"
    assert [len(request.messages) for request in (*other.requests, *own.requests)] == [4, 2, 2]


def test_where_an_input_is_called_like_one_of_them_it_is_the_input() -> None:
    lm = Scripted(["a"])
    assert Predict("lm, demos -> answer", lm=lm)(lm="which", demos="few").answer == "a"
    assert "[[ ## lm ## ]]\nwhich" in lm.requests[0].messages[-1]["content"]


def test_its_settings_go_by_dspys_names_too() -> None:
    lm = Scripted(["a"])
    predict = Predict("question -> answer", lm=lm, temperature=0.5)
    predict.update_config(max_tokens=9)
    assert predict.get_config() == {"temperature": 0.5, "max_tokens": 9}
    predict(question="q", config={"rollout_id": 2})
    assert (lm.requests[0].temperature, lm.requests[0].max_tokens, lm.requests[0].rollout) == (0.5, 9, 2)


def test_chain_of_thought_takes_the_rationale_in_other_words_and_is_its_own_predictor() -> None:
    solve = dsp.ChainOfThought("question -> answer", rationale_field=dsp.OutputField(desc="the proof"))
    assert list(solve.signature.output_fields) == ["reasoning", "answer"]
    assert solve.signature.fields["reasoning"].desc == "the proof"
    assert solve.predict is solve
    assert [name for name, _ in solve.named_predictors()] == ["self"]
