"""`plain_multihop`: the multi-hop program without reasoning, to see what chain of thought brings."""

from __future__ import annotations

from dsp.modules.multi_hop import MultiHop
from dsp.modules.predict import Predict


class PlainMultiHop(MultiHop):
    """`MultiHop` whose queries and answer are written at once."""

    step = Predict
