"""Ways to index and search. One engine, one file; a plugin adds one by an entry point in `indexes.engines`."""

from __future__ import annotations

from indexes.registry import Registry

ENGINES = Registry(
    "engine",
    "indexes.engines",
    {
        "bm25": "indexes.engines.bm25:ENGINE",
        "bm25_fields": "indexes.engines.bm25_fields:ENGINE",
        "bm25_tunable": "indexes.engines.bm25_tunable:ENGINE",
        "faiss": "indexes.engines.faiss:ENGINE",
        "hybrid": "indexes.engines.hybrid:ENGINE",
        "link_hop": "indexes.engines.link_hop:ENGINE",
        "rank_bm25": "indexes.engines.rank_bm25:ENGINE",
    },
)
