"""`tsv`: tab-separated values with a header row, as DPR's passages come: `id`, `text`, `title`."""

from __future__ import annotations

from indexes.corpora.csv import Table

TSV = Table("\t", (".tsv",))
