"""docs/extending.md works as it stands: its package is written to disk, its entry points installed, its tests run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dsp.evaluate.metrics import METRICS
from dsp.lms.registry import PROVIDERS
from dsp.optimize.registry import OPTIMIZERS
from dsp.programs.registry import PROGRAMS
from dsp.prompts.registry import TEMPLATES
from indexes.analyzers import ANALYZERS
from indexes.corpora import FORMATS
from indexes.embedders import EMBEDDERS
from indexes.engines import ENGINES
from indexes.pipelines.stages import STAGES
from indexes.rerankers import RERANKERS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text("utf-8")
BLOCKS: dict[str, str] = dict(re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", PAGE, re.M | re.S))
REGISTRIES = [
    *(ENGINES, ANALYZERS, EMBEDDERS, RERANKERS, STAGES, FORMATS),
    *(PROVIDERS, TEMPLATES, METRICS, OPTIMIZERS, PROGRAMS),
]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's package as it would be installed: its files, and the entry points beside them."""
    folder = tmp_path_factory.mktemp("package")
    for name, text in BLOCKS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    groups = tomllib.loads(BLOCKS["pyproject.toml"])["project"]["entry-points"]
    installed = folder / "shelf-0.1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: shelf\nVersion: 0.1\n", "utf-8")
    lines = [line for group, names in groups.items() for line in (f"[{group}]", *map(" = ".join, names.items()))]
    (installed / "entry_points.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def run(package: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=package,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_every_block_of_the_page_is_a_file_that_is_run() -> None:
    assert len(BLOCKS) == PAGE.count("\n```") / 2
    modules = {name.removesuffix(".py").replace("/", ".") for name in BLOCKS if name.startswith("shelf/")}
    used = BLOCKS["pyproject.toml"] + BLOCKS["tests/test_shelf.py"]
    assert {module for module in modules if module not in used} == set()


def test_the_package_passes_its_own_tests_contracts_and_all(package: Path) -> None:
    done = run(package, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed in ", done.stdout, re.M), done.stdout


def test_its_names_stand_beside_the_built_in_ones(package: Path, tmp_path: Path) -> None:
    (package / "wisdom.fortune").write_text("Haste makes waste.\n%\nStill waters run deep.\n", "utf-8")
    built = run(
        package,
        *("-c", "import sys, dsp.cli.main as cli; sys.exit(cli.main())"),
        *("index", "build", "wisdom.fortune", "--to", str(tmp_path / "index"), "--engine", "coverage"),
    )
    assert built.returncode == 0, built.stderr
    script = (
        "import indexes\n"
        "from dsp.optimize.registry import OPTIMIZERS\n"
        f"index = indexes.open({str(tmp_path / 'index')!r})\n"
        "print(index.info()['engine'], index.search('still', 1)[0].text)\n"
        "print('shortest_few_shot' in OPTIMIZERS, 'random_search' in OPTIMIZERS)\n"
    )
    asked = run(package, "-c", script)
    assert asked.stdout.splitlines() == ["coverage Still waters run deep.", "True True"], asked.stderr


def test_the_page_names_every_registrys_group_and_no_other() -> None:
    table = set(re.findall(r"`((?:dsp|indexes)\.[a-z]+)`", PAGE))
    assert table == {registry.group for registry in REGISTRIES}
    assert set(tomllib.loads(BLOCKS["pyproject.toml"])["project"]["entry-points"]) <= table


def test_every_file_and_folder_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:dsp|indexes|examples|tests)/[\w./]*)`", PAGE))
    assert len(named) > 20
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_law_that_the_page_points_to_is_stated_there() -> None:
    pairs = re.findall(r"`(\w+)` in `([\w./]+)`", PAGE)
    assert len(pairs) > 10
    for name, place in pairs:
        path = ROOT / place
        texts = [file.read_text("utf-8") for file in (path.glob("*.py") if path.is_dir() else [path])]
        assert any(re.search(rf"^class {name}\b", text, re.M) for text in texts), (name, place)
