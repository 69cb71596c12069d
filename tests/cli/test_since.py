"""explain --since: the move of a rank between two years."""

from pathlib import Path

import pytest

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.explain import explain_unit
from dti_pipeline.cli.language import choose_language
from tests.cli.conftest import Call


@pytest.fixture
def explained(province_data: Path, printed: Call) -> Call:
    """Return what explains why a unit's rank moved between two years."""

    def explain(
        assessment: str, unit: str, since: str, *, lang: str = "vi", data: Path = province_data
    ) -> str:
        choose_language(lang)
        return printed(explain_unit, assessment, unit, since=since, data=data)

    return explain


def test_a_move_is_told_in_whole_places(explained: Call) -> None:
    lines = explained("province-2023", "Tuyên Quang", "province-2022")
    assert "Giá trị 0,5320◇ → 0,6735 (+0,1415) · Thứ hạng 48/63 → 38/63: tăng 10 bậc" in lines
    assert (
        "số liệu của chính đơn vị +23; số liệu của đơn vị khác −13; tập đơn vị 0; bộ chỉ số 0; "
        "Cộng +10" in lines
    )
    assert "Đơn vị vượt qua Tuyên Quang: 2" in lines
    assert "Đơn vị Tuyên Quang vượt qua: 12" in lines


def test_across_a_break_it_says_what_is_not_comparable(explained: Call) -> None:
    lines = explained("province-2024", "Tuyên Quang", "province-2023", lang="en")
    assert "DTI 2024 uses the index set of Decision No. 405" in lines
    assert "The cause “framework” is what the new weights do" in lines
    assert "The two assessments share no components to compare." in lines


def test_a_year_public_in_part_gives_the_move_and_no_parts(
    explained: Call, national_data: Path
) -> None:
    lines = explained("province-2022", "Bắc Kạn", "province-2021", data=national_data)
    assert "Giá trị 0,3201 → 0,3941◇ (+0,0740) · Thứ hạng 51/63 → 63/63: giảm 12 bậc" in lines
    assert "DTI 2021 chỉ công khai giá trị của 13/63 đơn vị" in lines
    assert "Nguyên nhân" not in lines


def test_the_answer_for_programs_has_the_parts(province_data: Path, answer: Call) -> None:
    move = answer(
        explain_unit, "province-2023", "Tuyên Quang", since="province-2022", data=province_data
    )
    assert move["parts"] == {"framework": 0, "units": 0, "others": -13, "own": 23}
    assert (move["before"]["rank"], move["after"]["rank"], move["rank_change"]) == (48, 38, 10)
    assert move["rows"][0]["main"] == "government"
    assert len(move["overtook"]) == 12


@pytest.mark.parametrize(
    ("assessment", "since", "message"),
    [
        ("province-2022", "province-2023", "province-2023 không trước province-2022"),
        ("province-2023", "province-2023", "province-2023 không trước province-2023"),
        ("province-2023", "province-1999", "province-1999"),
    ],
)
def test_since_names_an_earlier_assessment(
    province_data: Path, assessment: str, since: str, message: str
) -> None:
    with pytest.raises(UsageError) as error:
        explain_unit(assessment, "Tuyên Quang", since=since, data=province_data)
    assert message in error.value.text.vi


def test_main_indexes_are_named_as_readers_know_them(explained: Call) -> None:
    text = explained("province-2023", "Tuyên Quang", "province-2022")
    assert "Nhờ chỉ số chính" in text
    assert {"government", "economy", "society", "rest"}.isdisjoint(text.split())
    assert "chính quyền số" in text.partition("Nhờ chỉ số chính")[2].lower()
