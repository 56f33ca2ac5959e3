"""Where one is among the headings of a document."""

from __future__ import annotations


class Headings:
    """The headings above the current place, the outermost first."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []

    def enter(self, level: int, text: str) -> None:
        """A heading begins a section: those of its level and below it are over. One without a text only ends them."""
        self._path = [(depth, name) for depth, name in self._path if depth < level]
        if text:
            self._path.append((level, text))

    @property
    def title(self) -> str:
        return " — ".join(name for _, name in self._path)
