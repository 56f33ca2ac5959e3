from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dsp.lms.extractive.caches import BoundedCache


def test_what_was_used_last_stays_and_the_oldest_goes() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2, lambda key, value: 1)
    made: list[str] = []

    def make(key: str) -> int:
        made.append(key)
        return len(made)

    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get_or(key, lambda key=key: make(key))
    assert made == ["a", "b", "c", "b"]
    assert len(cache) == 2


def test_it_never_holds_more_than_its_budget() -> None:
    cache: BoundedCache[int, str] = BoundedCache(10, lambda key, value: len(value))
    for number in range(50):
        cache.get_or(number, lambda number=number: "x" * (number % 7))
        assert cache.held <= 10


def test_a_value_beyond_the_budget_is_returned_and_not_kept() -> None:
    cache: BoundedCache[str, str] = BoundedCache(3, lambda key, value: len(value))
    assert cache.get_or("big", lambda: "xxxx") == "xxxx"
    assert len(cache) == 0


def test_many_threads_get_the_value_of_their_own_key() -> None:
    cache: BoundedCache[int, int] = BoundedCache(5, lambda key, value: 1)

    def square(number: int) -> int:
        return cache.get_or(number % 9, lambda: (number % 9) ** 2)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(square, range(900))) == [(number % 9) ** 2 for number in range(900)]
    assert cache.held == len(cache) <= 5
