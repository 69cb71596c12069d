"""The one-pagers: what stands on them, and that the files are what they should be."""

import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from dti_pipeline.reports.onepager import write
from dti_pipeline.reports.onepager.write import OnePagers
from dti_pipeline.reports.release_view import AssessmentView
from dti_pipeline.reports.unit_page import UnitPages
from dti_pipeline.reports.words import words_of
from tests.reports.synthetic.figures import HOSTILE_NAMES

PDFTOTEXT = shutil.which("pdftotext")
UNITS = ["SMALL-00000", "SMALL-00004", "SMALL-00005", "SMALL-00006"]


@pytest.fixture
def one_pagers(assessment: AssessmentView) -> OnePagers:
    return OnePagers(UnitPages(assessment))


@pytest.fixture
def files(one_pagers: OnePagers, tmp_path: Path) -> dict[str, bytes]:
    return {p.stem: p.read_bytes() for p in one_pagers.write_all(tmp_path, units=UNITS)}


def inside(pdf: bytes) -> bytes:
    """Return a PDF with its compressed parts opened."""
    parts = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL)
    opened = []
    for part in parts:
        try:
            opened.append(zlib.decompress(part))
        except zlib.error:
            continue
    return b"\n".join([pdf, *opened])


def test_every_unit_gets_one_file_of_one_page(files: dict[str, bytes]) -> None:
    assert sorted(files) == UNITS
    for pdf in files.values():
        assert pdf.startswith(b"%PDF-1.")
        assert len(re.findall(rb"/Type\s*/Page\b", inside(pdf))) == 1


def test_what_is_too_long_for_one_page_is_made_smaller(
    one_pagers: OnePagers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = one_pagers.content("SMALL-00005")
    long["losses"] = [row | {"name": row["name"] * 12} for row in long["losses"]]
    monkeypatch.setattr(one_pagers, "content", lambda _: long)
    (path,) = one_pagers.write_all(tmp_path, units=["SMALL-00005"])
    assert len(re.findall(rb"/Type\s*/Page\b", inside(path.read_bytes()))) == 1


def test_only_faces_with_right_vietnamese_letters_are_used(files: dict[str, bytes]) -> None:
    # The bold faces that come with the compiler draw ể as ễ, and lack ơ and ư in italics.
    for pdf in files.values():
        fonts = set(re.findall(rb"/FontName\s*/[A-Z]{6}\+([A-Za-z0-9-]+)", inside(pdf)))
        assert fonts
        assert not [f for f in fonts if b"Bold" in f]
        assert any(f.startswith(b"LibertinusSerif-Semibold") for f in fonts)


def test_the_same_release_gives_the_same_bytes(
    one_pagers: OnePagers, files: dict[str, bytes], tmp_path: Path
) -> None:
    again = one_pagers.write_all(tmp_path / "again", units=UNITS)
    assert {path.stem: path.read_bytes() for path in again} == files


def test_the_page_says_what_the_release_says(
    one_pagers: OnePagers, assessment: AssessmentView
) -> None:
    content = one_pagers.content("SMALL-00005")
    row = assessment.overall.filter(unit_id="SMALL-00005").row(0, named=True)
    assert content["unit"] == "Xã Ninh Bình"
    value, rank = content["figures"][0], content["figures"][1]
    assert value["value"] == f"{row['value']:.4f} ◆".replace(".", ",")
    assert (rank["value"], rank["of"]) == (str(row["rank"]), "/23 ◆")
    ministry = {"name_vi": "Ngân hàng Nhà nước", "unit_type": "cơ quan", "level": "ministry"}
    assert one_pagers._title(ministry) == "Ngân hàng Nhà nước"
    assert [line["name"] for line in content["rows"]][:2] == ["1. Chỉ số 1", "2. Chỉ số 2"]
    assert "tham khảo" in content["rows"][3]["name"]


def test_many_pages_are_the_same_bytes_from_several_processes(
    one_pagers: OnePagers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = one_pagers.write_all(tmp_path / "one")
    monkeypatch.setattr(write, "PAGES_FOR_A_POOL", 1)
    units: list[str] = []
    together = one_pagers.write_all(tmp_path / "several", progress=units.append)
    assert [path.name for path in together] == [path.name for path in apart]
    assert [path.read_bytes() for path in together] == [path.read_bytes() for path in apart]
    assert [f"{unit}.pdf" for unit in units] == [path.name for path in apart]


def test_at_most_ten_losses_stand_on_it_the_largest_first(one_pagers: OnePagers) -> None:
    lost = [
        float(loss["lost"].split("/")[0].replace(",", "."))
        for loss in one_pagers.content("SMALL-00006")["losses"]
    ]
    assert 0 < len(lost) <= 10
    assert lost == sorted(lost, reverse=True)


def test_samples_inventions_and_breaks_are_written_on_it(one_pagers: OnePagers) -> None:
    content = one_pagers.content("SMALL-00005")
    assert "SỐ LIỆU GIẢ ĐỊNH" in content["warnings"][0]
    assert "minh họa" in content["warnings"][1]
    assert content["figures"][-1]["note"] == "tăng 6 bậc (từ thứ 12/23) ⚠ khác bộ chỉ số"
    assert content["history"][1]["note"] == "⚠ Đổi bộ chỉ số thử nghiệm."


def test_a_move_of_ranks_is_written_where_a_value_is_unknown(
    one_pagers: OnePagers, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = one_pagers.pages.content("SMALL-00005")
    unit["overall"] = {**unit["overall"], "value_change": None}
    monkeypatch.setattr(one_pagers.pages, "content", lambda _: unit)
    box = one_pagers.content("SMALL-00005")["figures"][-1]
    assert box["value"] == "–"
    assert box["note"] == "tăng 6 bậc (từ thứ 12/23) ⚠ khác bộ chỉ số"
    unit["overall"] |= {"rank_change": None, "points": None}
    unit["overall"] |= {"n_ranked": None}
    boxes = one_pagers.content("SMALL-00005")["figures"]
    assert len(boxes) == 3
    assert boxes[0]["note"] == ""
    assert "/" not in boxes[1]["of"]  # nobody published among how many


@pytest.mark.skipif(PDFTOTEXT is None, reason="pdftotext is not installed (poppler-utils)")
def test_a_table_without_rows_is_not_printed(
    one_pagers: OnePagers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = one_pagers.content("SMALL-00005") | {"rows": []}
    monkeypatch.setattr(one_pagers, "content", lambda _: content)
    (path,) = one_pagers.write_all(tmp_path, units=["SMALL-00005"])
    text = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True, text=True)
    assert "Chỉ số mất nhiều điểm nhất" in text.stdout
    assert "Trụ cột, nhóm chỉ số" not in text.stdout


def test_english_pages_have_english_words_and_decimal_points(assessment: AssessmentView) -> None:
    pages = UnitPages(assessment)
    content = OnePagers(pages, language="en").content("SMALL-00005")
    assert content["words"] == {key: text.en for key, text in words_of("one_pager").items()}
    assert re.match(r"0\.\d{4} ◆", content["figures"][0]["value"])


@pytest.mark.skipif(PDFTOTEXT is None, reason="pdftotext is not installed (poppler-utils)")
def test_diacritics_and_hostile_names_come_out_as_text(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    for unit, name in (
        ("SMALL-00000", HOSTILE_NAMES[0]),
        ("SMALL-00004", HOSTILE_NAMES[4]),
        ("SMALL-00005", "Ninh Bình"),
        ("SMALL-00006", "Đắk Lắk"),
    ):
        path = tmp_path / "one.pdf"
        path.write_bytes(files[unit])
        text = subprocess.run(
            [str(PDFTOTEXT), str(path), "-"], capture_output=True, check=True, encoding="utf-8"
        ).stdout
        joined = " ".join(text.split())
        assert name in joined
        assert "Chỉ số mất nhiều điểm nhất" in joined
        assert "Trụ cột, nhóm chỉ số và chỉ số chính" in joined
        assert text.count("\f") == 1


def test_targets_have_two_decimals_and_the_mark_of_their_figure(one_pagers: OnePagers) -> None:
    (target,) = one_pagers.content("SMALL-00005")["targets"]
    assert target == {
        "name": "Cơ quan dùng IPv6",
        "wanted": "≥ 70%",
        "present": "61,12 ◆",
        "missing": "8,88",
    }
