"""Site, workbooks and one-pagers as assets of a release."""

from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from assets.code_location import build
from assets.reports import duckdb_file, onepagers, site, workbooks
from assets.resources import WorkspaceResource
from dti_pipeline.release.folder import Release
from tests.reports.synthetic.figures import Shape
from tests.reports.synthetic.release import publish

SHAPE = Shape("pools-2025", 12, level="department", groups=("without", "with"), unit_set="pools")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return publish([SHAPE], tmp_path_factory.mktemp("assets") / "data" / "published")


def run(asset: dg.AssetsDefinition, data: Path) -> dg.ExecuteInProcessResult:
    with dg.instance_for_test() as instance:
        return dg.materialize(
            [asset],
            instance=instance,
            resources={
                "workspace": WorkspaceResource(data_dir=str(data)),
                "nothing": dg.mem_io_manager,
            },
        )


def metadata(result: dg.ExecuteInProcessResult, name: str) -> dict[str, Any]:
    (found,) = result.asset_materializations_for_node(name)
    return dict(found.metadata)


def test_reports_stand_downstream_of_the_release_and_have_a_job_of_their_own(
    tmp_path: Path,
) -> None:
    definitions = build(tmp_path)
    graph = definitions.resolve_asset_graph()
    for name in ("site", "workbooks", "onepagers", "duckdb_file"):
        node = graph.get(dg.AssetKey(name))
        assert {key.to_user_string() for key in node.parent_keys} == {"release"}
        assert node.description
    assert definitions.resolve_job_def("report").asset_layer.selected_asset_keys == {
        dg.AssetKey("site"),
        dg.AssetKey("workbooks"),
        dg.AssetKey("onepagers"),
    }
    assert definitions.resolve_job_def("follow").asset_layer.selected_asset_keys == {
        dg.AssetKey("site"),
        dg.AssetKey("duckdb_file"),
    }


def test_the_site_asset_links_to_its_first_page_and_previews_the_ranking(
    published: Release,
) -> None:
    data = published.folder.parents[2]
    found = metadata(run(site, data), "site")
    index = data / "site" / published.release_id / "index.html"
    assert found["open"].url == index.as_uri()
    assert index.is_file()
    assert found["release_id"].text == published.release_id
    assert found["largest_page_bytes"].value < 2_000_000
    first = found["pools-2025"].records[0].data
    assert (first["rank"], first["data_basis"]) == (1, "sample")


def test_the_duckdb_file_holds_the_figures_of_the_release(published: Release) -> None:
    data = published.folder.parents[2]
    found = metadata(run(duckdb_file, data), "duckdb_file")
    path = data / "reports" / "dti.duckdb"
    assert found["file"].value == str(path)
    with duckdb.connect(str(path), read_only=True) as connection:
        ranks = "SELECT count(*), any_value(release_id) FROM fact_ranking WHERE scope = 'overall'"
        assert connection.execute(ranks).fetchone() == (12, published.release_id)
        kinds = "SELECT DISTINCT table_type FROM information_schema.tables"
        assert connection.execute(kinds).fetchall() == [("BASE TABLE",)]


def test_workbooks_and_one_pagers_are_linked(published: Release) -> None:
    data = published.folder.parents[2]
    folder = data / "reports" / published.release_id
    books = metadata(run(workbooks, data), "workbooks")
    assert (folder / "dti-pools-2025.xlsx").as_uri() in books["contents"].md_str
    pages = metadata(run(onepagers, data), "onepagers")
    assert pages["pages"].data == {"pools-2025": 12}
    assert len(list((folder / "pools-2025").glob("*.pdf"))) == 12
