from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from dsp.data.questions import read_questions
from dsp.data.records import read_records
from dsp.errors import DataError, InputError

HOTPOT = {
    "_id": "5a",
    "question": "Where was the author of Emma born?",
    "answer": "Steventon",
    "type": "bridge",
    "level": "hard",
    "supporting_facts": [["Emma", 0], ["Jane Austen", 0], ["Jane Austen", 2]],
    "context": [["Emma", ["A novel."]]],
}


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def question(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": str(number), "question": f"Question {number}?", "answer": f"answer {number}", **fields}


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: bytes, name: str = "questions.jsonl") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_hotpotqas_fields_become_an_example_without_its_context(written: Callable[..., Path]) -> None:
    (example,) = read_questions(written(json.dumps([HOTPOT]).encode()))
    assert example.to_dict() == {
        "id": "5a",
        "question": HOTPOT["question"],
        "answer": "Steventon",
        "gold_titles": ["Emma", "Jane Austen"],
        "supporting_facts": HOTPOT["supporting_facts"],
        "type": "bridge",
        "level": "hard",
    }
    assert example.input_keys == {"question"}


def test_json_lines_need_no_more_than_question_and_answer(written: Callable[..., Path]) -> None:
    path = written(b'\n{"question": "Who?", "answer": "Ann"}\n\n{"question": "Why?", "answer": ["So", "So", "Thus"]}')
    first, second = read_questions(path)
    assert first.id.startswith("q1-")
    assert first.without("id").to_dict() == {"question": "Who?", "answer": "Ann"}
    assert (second.answer, second.answers) == ("So", ["So", "Thus"])


def test_records_without_an_id_get_one_that_no_other_files_record_has(written: Callable[..., Path]) -> None:
    (first,) = read_questions(written(b'{"question": "Who?", "answer": "Ann"}'))
    again = read_questions(written(b'{"question": "Who?", "answer": "Ann"}'))[0]
    (other,) = read_questions(written(b'{"question": "Why?", "answer": "So"}'))
    assert first.id == again.id
    assert first.id != other.id


def test_gold_titles_are_taken_as_given_and_made_distinct(written: Callable[..., Path]) -> None:
    (example,) = read_questions(written(lines(question(1, gold_titles=["B", "A", "B"]))))
    assert example.gold_titles == ["B", "A"]


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".zst", zstandard.ZstdCompressor().compress)],
)
def test_compressed_files_read_as_plain_ones(
    written: Callable[..., Path], suffix: str, compress: Callable[[bytes], bytes]
) -> None:
    path = written(compress(lines(question(1), question(2))), f"questions.jsonl{suffix}")
    assert [example.id for example in read_questions(path)] == ["1", "2"]


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".zst"])
def test_a_file_that_is_not_compressed_as_its_name_says_is_refused(written: Callable[..., Path], suffix: str) -> None:
    path = written(lines(question(1)), f"questions.jsonl{suffix}")
    with pytest.raises(DataError, match=r"questions\.jsonl\S* is cut off or not what its name says"):
        read_questions(path)


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".zst", zstandard.ZstdCompressor().compress)],
)
def test_a_truncated_archive_is_refused_with_its_name(
    written: Callable[..., Path], suffix: str, compress: Callable[[bytes], bytes]
) -> None:
    whole = compress(lines(*(question(i) for i in range(2000))))
    with pytest.raises(DataError, match=r"cut\.jsonl\S+ is cut off"):
        read_questions(written(whole[:-9], f"cut.jsonl{suffix}"))


@given(
    st.lists(
        st.fixed_dictionaries(
            {"question": st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)},
            optional={"note": st.recursive(st.integers() | st.text(st.characters(codec="utf-8")), st.lists)},
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_an_array_and_json_lines_hold_the_same_records(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[dict[str, Any]],
    indent: int | None,
    escaped: bool,
) -> None:
    folder = tmp_path_factory.mktemp("records")
    (folder / "array.json").write_text(json.dumps(records, indent=indent, ensure_ascii=escaped), "utf-8")
    (folder / "lines.jsonl").write_bytes(
        b"".join(json.dumps(record, ensure_ascii=escaped).encode() + b"\n" for record in records)
    )
    for name in ("array.json", "lines.jsonl"):
        found = list(read_records(folder / name))
        assert [record.fields for record in found] == records
        assert not any(record.problem for record in found)


def test_a_long_array_is_read_across_its_chunks(written: Callable[..., Path]) -> None:
    records = [question(i, context="ü" * 5000) for i in range(600)]
    path = written(json.dumps(records, ensure_ascii=False).encode(), "long.json")
    assert [example.id for example in read_questions(path)] == [str(i) for i in range(600)]


def test_a_limit_stops_the_reading_before_a_later_fault(written: Callable[..., Path]) -> None:
    path = written(lines(question(1), question(2)) + b"not JSON\n")
    assert [example.id for example in read_questions(path, limit=2)] == ["1", "2"]


@pytest.mark.parametrize("limit", [0, -3])
def test_a_limit_below_one_is_refused(tmp_path: Path, limit: int) -> None:
    with pytest.raises(InputError, match=f"limit must be at least 1, but got {limit}"):
        read_questions(tmp_path / "any.jsonl", limit=limit)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.json cannot be read \(No such file"):
        read_questions(tmp_path / "absent.json")


def test_a_folder_is_no_file_of_questions(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_questions(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(written: Callable[..., Path], content: bytes) -> None:
    with pytest.raises(DataError, match="empty"):
        read_questions(written(content))


def test_an_empty_array_holds_no_question(written: Callable[..., Path]) -> None:
    with pytest.raises(DataError, match="at least one"):
        read_questions(written(b"[]"))


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"{broken\n", "line 2 is not JSON"),
        (b"[" * 100_000 + b"\n", "line 2 is not JSON"),
        (b"17\n", "line 2 must be a JSON object, but is 17"),
        (b'{"id": "x", "answer": "a"}\n', "line 2 has no question"),
        (b'{"question": " ", "answer": "a"}\n', "line 2 has no question"),
        (b'{"question": 5, "answer": "a"}\n', 'line 2 has "question" of the wrong type'),
        (b'{"question": "Q?", "answer": 5}\n', 'line 2 has "answer" of the wrong type'),
        (b'{"question": "Q?", "answer": "a", "id": {}}\n', 'line 2 has "id" of the wrong type'),
        (b'{"question": "Q?", "answer": "a", "type": 1}\n', 'line 2 has "type" of the wrong type'),
        (b'{"question": "Q?", "answer": "a", "gold_titles": "T"}\n', 'line 2 has "gold_titles" of the wrong'),
        (b'{"question": "Q?", "answer": "a", "supporting_facts": {}}\n', 'line 2 has "supporting_facts"'),
        (b'{"question": "Q?", "answer": "a", "supporting_facts": [["T"]]}\n', "line 2 has a supporting fact"),
        (b'{"question": "Q?", "answer": "a", "supporting_facts": [["T", true]]}\n', "line 2 has a supporting"),
        (b'{"question": "Q\xff?", "answer": "a"}\n', "line 2 is not UTF-8"),
        (b'{"question": "Q?", "answer": "\\ud83d"}\n', "line 2 has half a character"),
        (b'{"question": "Q?", "answer": "a", "id": "1"}\n', 'line 2 repeats the id "1" of line 1'),
    ],
)
def test_a_bad_line_is_named_and_can_be_tolerated(written: Callable[..., Path], bad: bytes, says: str) -> None:
    path = written(lines(question(1)) + bad + lines(question(3)))
    with pytest.raises(DataError) as raised:
        read_questions(path)
    assert f"{path}: {says}" in str(raised.value)
    told: list[str] = []
    assert [example.id for example in read_questions(path, skip_bad=1, on_skip=told.append)] == ["1", "3"]
    assert len(told) == 1
    assert says in told[0]


def test_one_bad_line_more_than_is_tolerated_is_an_error(written: Callable[..., Path]) -> None:
    path = written(b"x\n" + lines(question(1)) + b"y\n")
    with pytest.raises(DataError, match="line 3 is not JSON"):
        read_questions(path, skip_bad=1)
    assert len(read_questions(path, skip_bad=2)) == 1


def test_questions_without_answers_are_counted(written: Callable[..., Path]) -> None:
    path = written(lines(question(1), {"question": "Q?"}, question(3, answer=""), question(4, answer=[])))
    with pytest.raises(DataError, match=r"3 of 4 have none.*line 2"):
        read_questions(path)
    with pytest.raises(DataError, match="3 of 4 have none"):
        read_questions(path, skip_bad=2)
    assert [example.id for example in read_questions(path, skip_bad=3)] == ["1"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'[{"question": "Q?", "answer": "a"},\n {"question"', "line 2, after record 1: not JSON"),
        (b'[{"question": "Q?", "answer": "a"}', "line 1, after record 1: "),
        (b'[{"question": "Q?", "answer": "a"} {"question', "line 1, after record 1: "),
        (b'[{"question": "Q?", "answer": "a"}] x', "line 1, after record 1: "),
        (b'[{"question": "Q?",\n "answer": "\xff"}]', "line 2: the file must be UTF-8"),
        (b"[" * 100_000, "line 1, after record 0: an object must begin here"),
        (b'[{"question": "Q?", "answer": "a"}, 3]', "line 1, after record 1: an object must begin here"),
    ],
)
def test_a_broken_array_is_refused_with_the_record(written: Callable[..., Path], content: bytes, says: str) -> None:
    path = written(content, "broken.json")
    with pytest.raises(DataError) as raised:
        read_questions(path)
    assert str(path) in str(raised.value)
    assert says in str(raised.value)


def test_a_real_hotpotqa_file_reads_whole() -> None:
    path = Path(__file__).parents[4].parent / "shared" / "hotpotqa" / "dev.json"
    if not path.exists():
        pytest.skip("the HotpotQA sample is not beside this checkout")
    examples = read_questions(path)
    assert len(examples) == 100
    assert all(len(example.gold_titles) == 2 and example.answer for example in examples)
