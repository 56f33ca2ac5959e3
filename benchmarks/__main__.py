"""`python -m benchmarks`: run every benchmark of this folder that needs no argument, one after the other.

    python -m benchmarks --list              what there is
    python -m benchmarks                     all of it
    python -m benchmarks import_time         only these

Each one is a script of its own, with options of its own: `python benchmarks/NAME.py --help`. Figures mean something
only on a machine that does nothing else meanwhile. Exit status: 0 all ran, 1 one failed, 2 there is none of that name.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def scripts() -> dict[str, Path]:
    """The benchmarks, by name: every script with a `main`."""
    found = sorted(path for path in HERE.glob("*.py") if not path.name.startswith("_"))
    return {path.stem: path for path in found if _has_main(path)}


def _has_main(path: Path) -> bool:
    tree = ast.parse(path.read_text("utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)


def summary(path: Path) -> str:
    """The first line of the script's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]


def run(name: str, path: Path) -> str:
    """Run one, its output passed through: "ran", "failed", or "passed over" where it needs arguments."""
    command = [sys.executable, str(path)]
    print(f"\n== {name}: {summary(path)}\n$ python benchmarks/{path.name}", flush=True)
    started = time.perf_counter()
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode == 2 and "arguments are required" in done.stderr:
        print(f"passed over: {done.stderr.strip().splitlines()[-1].partition('error: ')[2]}")
        return "passed over"
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["nothing said why"]
        print(f"failed with exit status {done.returncode}: {said[-1]}")
        return "failed"
    print(f"({time.perf_counter() - started:.0f} s)")
    return "ran"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="run only these")
    parser.add_argument("--list", action="store_true", help="list them and run none")
    options = parser.parse_args()
    available = scripts()
    for name in options.names:
        if name not in available:
            close = difflib.get_close_matches(name, available, n=2, cutoff=0.5) or list(available)
            parser.error(f'there is no benchmark "{name}"; did you mean {" or ".join(close)}?')
    chosen = {name: available[name] for name in options.names or available}
    if options.list:
        width = max(map(len, chosen), default=0)
        for name, path in chosen.items():
            print(f"{name:<{width}}  {summary(path)}")
        return 0
    outcomes = {name: run(name, path) for name, path in chosen.items()}
    others = [
        f"; {outcome}: {', '.join(name for name, found in outcomes.items() if found == outcome)}"
        for outcome in ("passed over", "failed")
        if outcome in outcomes.values()
    ]
    print(f"\n{list(outcomes.values()).count('ran')} of {len(chosen)} ran{''.join(others)}")
    return 1 if "failed" in outcomes.values() else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
