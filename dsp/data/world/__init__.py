"""A fictional world to read and to ask about: endless, contamination-free, made from a size and a seed.

People, places, works, organisations and awards, with names from invented languages, told in
Wikipedia-like passages; and two-hop questions over them with their gold supports. Nothing in it is true,
so no model has read it.

    world = generate_world(size=3000, seed=7)
    passages, questions = world.passages(), world.questions("dev", 100)
    write_world("my-world", size=3000, seed=7)
"""

from __future__ import annotations

from dsp.data.world.plan import MAX_SIZE, MIN_SIZE
from dsp.data.world.world import SPLITS, Split, World, generate_world
from dsp.data.world.writing import write_world

__all__ = ["MAX_SIZE", "MIN_SIZE", "SPLITS", "Split", "World", "generate_world", "write_world"]
