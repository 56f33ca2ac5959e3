"""How much went through in the last minute: the arithmetic of a limit, apart from clocks and threads."""

from __future__ import annotations

from collections import deque

MINUTE = 60.0


class Entry:
    """One amount at one time. The amount may be corrected while the entry counts."""

    __slots__ = ("amount", "time")

    def __init__(self, time: float, amount: float) -> None:
        self.time = time
        self.amount = amount


class Window:
    """A sliding window of 60 s that holds at most `limit`.

    Law: the entries of any 60 s never sum to more than `limit`, but for corrections upwards, and for one entry that
    is larger than the limit itself, which goes alone. Not thread-safe; times never decrease.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._entries: deque[Entry] = deque()
        self._sum = 0.0

    def wait(self, now: float, amount: float) -> float:
        """The seconds until `amount` has room; 0 where it has room now."""
        self._forget(now)
        excess = self._sum + amount - self.limit
        if excess <= 0 or not self._entries:
            return 0.0
        for entry in self._entries:
            excess -= entry.amount
            if excess <= 0:
                return entry.time + MINUTE - now
        return self._entries[-1].time + MINUTE - now

    def add(self, now: float, amount: float) -> Entry:
        entry = Entry(now, amount)
        self._entries.append(entry)
        self._sum += amount
        return entry

    def correct(self, entry: Entry, amount: float) -> None:
        """What the entry turned out to be. One that no longer counts is left alone."""
        if self._entries and entry.time >= self._entries[0].time:
            self._sum += amount - entry.amount
            entry.amount = amount

    def _forget(self, now: float) -> None:
        while self._entries and self._entries[0].time + MINUTE <= now:
            self._sum -= self._entries.popleft().amount
        if not self._entries:
            self._sum = 0.0
