"""`python -m dsp.lms.extractive.fit --musique train.json --to weights.json`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from dsp.lms.extractive.fit.fitting import dump, fit
from dsp.lms.extractive.fit.musique import read_musique


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m dsp.lms.extractive.fit", description="Fit the extractive reader's weights on MuSiQue."
    )
    parser.add_argument("--musique", type=Path, required=True, help="MuSiQue's training questions")
    parser.add_argument("--to", type=Path, required=True, help="the file to write")
    options = parser.parse_args(arguments)
    options.to.write_text(dump(fit(read_musique(options.musique))), "utf-8")


if __name__ == "__main__":
    main()
