"""What `import dsp` and `dsp --help` cost, in fresh processes; peers beside them where they are installed.

    python benchmarks/import_time.py [--runs 15] [--json]

Every round starts the bare interpreter, then each command, one after the other, so that all meet the same machine in
the same mood. "Own share" is a command's time less the bare interpreter's in the same round. The bars are those of the
project: `import dsp` under 0.25 s, `dsp --help` under 0.40 s, each as a whole process. One round before the first is
not counted: it fills the file cache and writes the bytecode.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

PEERS = ("dspy", "langchain", "llama_index", "haystack")  # measured if they are installed, never installed for it
BARS = {"import dsp": 0.25, "dsp --help": 0.40}  # seconds
BARE = "python -c pass"
EVERY_NAME = "import dsp; [getattr(dsp, name) for name in dsp.__all__]"  # as a package that is not lazy would do
HELP = "import dsp.cli.main as cli; cli.main(['--help'])"  # where the command itself is not installed


def commands() -> dict[str, list[str]]:
    """What is measured, by the name under which it is shown."""
    script = Path(sysconfig.get_path("scripts")) / "dsp"
    installed = {name: [sys.executable, "-c", f"import {name}"] for name in PEERS if importlib.util.find_spec(name)}
    return {
        BARE: [sys.executable, "-c", "pass"],
        "import dsp": [sys.executable, "-c", "import dsp"],
        "every name of dsp": [sys.executable, "-c", EVERY_NAME],
        "import indexes": [sys.executable, "-c", "import indexes"],
        "dsp --help": [str(script), "--help"] if script.exists() else [sys.executable, "-c", HELP],
        **{f"import {name}": command for name, command in installed.items()},
    }


def seconds(command: list[str], folder: str) -> float:
    """Wall time of one process, from an empty folder, so that nothing is imported from where it happens to run."""
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - started


def measure(runs: int) -> dict[str, dict[str, float]]:
    """Median, least and most seconds of each command, and the median of what it takes beyond the interpreter."""
    asked = commands()
    with tempfile.TemporaryDirectory() as folder:
        rounds = [{name: seconds(command, folder) for name, command in asked.items()} for _ in range(runs + 1)][1:]
    figures = {}
    for name in asked:
        times = [each[name] for each in rounds]
        own = statistics.median(each[name] - each[BARE] for each in rounds)
        figures[name] = {"median": statistics.median(times), "min": min(times), "max": max(times), "own": own}
    return figures


def machine() -> str:
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}"


def show(figures: dict[str, dict[str, float]], runs: int) -> None:
    print(f"{'seconds':<20} {'median':>8} {'min':>8} {'max':>8} {'own share':>10}   bar")
    for name, figure in figures.items():
        bar = f"{BARS[name]:.2f}, {'met' if figure['median'] < BARS[name] else 'MISSED'}" if name in BARS else ""
        numbers = " ".join(f"{figure[key]:8.3f}" for key in ("median", "min", "max"))
        print(f"{name:<20} {numbers} {figure['own']:10.3f}   {bar}".rstrip())
    missing = [name for name in PEERS if f"import {name}" not in figures]
    if missing:
        print(f"not installed here, so not measured: {', '.join(missing)}")
    print(f"{runs} rounds of fresh processes: python benchmarks/import_time.py --runs {runs}\n{machine()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15, help="rounds (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error(f"--runs must be at least 1, but got {options.runs}")
    figures: dict[str, Any] = measure(options.runs)
    if options.json:
        print(json.dumps({"runs": options.runs, "machine": machine(), "seconds": figures}, indent=1))
    else:
        show(figures, options.runs)


if __name__ == "__main__":
    main()
