"""`majority`: several samples of the multi-hop program, and the answer that most of them give."""

from __future__ import annotations

from dsp.modules.majority import Majority
from dsp.modules.multi_hop import MultiHop


class MajorityMultiHop(Majority):
    """Answers by the vote of `branches` samples of `MultiHop` (DSP's self-consistent multi-hop program)."""

    def __init__(self, *, branches: int = 5, k: int = 5, hops: int = 2, queries: int = 3) -> None:
        super().__init__(MultiHop(k=k, hops=hops, queries=queries), branches)
        self.branches, self.k, self.hops, self.queries = branches, k, hops, queries
