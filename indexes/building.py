"""`build`: from a corpus to an index folder, in one pass."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from indexes.analyzers import ANALYZERS
from indexes.corpora.files import FileCorpus
from indexes.embedders import EMBEDDERS, embedder_named
from indexes.embedders.cached import CachedEmbedder
from indexes.embedders.fitted import CorpusEmbedder, fitted_on
from indexes.engines import ENGINES
from indexes.errors import InputError
from indexes.folder_index import FolderIndex
from indexes.indexing import index_passages
from indexes.manifest import Manifest, entries_of
from indexes.opening import CUSTOM, open_index
from indexes.passage import Passage
from indexes.protocols import Analyzer, Embedder, Engine, Progress, Recipe
from indexes.publish import Publication
from indexes.stores.jsonl import PASSAGES

PathLike = str | os.PathLike[str]
Source = PathLike | Iterable[PathLike] | Iterable[Passage]
_EVERY = 500  # passages between two calls of `progress`


def build(
    source: Source,
    to: PathLike,
    *,
    engine: str = "bm25",
    analyzer: str | Analyzer = "english",
    embedder: str | Embedder | CorpusEmbedder | None = None,
    embedding_cache: PathLike | None = None,
    format: str | None = None,
    skip_bad: int = 0,
    progress: Progress | None = None,
    **parameters: Any,
) -> FolderIndex:
    """Index a corpus into the folder `to`, and open it.

    `source` is a file or folder, several of them, a `Corpus`, or passages. `format` says what the files are where
    their names don't; up to `skip_bad` bad records in them are passed over and counted in `info()["skipped"]`.
    `analyzer` and, for engines that need one, `embedder` are names, or objects of your own, which `indexes.open` must
    then be given too. `embedding_cache` is a folder that remembers vectors, for a build that may be interrupted, or
    made again. `parameters` are the engine's. `progress(done, total)` is told the passages done, and of how many
    where that is known.

    An index at `to` is replaced once the new one is complete; until then, and if the build fails or is killed, it
    stays as it was. Raises InputError, CorpusError or IndexFolderError.
    """
    chosen: Engine = ENGINES.get(engine)
    settings = chosen.parameters(parameters)
    terms, vectors = _analyzer(analyzer), _embedder(embedder, chosen, settings, embedding_cache)
    corpus = corpus_of(source, format, skip_bad)
    with Publication(to) as publication:
        recipe = Recipe(terms, _ready(vectors, corpus, embedding_cache), settings)
        store = index_passages(corpus, chosen, recipe, publication.generation, progress)
        manifest = Manifest(
            engine=engine,
            parameters=recipe.parameters,
            analyzer=analyzer if isinstance(analyzer, str) else CUSTOM,
            analyzer_fingerprint=recipe.analyzer.fingerprint,
            embedder=getattr(recipe.embedder, "spelled", embedder) if isinstance(embedder, str | None) else CUSTOM,
            embedder_fingerprint=recipe.embedder.fingerprint if recipe.embedder is not None else None,
            passages=len(store),
            skipped=getattr(corpus, "skipped", 0),
            corpus_digest=f"sha256:{store.digest}",
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            generation=publication.name,
            files=entries_of(publication.generation, {PASSAGES: store.digest}),
        )
        publication.commit(manifest)
    return open_index(
        publication.to,
        analyzer=None if isinstance(analyzer, str) else analyzer,
        embedder=None if isinstance(embedder, str) else embedder,
    )


def _analyzer(analyzer: str | Analyzer) -> Analyzer:
    chosen: Analyzer = ANALYZERS.get(analyzer) if isinstance(analyzer, str) else analyzer
    if not isinstance(chosen, Analyzer) or not callable(chosen):
        raise InputError(
            f"an analyzer must be a name or a callable with a fingerprint, but got {analyzer!r}; "
            f"the names are {', '.join(ANALYZERS.names())}"
        )
    return chosen


def _embedder(
    embedder: str | Embedder | CorpusEmbedder | None,
    engine: Engine,
    parameters: Mapping[str, Any],
    cache: PathLike | None,
) -> Embedder | CorpusEmbedder | None:
    embeds = engine.embeds(parameters)
    if embedder is None and embeds:
        names = ", ".join(EMBEDDERS.names())
        raise InputError(f"engine {engine.name} needs an embedder, but got none; say embedder=, one of {names}")
    if embedder is None:
        if cache is not None:
            raise InputError(
                f"embedding_cache is for engines with an embedder, but engine {engine.name} has none; leave it out"
            )
        return None
    if not embeds:
        raise InputError(f"engine {engine.name} takes no embedder, but got {embedder!r}; leave it out, or say engine=")
    chosen = embedder_named(embedder) if isinstance(embedder, str) else embedder
    if isinstance(chosen, type) or not isinstance(chosen, CorpusEmbedder | Embedder):
        raise InputError(f"an embedder must be a name or an Embedder, but got {embedder!r}")
    return chosen


def _ready(
    embedder: Embedder | CorpusEmbedder | None, corpus: Iterable[Passage], cache: PathLike | None
) -> Embedder | None:
    """The embedder, fitted where it has to be; with a cache, one that remembers."""
    ready = fitted_on(embedder, corpus) if isinstance(embedder, CorpusEmbedder) else embedder
    return ready if ready is None or cache is None else CachedEmbedder(ready, cache)


def corpus_of(source: Source, format: str | None, skip_bad: int) -> Iterable[Passage]:
    """The passages that a source stands for. Raises InputError for what is none."""
    if isinstance(source, str | os.PathLike):
        return FileCorpus([source], format=format, skip_bad=skip_bad)
    if isinstance(source, list | tuple) and source and all(isinstance(item, str | os.PathLike) for item in source):
        return FileCorpus(cast(list[PathLike], source), format=format, skip_bad=skip_bad)
    if not isinstance(source, Iterable):
        raise InputError(f"a source must be paths, a corpus or passages, but got {source!r}; give a file or a folder")
    if skip_bad or format is not None:
        raise InputError("skip_bad and format are for files, but the source is passages; leave them out")
    return cast(Iterable[Passage], source)
