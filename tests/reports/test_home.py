"""The public face: first page, corrections, who publishes, how a link looks when it is shared."""

import re
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.cli.run import run_assessments
from dti_pipeline.index.settings import load_office_settings
from dti_pipeline.index.toml_files import FileError
from dti_pipeline.release.folder import Release
from dti_pipeline.release.releases import Published
from dti_pipeline.reports.release_view import ReleaseView
from dti_pipeline.reports.site.home import corrections_context, lead, search_data
from dti_pipeline.reports.site.write import write_site
from dti_pipeline.workspace import Workspace
from schemas.files.settings import SiteSettings
from tests.index.rules.cases import component, main
from tests.reports.conftest import only
from tests.small_index import ASSESSMENT, SmallIndex, of_agency


def test_the_lead_says_mean_first_and_who_rose_most_of_the_newest_year(
    release: ReleaseView,
) -> None:
    found = lead(release)
    assert found is not None
    assessment = found["assessment"]
    assert assessment.id == "small-2025"
    overall = assessment.overall
    assert [row["unit_name"] for row in found["first"]] == overall.filter(rank=1)[
        "unit_name"
    ].to_list()
    most = overall["rank_change"].max()
    assert found["rose"][0]["rank_change"] == most
    assert all(row["rank_change"] > 0 for row in found["rose"])
    # A break lies between both years: no change of the mean is told.
    assert assessment.break_text is not None
    assert found["mean_change"] is None
    assert re.fullmatch(r"0,\d{4}", found["mean"])


def test_made_up_results_lead_only_where_there_are_no_others(made_up: Release) -> None:
    release = only(made_up, "small-2025", "small-2024")
    release.assessment("small-2025").row["data_basis"] = "sample"
    release.assessment("small-2024").row["data_basis"] = "delivered"
    found = lead(release)
    assert found is not None
    assert found["assessment"].id == "small-2024"


def test_the_search_knows_every_unit_once_at_its_newest_page(release: ReleaseView) -> None:
    rows = search_data(release, {"SMALL-00006": "tinh/so-sau.html"})
    units = release.table("fact_ranking").filter(scope="overall")["unit_id"].n_unique()
    assert len(rows) == units
    pages = {str(page) for _, _, page, _ in rows}
    assert {"small-2025/units/SMALL-00005.html", "tinh/so-sau.html"} <= pages
    assert not any(page.startswith("small-2024") for page in pages)


def test_corrections_show_both_figures_and_the_reason(release: ReleaseView) -> None:
    figures = release.table("fact_observation")
    row = figures.filter(
        pl.col("accepted"), pl.col("option").is_null(), assessment_id="small-2025"
    ).row(0, named=True)
    is_row = pl.struct("assessment_id", "unit_id", "component_code", "variable") == pl.struct(
        **{
            name: pl.lit(row[name])
            for name in ("assessment_id", "unit_id", "component_code", "variable")
        }
    )
    old = figures.filter(is_row).with_columns(
        accepted=pl.lit(value=False), remark=pl.lit("superseded"), value=pl.lit(7.0)
    )
    new = figures.with_columns(
        correction_reason=pl.when(is_row).then(pl.lit("Cộng nhầm; UBND tỉnh; Công văn số 1")),
        source_kind=pl.when(is_row).then(pl.lit("correction")).otherwise("source_kind"),
        delivery_no=pl.when(is_row).then(pl.col("delivery_no") + 1).otherwise("delivery_no"),
    )
    assert corrections_context(release)["groups"] == []
    for one in release.assessments:
        one._tables.pop("fact_observation", None)
    release._tables["fact_observation"] = pl.concat([new, old.select(new.columns)])
    (group,) = corrections_context(release)["groups"]
    (shown,) = group["rows"]
    assert (group["assessment"].id, group["n"]) == ("small-2025", 1)
    assert (shown["value_before"], shown["value"]) == (7.0, row["value"])
    assert shown["correction_reason"].startswith("Cộng nhầm")


def test_a_correction_to_not_applicable_is_shown_as_such_also_where_nothing_stood(
    tmp_path: Path,
) -> None:
    index = SmallIndex(tmp_path)
    one = component("0101", 10, variables={"a": of_agency("done"), "b": of_agency("due")})
    one["not_applicable"] = {"treatment": "rescale", "scope": "total"}
    other = component("0102", 10, variables={"a": of_agency("more"), "b": of_agency("all")})
    index.framework([one, other], [main("1", 20)])
    index.units(dict.fromkeys(["U1", "U2", "U3"], ""))
    index.assessment()
    index.agency({"U1": [1, 2, 3, 4], "U2": ["", "", 3, 4], "U3": [1, 2, 3, 4]})
    rows = [
        f"Sở {unit},0101,{name},không phát sinh,giải thể,A,1"
        for unit in ("U1", "U2")
        for name in "ab"
    ]
    head = "unit,component_code,variable,value,reason,authority,reference"
    index.decisions("corrections", "\n".join([head, *rows, ""]))
    assert run_assessments([ASSESSMENT], data=tmp_path, reason="x") == 0
    release = ReleaseView(Published(Workspace(data=tmp_path).published).release(None))
    page = write_site(release, tmp_path / "site").with_name("corrections.html").read_text("utf-8")
    shown = [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in page.split("<tr>")[2:]]
    assert [row.split(" giải thể")[0] for row in shown] == [
        "Sở U1 0101 done 1 số không phát sinh",
        "Sở U1 0101 due 2 số không phát sinh",
        "Sở U2 0101 done chưa có không phát sinh",
        "Sở U2 0101 due chưa có không phát sinh",
    ]


def test_pages_carry_description_sharing_tags_owner_and_contact(
    made_up: Release, tmp_path: Path
) -> None:
    settings = SiteSettings(
        owner_vi="Sở mẫu", contact="Phòng mẫu", email="a@b.vn", address="https://dti.example.vn/"
    )
    write_site(only(made_up, "small-2025"), tmp_path / "site", settings=settings)
    index = (tmp_path / "site" / "index.html").read_text("utf-8")
    unit = (tmp_path / "site" / "small-2025" / "units" / "SMALL-00005.html").read_text("utf-8")
    for text, path in ((index, "index.html"), (unit, "small-2025/units/SMALL-00005.html")):
        tags = dict(re.findall(r'<meta (?:name|property)="([\w:]+)" content="([^"]*)">', text))
        assert tags["og:url"] == f"https://dti.example.vn/{path}"
        assert tags["og:description"] == tags["description"] != ""
        assert "<" not in tags["description"]
        assert '<a href="mailto:a@b.vn">a@b.vn</a>' in text
        assert "Sở mẫu" in text
        assert "giờ Việt Nam" in text
    value = only(made_up, "small-2025").assessment("small-2025").overall
    row = value.filter(unit_id="SMALL-00005").row(0, named=True)
    assert f"xếp thứ {row['rank']}/{row['n_ranked']}" in unit


def test_without_settings_nobody_is_named_and_no_address_is_told(site: Path) -> None:
    text = (site / "index.html").read_text("utf-8")
    assert "og:url" not in text
    assert "mailto:" not in text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('owner = "Sở"\n', "line 2: site › owner: unknown key; the nearest known key is 'owner_"),
        ('owner_vi = "Sở"\nemail = "a b"\n', "line 3: site › email: "),
        ('address = "dti.example.vn"\n', "line 2: site › address: "),
    ],
)
def test_a_wrong_settings_file_is_refused_with_its_line(
    content: str, problem: str, tmp_path: Path
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(f"[site]\n{content}", encoding="utf-8")
    with pytest.raises(FileError) as refused:
        load_office_settings(tmp_path / "config")
    assert problem in str(refused.value)


def test_a_step_that_does_not_show_is_no_row_of_nothing(made_up: Release, tmp_path: Path) -> None:
    release = only(made_up, "small-2025")
    outlook = release.table("fact_component_outlook").with_columns(
        points_next=pl.col("points") + 0.000001
    )
    release._tables["fact_component_outlook"] = outlook
    write_site(release, tmp_path / "site")
    pages = sorted((tmp_path / "site" / "small-2025" / "units").glob("*.html"))
    texts = [page.read_text("utf-8") for page in pages]
    assert not any(re.search(r">[+]?0,00</span> →", text) for text in texts)
    assert any("→ <span" in text for text in texts)  # the step to the maximum is still told
