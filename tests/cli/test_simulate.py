"""``dti simulate``: trials on the repository's own release, against sums made here."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.analysis.improvement.rescoring import Accounts
from dti_pipeline.analysis.scenario import ScenarioError, without
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.simulate import simulate
from dti_pipeline.exact import as_micro, half_up
from dti_pipeline.intake.tables.user_file import UserFileError
from dti_pipeline.release.folder import Release
from tests.analysis.improvement.world import FIGURES, definition, observations, small_framework
from tests.cli.conftest import Call
from tests.hashes import hashes

FRAMEWORK = Path("dti_pipeline/index/frameworks/province-922.toml")
RANGES = "code,low,high\n7,100,300\n9,50,200\n"


@pytest.fixture
def simulated(province_data: Path, answer: Call) -> Call:
    """Return what tries something on 2022 and gives the answer for programs."""
    return partial(answer, simulate, "province-2022", data=province_data)


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    """Return what writes a table of weights or ranges."""

    def write(text: str) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def mains_of(release: Release) -> dict[str, dict[str, tuple[int, int]]]:
    """Return unit → main → points and effective maximum, in micro-points."""
    rows = release.table("fact_main_score").filter(assessment_id="province-2022")
    units: dict[str, dict[str, tuple[int, int]]] = {}
    for row in rows.filter("is_counted").iter_rows(named=True):
        maximum = as_micro(Fraction(str(row["max_points_effective"])))
        units.setdefault(row["unit_id"], {})[row["main_code"]] = (row["points_micro"], maximum)
    return units


def value(mains: dict[str, tuple[int, int]], weight: dict[str, Fraction]) -> float:
    """Return the overall value with mains weighed, rounded half up to four places."""
    points = sum(points * weight.get(code, 1) for code, (points, _) in mains.items())
    maximum = sum(maximum * weight.get(code, 1) for code, (_, maximum) in mains.items())
    share = Fraction(points) / maximum
    return half_up(share.numerator * 10**4, share.denominator) / 10**4


def ranks(values: dict[str, float]) -> dict[str, int]:
    return {unit: 1 + sum(other > own for other in values.values()) for unit, own in values.items()}


@pytest.mark.parametrize("way", ["without", "weights"])
def test_a_trial_gives_the_values_and_ranks_of_the_sums(
    way: str, province_data: Path, province_release: Release, simulated: Call, table: Call
) -> None:
    if way == "without":
        options, weight = {"without": "7"}, {"7": Fraction(0)}
    else:
        of_main = dict(
            province_release.table("dim_indicator")
            .filter(framework_id="province-922", indicator_level="main")
            .select("indicator_code", "max_points")
            .iter_rows()
        )
        options = {"weights": table("code,points\n7,300\n9,50\n")}
        weight = {"7": 300 / Fraction(of_main["7"]), "9": 50 / Fraction(of_main["9"])}
    before = hashes(province_data)
    answer = simulated(**options)
    assert hashes(province_data) == before
    mains = mains_of(province_release)
    expected = {unit: value(of_unit, weight) for unit, of_unit in mains.items()}
    assert {row["unit_id"]: row["value_to"] for row in answer["rows"]} == expected
    assert {row["unit_id"]: row["rank_to"] for row in answer["rows"]} == ranks(expected)
    old = {row["unit_id"]: row["rank_from"] for row in answer["rows"]}
    assert old == ranks({unit: value(of_unit, {}) for unit, of_unit in mains.items()})
    (agreed,) = answer["agreement"]
    assert agreed["n_moved"] == sum(row["rank_change"] != 0 for row in answer["rows"]) > 0
    pairs = [(a, b) for a in answer["rows"] for b in answer["rows"] if a["unit_id"] < b["unit_id"]]

    def sign(a: dict[str, Any], b: dict[str, Any], column: str) -> int:
        return (a[column] > b[column]) - (a[column] < b[column])

    concord = sum(sign(a, b, "rank_from") * sign(a, b, "rank_to") for a, b in pairs)
    untied = [sum(sign(a, b, column) != 0 for a, b in pairs) for column in ("rank_from", "rank_to")]
    assert agreed["kendall"] == pytest.approx(concord / (untied[0] * untied[1]) ** 0.5, abs=1e-6)


def test_the_same_framework_moves_nobody_and_every_place_is_within_noise(simulated: Call) -> None:
    answer = simulated(framework=FRAMEWORK)
    assert answer["agreement"] == [
        {"pool": "all", "n_ranked": 63, "n_moved": 0, "kendall": 1.0, "spearman": 1.0}
    ]
    assert {(row["value_change"], row["rank_change"]) for row in answer["rows"]} == {(0.0, 0)}
    assert answer["without_figures"] == []
    for row in answer["rows"]:
        within = row["rank_p05"] <= row["rank_to"] <= row["rank_p95"]
        assert row["is_within_noise"] is within


def test_another_framework_says_which_components_nobody_has_figures_for(
    simulated: Call, tmp_path: Path
) -> None:
    path = tmp_path / FRAMEWORK.name
    text = FRAMEWORK.read_text(encoding="utf-8")
    path.write_text(text.replace('code = "0101"', 'code = "0199"'), encoding="utf-8")
    answer = simulated(framework=path)
    assert answer["without_figures"] == ["0199"]
    assert all(row["value_change"] <= 0 for row in answer["rows"])


def test_figures_that_one_unit_did_not_deliver_cost_that_unit_alone(
    simulated: Call, province_release: Release
) -> None:
    answer = simulated(missing="7", units=["Hà Nội"])
    mains = mains_of(province_release)
    for row in answer["rows"]:
        if row["unit_name"] == "Hà Nội":
            of_unit = mains[row["unit_id"]]
            assert row["value_to"] == value({**of_unit, "7": (0, of_unit["7"][1])}, {})
            assert row["rank_change"] < 0
        else:
            assert row["value_change"] == 0


def test_the_end_of_a_range_moves_whom_the_same_weight_moves_as_a_trial(
    simulated: Call, table: Call
) -> None:
    ranges = table(RANGES)
    answer = simulated(ranges=ranges)
    assert answer["agreement"] == []
    found = answer["sensitivity"]
    ends = {(row["code"], row["end"]): row for row in found["one_at_a_time"]}
    trial = simulated(weights=table("code,points\n7,300\n"))
    moves = [row["rank_change"] for row in trial["rows"]]
    high = ends["7", "high"]
    assert high["n_moved"] == sum(move != 0 for move in moves)
    assert high["mean_shift"] == pytest.approx(sum(map(abs, moves)) / 63, abs=1e-6)
    assert abs(high["furthest_move"]) == max(map(abs, moves))
    total = [row["total_order"] for row in found["together"]]
    assert [row["code"] for row in found["together"]] == ["7", "9"]
    assert all(0 < share < 1.2 for share in total)
    assert sum(total) > 0.9
    assert simulated(ranges=ranges)["sensitivity"] == found


def test_weights_that_move_nobody_have_no_unit_that_moves_most_and_no_shares(
    simulated: Call, table: Call
) -> None:
    found = simulated(ranges=table("code,low,high\n0101,9.9999,10.0001\n"))["sensitivity"]
    moves = [(row["n_moved"], row["furthest_unit"]) for row in found["one_at_a_time"]]
    assert moves == [(0, None), (0, None)]
    assert found["together"] == [{"code": "0101", "first_order": None, "total_order": None}]


def test_a_code_of_several_frameworks_is_named_in_full_and_has_no_common_range(
    ninh_binh_data: Path, answer: Call, table: Call
) -> None:
    (change,) = answer(simulate, "ninh-binh-2022", without="0406", data=ninh_binh_data)["changes"]
    # 200 points for communes and districts, 250 or 500 for departments.
    with pytest.raises(UsageError, match="theo bộ chỉ số: 200, 250, 500"):
        simulate("ninh-binh-2022", ranges=table("code,low,high\n6,50,90\n"), data=ninh_binh_data)
    names = {"Community digital teams", "Officials with an online-learning account"}
    assert set(change.removeprefix("without: 0406 ").split(" / ")) == names


def test_an_option_that_a_script_leaves_empty_asks_for_nothing(
    simulated: Call, table: Call
) -> None:
    weights = table("code,points\n1,50\n")
    assert simulated(weights=weights, without="", missing="") == simulated(weights=weights)


def test_what_is_not_assessed_does_not_stand_for_what_is_left_out(tmp_path: Path) -> None:
    entry = {"component": "0202", "scope": "total", "reason_vi": "chưa có", "reason_en": "none"}
    accounts = Accounts.of(
        definition(small_framework(tmp_path), tmp_path, not_assessed=[entry]),
        observations(FIGURES),
    )
    assert without(accounts, ["0101", "0102", "0103"]).row("U-2", "DTI")["max_micro"] == 5_000_000
    with pytest.raises(ScenarioError, match="không còn chỉ số thành phần nào"):
        without(accounts, ["1", "0201"])


def test_the_page_draws_every_unit_and_says_that_it_is_a_trial(
    province_data: Path, tmp_path: Path, simulated: Call, printed: Call, table: Call
) -> None:
    folder = tmp_path / "page"
    answer = simulated(without="7", ranges=table(RANGES), html=folder)
    assert answer["sensitivity"]["one_at_a_time"]
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count("<line ") == 63
    assert "Kết quả tính thử, không phải kết quả chính thức" in page
    assert "không tính: 7 Hoạt động chính quyền số" in page
    assert "SỐ LIỆU GIẢ ĐỊNH" in page
    assert (folder / "assets" / "site.css").is_file()
    text = printed(simulate, "province-2022", data=province_data, without="7")
    assert "Phương án: không tính: 7" in text
    assert "Tăng bậc nhiều nhất" in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("code,points\n77,3\n", "không có chỉ số “77”"),
        ("code,points\n7,3\n7,4\n", "mỗi mã ghi một lần"),
        ("code,points\n7,\n", "mỗi mã ghi một lần"),
        ("code,points\n7,-3\n", "là số âm"),
        ("code,points\n7,ba\n", "không phải là số"),
        ("code,weight\n7,3\n", "thiếu cột “points”; đang có: code, weight"),
        ("code,points\n7,300\n0701,3\n", "thuộc chỉ số chính “7”"),
    ],
)
def test_a_table_of_weights_is_refused_with_place_and_remedy(
    content: str, message: str, province_data: Path, table: Call
) -> None:
    with pytest.raises((UserFileError, ScenarioError)) as refusal:
        simulate("province-2022", data=province_data, weights=table(content))
    assert message in refusal.value.text.vi


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "cần ghi --framework"),
        ({"without": "7", "units": ["Hà Nội"]}, "--unit chỉ dùng cùng --missing"),
        ({"without": "7,0701"}, "thuộc chỉ số chính “7”"),
        ({"missing": "77"}, "không có chỉ số “77”"),
        ({"without": "1,2,3,4,5,6,7,8,9"}, "không còn chỉ số thành phần nào"),
    ],
)
def test_wrong_usage_is_answered_with_the_remedy(
    options: dict[str, Any], message: str, province_data: Path
) -> None:
    with pytest.raises((UsageError, ScenarioError)) as refusal:
        simulate("province-2022", data=province_data, **options)
    assert message in refusal.value.text.vi


def test_a_page_inside_the_data_folder_is_refused(province_data: Path) -> None:
    with pytest.raises(UsageError, match="nằm trong thư mục dữ liệu"):
        simulate("province-2022", data=province_data, without="7", html=province_data / "page")


def test_every_pool_has_its_own_agreement(ninh_binh_data: Path, answer: Call) -> None:
    framework = FRAMEWORK.with_name("ninh-binh-districts-2022.toml")
    result = answer(simulate, "ninh-binh-2022", data=ninh_binh_data, framework=framework)
    assert len(result["agreement"]) > 1
    assert {one["n_moved"] for one in result["agreement"]} == {0}
    frame = pl.DataFrame(result["rows"])
    sizes = dict(frame.drop_nulls("rank_to").group_by("pool").len().iter_rows())
    assert sizes == {one["pool"]: one["n_ranked"] for one in result["agreement"]}
