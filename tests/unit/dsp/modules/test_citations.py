from __future__ import annotations

import asyncio
import doctest
import importlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError
from dsp.evaluate.metrics import METRICS, applies
from dsp.evaluate.predictions import Predictions, read_predictions, write_predictions
from dsp.lms.scripted import Scripted
from dsp.modules.citations import Citations, cited, with_citations
from dsp.modules.sentences import sentence_starts, sentences_of, shown
from dsp.prompts.values import format_passages
from dsp.protocols import Retriever
from indexes.passage import Hit, Passage

EMMA = Passage("e", "Emma (novel)", "Emma is a novel by Jane Austen. It appeared in 1815. J. Murray published it.")
AUSTEN = Passage("a", "Jane Austen", "Jane Austen  was born\nin «Steventon», Hampshire. She wrote six novels.")
CONTEXT = [EMMA, Hit(AUSTEN, 2.0, 2, "bm25")]


def numbers(citations: Citations) -> list[tuple[int, tuple[int, ...]]]:
    return [(citation.number, citation.sentences) for citation in citations.found]


# what is read
def test_a_quotation_is_found_with_its_passage_and_sentence() -> None:
    for quoted in ('"a novel by Jane Austen"', "“a novel by Jane Austen”", "«a novel by Jane Austen»"):
        citations = cited(f"It is {quoted}, they say.", CONTEXT)
        assert numbers(citations) == [(1, (0,))]
        assert citations.verbatim
        assert (citations.found[0].id, citations.found[0].quote) == ("e", "a novel by Jane Austen")


def test_a_mark_names_its_passage_and_is_checked_against_it() -> None:
    right = cited('It appeared early: "It appeared in 1815." [1] She wrote more [2].', CONTEXT)
    assert numbers(right) == [(1, (1,)), (2, ())]
    assert right.sp == [["Emma (novel)", 1]]
    wrong = cited('"It appeared in 1815" [2].', CONTEXT)
    assert not wrong.verbatim
    assert wrong.missing == ("It appeared in 1815",)
    assert cited("As told [1, 7] and [0].", CONTEXT).dangling == (7, 0)


def test_a_whole_sentence_of_a_passage_needs_no_quotation_marks() -> None:
    citations = cited("She wrote six novels. J. Murray published it. So the answer is Emma.", CONTEXT)
    assert citations.sp == [["Jane Austen", 1], ["Emma (novel)", 2]]
    assert citations.unmarked == ("So the answer is Emma.",)


def test_words_that_stand_in_no_passage_are_missing() -> None:
    for text in ('"Emma is a poem by Jane Austen"', '"a novel by Jane Aust"', '"EMMA is a novel"'):
        assert cited(text, CONTEXT).missing == (text.strip('"'),)


def test_a_quotation_over_sentences_names_all_of_them_and_an_ellipsis_leaves_out() -> None:
    assert numbers(cited('"by Jane Austen. It appeared in 1815. J. Murray" [1]', CONTEXT)) == [(1, (0, 1, 2))]
    assert numbers(cited('"Emma is a novel … published it" [1]', CONTEXT)) == [(1, (0, 2))]
    assert cited('"published it [...] Emma is a novel"', CONTEXT).missing  # in that order it stands nowhere
    assert cited('"… … … …"', CONTEXT).found == ()


def test_passages_are_read_as_prompts_show_them() -> None:
    shown_to_the_lm = format_passages(CONTEXT)
    assert "Jane Austen was born in ‹Steventon›, Hampshire." in shown_to_the_lm
    for text in ("Jane Austen was born in ‹Steventon›, Hampshire.", '"was born in «Steventon»" [2]'):
        assert cited(text, CONTEXT).sp == [["Jane Austen", 0]]


def test_names_in_quotation_marks_are_no_quotations() -> None:
    citations = cited('The novel "Emma" is by "Jane Austen", not "Ann Mora".', CONTEXT)
    assert citations.missing == citations.found == ()


def test_passages_may_be_strings_and_the_corpus_may_say_where_sentences_start() -> None:
    assert cited("She wrote six novels.", ["Jane Austen | Born. She wrote six novels."]).sp == [["Jane Austen", 1]]
    text = "No. 1 in the charts.And it stayed."
    passage = Passage("1", "Song", text, {"sentences": [0, 20]})
    assert cited('"the charts.And it stayed"', [passage]).sp == [["Song", 0], ["Song", 1]]
    for nonsense in ([3, 1], "0", [0, 999], [], [0.5]):
        assert cited("And it stayed.", [Passage("1", "S", "One. And it stayed.", {"sentences": nonsense})]).sp == [
            ["S", 1]
        ]


def test_nothing_cited_is_nothing_found() -> None:
    assert cited("", CONTEXT) == Citations()
    assert cited("Emma it is.", []).unmarked == ("Emma it is.",)
    assert cited("Emma it is.", []).verbatim


@pytest.mark.parametrize("wrong", [(None, CONTEXT), ("text", "one string"), ("text", [1])])
def test_what_is_no_text_and_no_passages_is_refused(wrong: tuple[Any, Any]) -> None:
    with pytest.raises(InputError, match="citations"):
        cited(*wrong)


def test_long_and_hostile_texts_are_read_to_their_end() -> None:
    for text in (
        "[" + "9" * 5000 + "]",
        '"' * 100_001,
        "“" * 100_000,
        "[1" + ",1" * 50_000,
        " . " * 50_000,
        "«" * 9999,
    ):
        assert cited(text, CONTEXT).sp == []


words = st.lists(
    st.sampled_from(["the", "cat", "sat", "on", "a", "mat", "Dr.", "1815", "J.", "«so»", "and"]), min_size=3, max_size=8
)
texts = st.lists(words.map(lambda some: " ".join(some).capitalize() + "."), min_size=1, max_size=5)


@given(texts, st.data())
def test_any_run_of_a_passages_words_is_found_in_it_when_quoted(sentences: list[str], data: st.DataObject) -> None:
    starts = [sum(len(each) + 1 for each in sentences[:n]) for n in range(len(sentences))]
    passage = Passage("p", "P", " ".join(sentences), {"sentences": starts})
    every = shown(passage.text).split()
    begin = data.draw(st.integers(0, len(every) - 3))
    end = data.draw(st.integers(begin + 3, len(every)))
    citations = cited(f'"{" ".join(every[begin:end])}" [1]', [passage])
    assert citations.verbatim
    assert citations.found[0].sentences


@given(st.text(max_size=300))
def test_sentences_cover_a_text_in_order(text: str) -> None:
    starts = sentence_starts(text)
    assert starts == sorted(set(starts))
    shown_whole, spans = sentences_of(Passage("1", "T", text))
    assert "".join(shown_whole[begin:end] for begin, end in spans).replace(" ", "") == shown_whole.replace(" ", "")


@given(st.text(alphabet='ab. "“”«»[]1,2…\n', max_size=60))
def test_no_text_breaks_the_reader_and_what_it_finds_stands_there(text: str) -> None:
    context = [Passage("1", "A", "a b a. b a b 1."), Passage("2", "B", "b b b. «a» a.")]
    for citation in cited(text, context).found:
        whole = shown(context[citation.number - 1].text)
        assert all(piece in whole for piece in citation.quote.split(" … "))


# what predictions carry
def test_predictions_carry_their_citations_and_the_official_file_takes_them(tmp_path: Any) -> None:
    prediction = dsp.Prediction(context=CONTEXT, reasoning="It appeared in 1815. So it is old.", answer="1815")
    done = with_citations(prediction)
    assert done.sp == [["Emma (novel)", 1]]
    assert str(done.citations) == '[1] Emma (novel): "It appeared in 1815"'
    facts = {"q": [(str(title), int(number)) for title, number in done.sp]}
    write_predictions(tmp_path / "out.json", Predictions({"q": done.answer}, facts))
    assert read_predictions(tmp_path / "out.json").sp == {"q": [("Emma (novel)", 1)]}
    assert with_citations(dsp.Prediction(answer="1815")).sp == []
    assert with_citations(prediction.copy(note="She wrote six novels."), "note").sp == [["Jane Austen", 1]]


def test_any_program_can_be_made_to_cite_called_or_awaited(oracle: Scripted, retriever: Retriever) -> None:
    lm = Scripted(
        lambda request: "[[ ## reasoning ## ]]\nEmma is a novel written by Jane Austen.\n[[ ## answer ## ]]\nx"
    )
    program = dsp.Cited(dsp.load("rag"))
    with dsp.context(lm=lm, rm=retriever):
        assert program(question="Who wrote Emma?").sp == [["Emma", 0]]
        assert asyncio.run(program.acall(question="Who wrote Emma?")).sp == [["Emma", 0]]


def test_the_cited_multihop_answers_as_multihop_and_loads_what_that_one_saved(
    oracle: Scripted, retriever: Retriever, tmp_path: Any
) -> None:
    plain, citing = dsp.MultiHop(k=2), dsp.CitedMultiHop(k=2)
    plain.save(tmp_path / "program.json")
    citing.load(tmp_path / "program.json")
    with dsp.context(lm=oracle, rm=retriever):
        question = "Where did the writer of Emma grow up?"
        assert citing(question=question).without("sp", "citations") == plain(question=question)


def test_the_command_line_fills_the_supporting_facts_of_the_prediction_file(
    index_dir: Any, write_questions: Any, tmp_path: Any
) -> None:
    from dsp.cli.main import main

    (tmp_path / "mine.py").write_text("from dsp import CitedMultiHop\n", "utf-8")
    asked, out = write_questions("dev.jsonl"), tmp_path / "out.json"
    program = f"{tmp_path / 'mine.py'}:CitedMultiHop"
    arguments = ["--index", str(index_dir), "--data", str(asked), "--program", program, "--predictions", str(out)]
    assert main(["evaluate", *arguments, "--json"]) == 0
    facts = json.loads(out.read_text("utf-8"))["sp"]
    assert any(facts.values())
    assert all(number == 0 for pairs in facts.values() for _, number in pairs)  # the world's passages are one sentence


# how good they are
def test_citation_metrics_say_what_is_faithful_what_is_found_and_what_is_right() -> None:
    example = dsp.Example(question="q", gold_titles=["Emma (novel)", "Jane Austen"])
    text = 'It says "It appeared in 1815" [1], and "It was never read" [1]. See [3].'
    prediction = dsp.Prediction(context=[*CONTEXT, Passage("x", "X", "Nothing.")], paragraph=text)
    scores = {name: METRICS.get(f"citation_{name}")(example, prediction) for name in ("recall", "precision")}
    assert scores == {"recall": 0.5, "precision": 0.5}
    faithfulness = METRICS.get("citation_faithfulness")
    assert faithfulness(example, prediction) == pytest.approx(2 / 3)
    assert faithfulness(example, dsp.Prediction(answer="nothing", context=CONTEXT)) == 0.0
    assert faithfulness(example, dsp.Prediction(citations=cited("She wrote six novels.", CONTEXT))) == 1.0
    assert METRICS.get("citation_precision")(example, dsp.Prediction(answer="x", context=[])) == 0.0
    with pytest.raises(InputError, match="citations"):
        faithfulness(example, dsp.Prediction(citations=["Emma"]))
    with pytest.raises(InputError, match="gold_titles"):
        METRICS.get("citation_recall")(dsp.Example(question="q"), prediction)
    assert not applies(METRICS.get("citation_recall"), dsp.Example(question="q"))


def test_supporting_facts_are_scored_as_hotpotqa_does() -> None:
    metric = METRICS.get("sp_f1")
    example = dsp.Example(supporting_facts=[["A", 0], ["B", 1]])
    assert metric(example, dsp.Prediction(sp=[["A", 0], ["B", 2]])) == 0.5
    assert metric(example, dsp.Prediction()) == 0.0
    assert not applies(metric, dsp.Example(question="q"))
    with pytest.raises(InputError, match="supporting_facts"):
        metric(dsp.Example(), dsp.Prediction())


def test_distinct_queries_sees_a_query_come_back() -> None:
    metric = METRICS.get("distinct_queries")
    example = dsp.Example(question="Who wrote Emma?")
    assert metric(example, dsp.Prediction(queries=[["Emma", "emma"], "Jane Austen"])) == 1.0
    assert metric(example, dsp.Prediction(queries=["Emma", ["Austen", "The Emma."]])) == 0.0
    assert metric(example, dsp.Prediction(queries=["who wrote emma"])) == 0.0
    assert metric(example, dsp.Prediction()) == 1.0


@pytest.mark.parametrize("module", ["assertions", "citations", "sentences", "retry"])
def test_the_examples_in_the_docstrings_run(module: str) -> None:
    done = doctest.testmod(importlib.import_module(f"dsp.modules.{module}"))
    assert done.attempted >= 1
    assert done.failed == 0
