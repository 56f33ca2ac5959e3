"""`EmbedderContract`: the laws of `Embedder`, as tests. Subclass it once for each embedder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from indexes.protocols import Embedder
from indexes.testing.samples import PASSAGES, QUERIES

TEXTS = [passage.text for passage in PASSAGES]


class EmbedderContract(ABC):
    """Say how the embedder is made. `tolerance` is how far rounding may carry a number."""

    tolerance: float = 1e-5

    @abstractmethod
    def make(self) -> Embedder: ...

    def test_it_is_an_embedder_and_its_fingerprint_stays(self) -> None:
        assert isinstance(self.make(), Embedder)
        assert self.make().fingerprint == self.make().fingerprint != ""

    def test_a_row_of_finite_numbers_for_each_text_and_none_for_none(self) -> None:
        embedder = self.make()
        for embed in (embedder.embed_passages, embedder.embed_queries):
            for texts in (TEXTS, list(QUERIES), TEXTS[:1], []):
                rows = embed(texts)
                assert rows.shape == (len(texts), embedder.dimension)
                assert rows.dtype == np.float32
                assert np.isfinite(rows).all()

    def test_a_texts_row_does_not_depend_on_its_neighbours(self) -> None:
        embedder = self.make()
        together = embedder.embed_passages(TEXTS)
        alone = np.concatenate([embedder.embed_passages([text]) for text in TEXTS])
        np.testing.assert_allclose(together, alone, atol=self.tolerance)

    def test_equal_texts_have_equal_rows_wherever_they_stand(self) -> None:
        rows = self.make().embed_passages([TEXTS[0], *TEXTS, TEXTS[0]])
        np.testing.assert_allclose(rows[[0, -1]], rows[[1, 1]], atol=self.tolerance)

    def test_texts_about_one_thing_are_closer_than_others(self) -> None:
        embedder = self.make()
        [query] = embedder.embed_queries(["a novel by the writer Virginia Woolf"])
        near, far = embedder.embed_passages(["Virginia Woolf wrote novels.", "The cat eats fish in the garden."])
        assert query @ near > query @ far

    def test_threads_get_what_one_gets(self) -> None:
        embedder = self.make()
        expected = embedder.embed_passages(TEXTS)
        with ThreadPoolExecutor(8) as pool:
            for rows in pool.map(lambda _: embedder.embed_passages(TEXTS), range(16)):
                np.testing.assert_allclose(rows, expected, atol=self.tolerance)

    @pytest.mark.parametrize("text", ["", " ", "\x00", "🗿", "\ud83d", "x" * 100_000, "word " * 100_000])
    def test_no_text_raises(self, text: str) -> None:
        assert np.isfinite(self.make().embed_queries([text])).all()
