"""`import dsp` costs next to nothing, and every public name is there when it is asked for."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import dsp
import indexes
from dsp.absent import ABSENT

HEAVY = ["numpy", "scipy", "tantivy", "rich", "openai", "httpx", "zstandard", "rank_bm25", "pydantic", "faiss", "torch"]


def loaded_after(code: str) -> list[str]:
    """Which heavy packages a fresh interpreter has loaded after running the code."""
    script = f"{code}\nimport json, sys\nprint('\\n' + json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    "code",
    [
        "import dsp",
        "import indexes",
        "import dsp, indexes; dir(dsp); dir(indexes); dsp.Signature; dsp.Example; dsp.Module; dsp.configure()",
        "import dsp; dsp.Predict('question -> answer'); dsp.MultiHop(); dsp.load('rag')",
        "from dsp.cli.main import main; assert main(['--help']) == 0",
        "from dsp.cli.main import main; assert main(['compile', '--help']) == 0",
        "from dsp.cli.main import main; assert main(['nonsense']) == 2",
    ],
)
def test_no_heavy_package_loads_before_it_is_needed(code: str) -> None:
    assert loaded_after(code) == []


@pytest.mark.parametrize("name", dsp.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(dsp, name) is getattr(dsp, name)
    assert name in dir(dsp)


def test_public_names_are_those_that_type_checkers_see() -> None:
    tree = ast.parse(Path(dsp.__file__).read_text(encoding="utf-8"))
    typed = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    imported = [alias for node in typed.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assigned = [ast.unparse(node.targets[0]) for node in typed.body if isinstance(node, ast.Assign)]
    assert {*(alias.asname or alias.name for alias in imported), *assigned} >= set(dsp.__all__)


@pytest.mark.parametrize("package", [dsp, indexes])
def test_a_name_that_is_not_there_is_an_attribute_error(package: object) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing_of_that_name'"):
        _ = package.nothing_of_that_name  # type: ignore[attr-defined]


def test_indexes_knows_nothing_of_dsp() -> None:
    code = "import indexes, sys\nfor name in indexes.__all__: getattr(indexes, name)\nassert 'dsp' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


ROOMS = [
    "adapters",
    "evaluate",
    "evaluate.evaluate",
    "primitives",
    "primitives.assertions",
    "retrievers",
    "streaming",
    "teleprompt",
    "utils",
    "utils.callback",
]


@pytest.mark.parametrize("room", ROOMS)
def test_the_rooms_that_dspys_users_know_have_what_they_say(room: str) -> None:
    module = importlib.import_module(f"dsp.{room}")
    assert module.__all__
    for public in module.__all__:
        assert getattr(module, public) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing_of_that_name'"):
        _ = module.nothing_of_that_name


def test_a_room_is_reached_without_being_imported() -> None:
    code = "import dsp as dspy; dspy.teleprompt.BootstrapFewShot; dspy.evaluate.answer_exact_match; dspy.streaming"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", sorted(ABSENT))
def test_a_name_that_is_not_built_says_what_to_use(name: str) -> None:
    assert name not in dsp.__all__
    with pytest.raises(AttributeError, match=rf"has no attribute '{name}': .+ \(docs/names.md\)"):
        getattr(dsp, name)
