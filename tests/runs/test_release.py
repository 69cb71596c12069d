"""What is published: immutable, byte-identical, complete, and unchanged when nothing changed."""

import hashlib
import json
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.folder import Release, differing_files
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace
from schemas.catalogue import RELEASE_TABLES
from tests.cli.conftest import Call
from tests.conftest import PROVINCES, copy_deliveries
from tests.hashes import hashes
from tests.released import released


def test_the_pointer_names_the_release_and_the_hash_of_its_manifest(
    province_data: Path, province_release: Release
) -> None:
    pointer = json.loads((province_data / "published/latest.json").read_text(encoding="utf-8"))
    assert set(pointer) == {"release_id", "path", "manifest_sha256", "published_at", "journal_head"}
    manifest = province_data / "published" / pointer["path"] / "manifest.json"
    assert hashlib.sha256(manifest.read_bytes()).hexdigest() == pointer["manifest_sha256"]
    assert pointer["release_id"] == province_release.release_id


def test_an_unchanged_second_run_publishes_nothing_and_says_so(
    province_data: Path, printed: Call
) -> None:
    releases = Published(Workspace(data=province_data).published)
    before = [release.release_id for release in releases.releases()]
    text = printed(run_assessments, PROVINCES, data=province_data, reason="")
    assert [release.release_id for release in releases.releases()] == before
    assert "Không có gì mới để phát hành: " in text


def test_a_run_in_another_folder_gives_byte_identical_tables(
    tmp_path: Path, province_release: Release
) -> None:
    data = copy_deliveries(tmp_path / "elsewhere", *PROVINCES)
    again = released(data, *PROVINCES)
    assert again.release_id == province_release.release_id
    tables, expected = (
        {name: digest for name, digest in hashes(folder).items() if name.endswith(".parquet")}
        for folder in (again.folder, province_release.folder)
    )
    assert tables == expected


def test_every_table_keeps_its_contract_and_the_column_profile(province_release: Release) -> None:
    allowed = {"string", "int32", "int64", "double", "bool", "date32[day]", "timestamp[us, tz=UTC]"}
    for path in province_release.folder.glob("*.parquet"):
        schema = pq.read_schema(path)
        table = RELEASE_TABLES[path.stem]
        assert schema.names == table.names()
        assert {str(kind) for kind in schema.types} <= allowed
        assert schema.names[0] == "release_id"
        assert all(field.metadata[b"description_vi"] for field in schema)
        assert pq.read_metadata(path).row_group(0).column(0).compression == "SNAPPY"


def test_duckdb_reads_what_polars_reads(province_release: Release) -> None:
    path = province_release.folder / "fact_ranking.parquet"
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT unit_name, rank FROM read_parquet(?) "
            "WHERE assessment_id = 'province-2022' AND scope = 'overall' AND rank <= 3 "
            "ORDER BY rank",
            [str(path)],
        ).fetchall()
    assert rows == [("Đà Nẵng", 1), ("Hồ Chí Minh", 2), ("Quảng Ninh", 3)]


def test_meta_column_describes_every_released_column(province_release: Release) -> None:
    meta = province_release.table("meta_column")
    described = set(meta.select("table_name", "column_name").iter_rows())
    present = {
        (path.stem, name)
        for path in province_release.folder.glob("*.parquet")
        for name in pq.read_schema(path).names
    }
    assert described == present


def test_verify_finds_a_changed_a_missing_and_an_added_file(tmp_path: Path) -> None:
    data = copy_deliveries(tmp_path, "province-2023")
    release = released(data, "province-2023")
    assert differing_files(release) == []
    ranking = release.folder / "fact_ranking.parquet"
    content = bytearray(ranking.read_bytes())
    content[len(content) // 2] ^= 1
    ranking.write_bytes(bytes(content))
    (release.folder / "dim_tile.parquet").unlink()
    (release.folder / "notes.txt").write_text("x", encoding="utf-8")
    assert [text.en for text in differing_files(release)] == [
        "dim_tile.parquet: the file is missing",
        "fact_ranking.parquet: the content differs from the manifest",
        "notes.txt: the file is not in the manifest",
    ]


def test_the_manifest_names_code_rules_frameworks_inputs_and_lock(
    province_release: Release,
) -> None:
    manifest = province_release.manifest
    assert set(manifest["input_hashes"]) == set(PROVINCES)
    assert len(manifest["lock_sha256"]) == 64
    frameworks = {"province-922", "province-922-published", "province-405-published"}
    assert set(manifest["frameworks"]) == frameworks
    for name, entry in manifest["files"].items():
        frame = pl.read_parquet(province_release.folder / name)
        assert entry["rows"] == frame.height
        assert list(entry["schema"]) == frame.columns
