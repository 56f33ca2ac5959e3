"""`tsv`: tab-separated values with a header row; `dpr`, DPR's `psgs_w100.tsv`, is one: `id`, `text`, `title`."""

from __future__ import annotations

from indexes.corpora.csv import Table

TSV = Table("\t", (".tsv",))
DPR = Table("\t", ())
