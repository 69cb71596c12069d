"""What lies beside the tables: a data package, texts for people, and the table of all releases."""

import json
from pathlib import Path

import jsonschema
import polars as pl
import pytest

from dti_pipeline.release.folder import Release, differing_files, ready_to_write, released
from dti_pipeline.release.register import REGISTER
from dti_pipeline.store.parquet import write_tables
from schemas.catalogue import RELEASE_TABLES
from tests.release import content

# The parts of the data package specification (2.0) that a reader relies on.
NAME = {"type": "string", "pattern": "^[a-z0-9._-]+$"}
TYPES = ["string", "integer", "number", "boolean", "date", "datetime"]
FIELD = {
    "type": "object",
    "required": ["name", "type", "title", "description"],
    "properties": {"type": {"enum": TYPES}},
}
FOREIGN_KEY = {"type": "object", "required": ["fields", "reference"]}
RESOURCE = {
    "type": "object",
    "required": ["name", "path", "schema", "hash", "bytes"],
    "properties": {
        "name": NAME,
        "path": {"type": "string", "pattern": "^[^/.][^/]*$"},
        "hash": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
        "bytes": {"type": "integer"},
        "schema": {
            "type": "object",
            "required": ["fields", "primaryKey"],
            "properties": {
                "fields": {"type": "array", "minItems": 1, "items": FIELD},
                "primaryKey": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                "foreignKeys": {"type": "array", "items": FOREIGN_KEY},
            },
        },
    },
}
PACKAGE = {
    "type": "object",
    "required": ["name", "resources", "licenses", "version"],
    "properties": {
        "name": NAME,
        "resources": {"type": "array", "minItems": 1, "items": RESOURCE},
    },
}

CHECKED = ("dim_unit", "dim_region", "dim_year", "dim_assessment", "dim_code")


def test_the_data_package_describes_every_file_and_key(province_release: Release) -> None:
    text = (province_release.folder / "datapackage.json").read_text("utf-8")
    package = json.loads(text)
    jsonschema.validate(package, PACKAGE)
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert [f"{name}.parquet" for name in resources] == list(province_release.manifest["files"])
    for name, resource in resources.items():
        entry = province_release.manifest["files"][f"{name}.parquet"]
        assert resource["hash"] == f"sha256:{entry['sha256']}"
        fields = [field["name"] for field in resource["schema"]["fields"]]
        assert fields == RELEASE_TABLES[name].names()
        for key in resource["schema"].get("foreignKeys", []):
            target = resources[key["reference"]["resource"]]["schema"]
            assert key["reference"]["fields"] == target["primaryKey"][-1:] or key["reference"][
                "fields"
            ] == ["indicator_key"]


def test_frictionless_takes_the_data_package_and_finds_the_rows_as_it_says(
    province_release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Types, keys and references; the rows as CSV, since its reader of Parquet knows no null rank."""
    frictionless = pytest.importorskip("frictionless")
    package = json.loads((province_release.folder / "datapackage.json").read_text("utf-8"))
    assert list(frictionless.Package.metadata_validate(package)) == []
    monkeypatch.chdir(tmp_path)
    package["resources"] = [entry for entry in package["resources"] if entry["name"] in CHECKED]
    for resource in package["resources"]:
        name, keys = resource["name"], resource["schema"].get("foreignKeys", [])
        province_release.table(name).write_csv(tmp_path / f"{name}.csv")
        resource["schema"]["foreignKeys"] = [
            key for key in keys if key["reference"]["resource"] in CHECKED
        ]
        resource.update(path=f"{name}.csv", format="csv", mediatype="text/csv")
        del resource["bytes"], resource["hash"]

    def problems() -> list[list[str]]:
        report = frictionless.Package.from_descriptor(package).validate()
        return report.flatten(["title", "type", "fieldName"])

    assert problems() == []
    units = province_release.table("dim_unit").with_columns(region_code=pl.lit("NOWHERE"))
    units.head(1).write_csv(tmp_path / "dim_unit.csv")
    assert {problem[1] for problem in problems()} == {"foreign-key"}


def test_a_folder_mailed_on_says_what_it_is_and_what_is_made_up(province_release: Release) -> None:
    names = {"README.md", "LICENSE.md", "CHANGES.md", "CITATION.cff", "datapackage.json"}
    names |= {"out_ranking.csv", "out_history_34.csv"}
    assert set(province_release.manifest["documents"]) == names
    readme = (province_release.folder / "README.md").read_text("utf-8")
    assert "SỐ LIỆU GIẢ ĐỊNH" in readme
    assert province_release.release_id in readme
    csv = (province_release.folder / "out_ranking.csv").read_bytes()
    assert csv.startswith(b"\xef\xbb\xbfassessment_id,")
    assert differing_files(province_release) == []


def test_a_changed_document_is_found(tmp_path: Path) -> None:
    release = content.publish(content.published_in(tmp_path), 1)
    place = release.folder / "CHANGES.md"
    place.write_text("something else", encoding="utf-8")
    (problem,) = differing_files(release)
    assert problem.en == "CHANGES.md: the content differs from the manifest"


def test_tables_that_wait_as_files_are_published_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory = content.publish(content.published_in(tmp_path / "memory"), 1)
    for module in ("release.folder", "store.parquet"):
        monkeypatch.setattr(f"dti_pipeline.{module}.MOST_ROWS_WAITING", content.ROWS - 1)
    published = content.published_in(tmp_path / "files")
    as_files = content.publish(published, 1)
    assert as_files.manifest["files"] == in_memory.manifest["files"]
    draft = content.publish(published, 2, is_draft=True)
    assert content.publish(published, 2, is_draft=True).release_id == draft.release_id
    assert not list(published.root.glob(".staging-*"))


def test_in_how_many_parts_a_table_lies_changes_neither_its_hash_nor_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = content.tables(1)["meta_column"]
    whole = {"meta_column": frame.rechunk()}
    parts = {"meta_column": pl.concat([*frame.iter_slices(7)], rechunk=False)}
    assert whole["meta_column"].n_chunks() == 1
    assert 0 < frame["references"].null_count() < content.ROWS
    assert parts["meta_column"].n_chunks() == -(-content.ROWS // 7)
    _, digest = ready_to_write(whole, folder=tmp_path)
    files = write_tables(released(whole, release_id="r0001"), folder=tmp_path)
    monkeypatch.setattr("dti_pipeline.release.folder._TEXTS_AT_ONCE", 5)
    assert ready_to_write(parts, folder=tmp_path)[1] == digest
    assert write_tables(released(parts, release_id="r0001"), folder=tmp_path) == files


def test_the_table_of_releases_follows_the_journal(tmp_path: Path) -> None:
    published = content.published_in(tmp_path)
    first, second = (content.publish(published, number) for number in (1, 2))
    rows = pl.read_parquet(published.root / REGISTER)
    assert rows.select("release_id", "status", "reason", "supersedes").rows() == [
        (first.release_id, "superseded", "lần 1", None),
        (second.release_id, "published", "lần 2", first.release_id),
    ]
    assert (published.root / rows["path"][1] / "manifest.json").is_file()
    assert rows["published_at"].null_count() == 0
    published.withdraw(second.release_id, by="Hội đồng", reason="sai số liệu")
    draft = content.publish(published, 3, is_draft=True)
    rows = pl.read_parquet(published.root / REGISTER)
    assert rows.select("status", "withdrawal_reason").rows() == [
        ("published", None),
        ("withdrawn", "sai số liệu"),
    ]
    published.approve(draft.release_id, by="Chủ tịch", reason="đồng ý")
    rows = pl.read_parquet(published.root / REGISTER)
    assert rows["status"].to_list() == ["superseded", "withdrawn", "published"]
    assert rows["published_by"][2] == "Chủ tịch"
