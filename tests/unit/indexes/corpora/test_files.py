from __future__ import annotations

import bz2
import gzip
import io
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from indexes import FileCorpus
from indexes.errors import CorpusError, InputError, UnknownNameError

LINE = b'{"id": "%d", "text": "words"}\n'
LINES = b"".join(LINE % number for number in range(1000))


def zstd_frames(data: bytes) -> bytes:
    """Two frames, one after the other, as `cat a.zst b.zst` makes them."""
    half = len(LINE % 1) * 300
    return zstandard.compress(data[:half]) + zstandard.compress(data[half:])


@pytest.mark.parametrize(
    ("extension", "compress"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".zst", zstandard.compress), (".zst", zstd_frames)],
)
class TestCompression:
    def test_a_compressed_file_is_read_as_it_would_be(self, tmp_path, extension, compress) -> None:
        path = tmp_path / f"a.jsonl{extension}"
        path.write_bytes(compress(LINES))
        assert [passage.id for passage in FileCorpus([path])] == [str(number) for number in range(1000)]

    def test_a_cut_off_file_is_refused_with_its_name(self, tmp_path, extension, compress) -> None:
        path = tmp_path / f"a.jsonl{extension}"
        path.write_bytes(compress(LINES)[:-9])
        with pytest.raises(CorpusError, match=r"a\.jsonl\.\w+ is cut off"):
            list(FileCorpus([path]))

    def test_a_file_that_is_not_compressed_is_refused_with_its_name(self, tmp_path, extension, compress) -> None:
        path = tmp_path / f"a.jsonl{extension}"
        path.write_bytes(LINES)
        with pytest.raises(CorpusError, match=r"a\.jsonl\.\w+ is cut off or not what its name says"):
            list(FileCorpus([path]))


def test_a_zstandard_stream_without_a_known_size_is_read(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zstandard.ZstdCompressor().stream_writer(packed, closefd=False) as stream:
        stream.write(LINES * 50)
    (tmp_path / "a.txt.zst").write_bytes(packed.getvalue())
    assert sum(1 for _ in FileCorpus([tmp_path / "a.txt.zst"])) > 1000


def test_a_folder_gives_its_files_in_order_of_name_and_leaves_out_the_rest(tmp_path: Path) -> None:
    for name in ("b/two.txt", "a/one.md", "c.jsonl", ".hidden.txt", ".git/x.txt", "image.png", "empty.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("" if name == "empty.txt" else '{"text": "words"}')
    assert [passage.id for passage in FileCorpus([tmp_path])] == ["c.jsonl:1", "a/one.md#1", "b/two.txt#1"]


def test_files_of_the_same_name_in_two_folders_get_ids_of_their_own(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text("words")
    corpus = FileCorpus([tmp_path / "x" / "a.txt", tmp_path / "y" / "a.txt"])
    assert [passage.id for passage in corpus] == ["x/a.txt#1", "y/a.txt#1"]


def test_of_a_beir_folder_only_the_corpus_is_read(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "who?"}\n')
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d", "title": "T", "text": "she"}\n')
    assert [passage.id for passage in FileCorpus([tmp_path])] == ["d"]


def test_a_format_can_be_said_where_the_name_does_not_tell(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes(LINES)
    with pytest.raises(CorpusError, match=r"extension of .*dump must tell its format"):
        FileCorpus([path])
    assert len(list(FileCorpus([path], format="jsonl"))) == 1000
    with pytest.raises(UnknownNameError, match="did you mean jsonl"):
        FileCorpus([path], format="jsonll")


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nowhere\.jsonl does not exist"):
        FileCorpus([tmp_path / "nowhere.jsonl"])
    with pytest.raises(CorpusError, match="known extension"):
        FileCorpus([tmp_path])
    with pytest.raises(InputError, match="at least one file"):
        FileCorpus([])
    with pytest.raises(InputError, match="skip_bad"):
        FileCorpus([tmp_path], skip_bad=-1)


def test_iterating_twice_gives_the_same_and_places_name_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    corpus = FileCorpus([tmp_path / "a.jsonl"])
    assert list(corpus) == list(corpus)
    assert corpus.places({0, 7}) == {0: f"{tmp_path / 'a.jsonl'}, line 1", 7: f"{tmp_path / 'a.jsonl'}, line 8"}


def test_every_known_extension_is_that_of_its_format() -> None:
    from indexes.corpora import FORMATS
    from indexes.corpora.finding import BY_EXTENSION

    named = {extension: name for name in FORMATS.names() for extension in FORMATS.get(name).extensions}
    assert named == BY_EXTENSION


def test_zstandard_is_only_loaded_for_its_own_files(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    code = f"import sys, indexes; list(indexes.FileCorpus([{str(tmp_path)!r}])); sys.exit('zstandard' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
