"""Stop strings, kept to whatever the server does: some cut before them, some after, and some know none."""

from __future__ import annotations

from dataclasses import replace

from dsp.types.messages import LMCompletion


def cut(completion: LMCompletion, stops: tuple[str, ...]) -> LMCompletion:
    """The completion, ended before the first stop string in it. Its log-probability is then not known."""
    end = first_stop(completion.text, stops)
    if end is None:
        return completion
    return replace(completion, text=completion.text[:end], finish_reason="stop", logprob=None)


def first_stop(text: str, stops: tuple[str, ...]) -> int | None:
    """Where the stop string begins that is whole first, as one who reads along would notice it; None for none."""
    found = [(place + len(stop), place) for stop in stops if stop and (place := text.find(stop)) >= 0]
    return min(found)[1] if found else None


class StopGuard:
    """Lets a stream's text through up to the first stop string.

    What could be a stop string's beginning is held until more is known. What is held at the end is the caller's to
    find in the whole completion.
    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._longest = max((len(stop) for stop in stops), default=1)
        self._held = ""
        self._over = False

    def feed(self, piece: str) -> str:
        if self._over or not self._stops:
            return "" if self._over else piece
        text = self._held + piece
        end = first_stop(text, self._stops)
        if end is not None:
            self._over = True
            return text[:end]
        keep = next(
            (
                size
                for size in range(min(self._longest - 1, len(text)), 0, -1)
                if any(stop.startswith(text[-size:]) for stop in self._stops)
            ),
            0,
        )
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]
