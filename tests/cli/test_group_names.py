"""Ranking groups go by the names that the assessment's file gives them, on screen and page."""

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.runs.offices import CODES, EVEN, Offices

NAMES = {
    "g1": ("Có dịch vụ công", "With services"),
    "g2": ("Không có dịch vụ công", "Without services"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with two groups of two offices, ranked apart."""
    offices = Offices(tmp_path_factory.mktemp("groups"))
    offices.framework(EVEN)
    offices.units({"U1": "g1", "U2": "g1", "U3": "g2", "U4": "g2"})
    offices.assessment(groups=dict.fromkeys(NAMES, "own"))
    path = offices.data / "config" / "assessments" / "offices.toml"
    text = path.read_text("utf-8")
    for group, (vi, en) in NAMES.items():
        code = f'code = "{group}"\n'
        text = text.replace(
            f'{code}name_vi = "G"\nname_en = "G"', f'{code}name_vi = "{vi}"\nname_en = "{en}"'
        )
    path.write_text(text, "utf-8")
    offices.deliver(CODES, {"U1": (8, 5), "U2": (5, 5), "U3": (2, 6), "U4": (6, 3)})
    offices.run()
    return offices.data


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_rankings_and_trials_name_the_groups(
    lang: str, data: Path, dti: Call, tmp_path: Path, printed: Call
) -> None:
    names = [of[lang == "en"] for of in NAMES.values()]
    named = ("offices", "--data", str(data), "--lang", lang)
    text = printed(dti, "rank", *named)
    assert [f"· {name}" in text for name in names] == [True, True]
    text = printed(dti, "simulate", *named, "--without", "01", "--html", str(tmp_path))
    assert [f"  {name}: " in text for name in names] == [True, True]
    page = (tmp_path / "index.html").read_text("utf-8")
    assert [name in page for name in names] == [True, True]
