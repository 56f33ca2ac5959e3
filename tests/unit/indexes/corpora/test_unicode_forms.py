from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import FileCorpus, Passage
from indexes.corpora.unicode_forms import FORMS, Form, normalized
from indexes.errors import InputError


def test_titles_and_texts_are_put_in_the_form_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "e\u0301", "title": "e\u0301", "text": "ﬁne e\u0301"}))
    [as_written] = FileCorpus(tmp_path / "a.jsonl")
    assert as_written.text == "ﬁne e\u0301"
    [composed] = FileCorpus(tmp_path / "a.jsonl", normalize="NFC")
    assert (composed.id, composed.title, composed.text) == ("e\u0301", "é", "ﬁne é")
    [compatible] = FileCorpus(tmp_path / "a.jsonl", normalize="nfkc")
    assert compatible.text == "fine é"


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='normalize must be one of NFC, NFD, NFKC, NFKD, but got "utf8"'):
        FileCorpus(tmp_path, normalize="utf8")


@given(st.lists(st.text("e\u0301ﬁA ö", max_size=6), min_size=1, max_size=5), st.sampled_from(FORMS))
def test_sentences_still_start_where_the_metadata_say(sentences: list[str], form: Form) -> None:
    starts = [len("".join(sentences[:number])) for number in range(len(sentences))]
    passage = normalized(Passage("1", "", "".join(sentences), {"sentences": starts}), form)
    moved = passage.metadata["sentences"]
    cut = [passage.text[start:end] for start, end in zip(moved, [*moved[1:], None], strict=True)]
    assert cut == [unicodedata.normalize(form, sentence) for sentence in sentences]


@pytest.mark.parametrize("starts", [None, "0", [1], [0, 99], [0, 2, 1], [0, "1"]])
def test_what_are_no_starts_of_sentences_is_left_alone(starts: object) -> None:
    assert normalized(Passage("1", "", "e\u0301 b", {"sentences": starts}), "NFC").metadata == {"sentences": starts}
