from __future__ import annotations

import re
import subprocess
import sys

import pytest

import indexes
from indexes.errors import IndexesError


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'tantivy', 'rank_bm25', 'scipy', 'zstandard', 'faiss', 'asyncio'}"
    code = f"import sys, indexes; sys.exit(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) in ((0, ""), (1, "[]\n"))


def test_every_public_name_is_there_and_listed() -> None:
    for name in indexes.__all__:
        assert getattr(indexes, name).__doc__
        assert name in dir(indexes)
    with pytest.raises(AttributeError, match="no_such_name"):
        indexes.no_such_name  # noqa: B018


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    from indexes import errors

    drawn = re.findall(r"\w+Error", errors.__doc__ or "")
    classes = {name for name, value in vars(errors).items() if getattr(value, "__module__", "") == errors.__name__}
    assert sorted(drawn) == sorted(classes)
    assert all(issubclass(getattr(errors, name), IndexesError) for name in classes)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("indexes.build('x.jsonl', 'to', engine='bm52')", "did you mean bm25"),
        ("indexes.build('x.jsonl', 'to', analyzer='englisch')", "did you mean english"),
        ("indexes.build('x.jsonl', 'to', analyzer=str.split)", "an analyzer must be"),
        ("indexes.build(3, 'to')", "a source must be"),
        ("indexes.build([], 'to')", "at least one passage"),
        ("indexes.build(iter(['x.jsonl']), 'to')", "gave str"),
        ("indexes.build([indexes.Passage(1, '', '')], 'to')", "must be strings"),
        ("indexes.build([indexes.Passage('1', '', '', {'a': object()})], 'to')", 'that of "1" is not'),
        ("indexes.build([indexes.Passage('1', '', '')], 'to', skip_bad=1)", "skip_bad"),
        ("indexes.build([indexes.Passage('1', '', '')], 'to', title_weight=1.5)", "title_weight"),
        ("indexes.build([indexes.Passage('1', '', '')], 'to', tilte_weight=1)", "did you mean title_weight"),
        ("indexes.build([indexes.Passage('1', '', '')], 'to', engine='rank_bm25', b=2)", "between 0 and 1"),
        ("indexes.open('nowhere')", "nowhere is not a folder"),
        ("indexes.verify('nowhere')", "nowhere is not a folder"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_clear_line(
    code: str, said: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IndexesError) as caught:
        eval(code, {"indexes": indexes})  # noqa: S307 - the code is this file's own
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
