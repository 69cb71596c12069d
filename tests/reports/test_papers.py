"""The papers, read back by python-docx and as PDF."""

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from unittest.mock import Mock
from zipfile import ZipFile

import polars as pl
import pytest
from docx import Document
from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from docx.shared import Mm

from dti_pipeline.release.folder import Release
from dti_pipeline.reports.losses import ComponentLoss, Losses, MainLoss
from dti_pipeline.reports.papers import contents
from dti_pipeline.reports.papers.paper import (
    COUNTRY,
    MOTTO,
    Paper,
    PaperError,
    UnknownComponentError,
)
from dti_pipeline.reports.papers.pdf import convert_to_pdf, office_program
from dti_pipeline.reports.release_view import AssessmentView, ReleaseView
from dti_pipeline.reports.site.pages import changes_context, groups_context
from dti_pipeline.reports.site.write import write_site
from dti_pipeline.reports.unit_page import UnitPages
from dti_pipeline.reports.workbook.sheets import basis_note
from dti_pipeline.reports.workbook.write import write_workbook
from dti_pipeline.reports.year_moves import YearMoves
from schemas.files.settings import Office
from schemas.text import Text
from schemas.words import body_of
from tests.reports.test_workbook import opened
from tests.runs.offices import CODES, PRINTED, THREE, three_offices

OFFICE = Office(
    parent="Chính phủ",
    name="Bộ Khoa học và Công nghệ",
    short="BKHCN",
    place="Hà Nội",
    authority="KT. Bộ trưởng",
    position="Thứ trưởng",
    signer="Nguyễn Văn A",
)


def paper_of(assessment: AssessmentView, **settings: object) -> Paper:
    return Paper(OFFICE, warning=basis_note(assessment)[0], **settings)  # type: ignore[arg-type]


def written(
    write: Callable[[Paper, AssessmentView], None],
    assessment: AssessmentView,
    folder: Path,
    **settings: object,
) -> DocxDocument:
    paper = paper_of(assessment, **settings)
    write(paper, assessment)
    path = paper.save(folder / "paper.docx", title="Thử", moment=assessment.release.computed_at)
    return Document(str(path))


def cells(document: DocxDocument, place: int) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in document.tables[place].rows]


def text_of(document: DocxDocument) -> str:
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def vietnamese(figure: float, decimals: int) -> str:
    return f"{figure:.{decimals}f}".replace(".", ",")


@pytest.fixture(scope="module")
def provinces(province_release: Release) -> ReleaseView:
    return ReleaseView(province_release)


@pytest.fixture(scope="module")
def annex(provinces: ReleaseView, tmp_path_factory: pytest.TempPathFactory) -> DocxDocument:
    return written(
        contents.write_annex,
        provinces.assessment("province-2022"),
        tmp_path_factory.mktemp("annex"),
        number="1234/QĐ-BKHCN",
        day=date(2026, 2, 5),
    )


def test_the_annex_repeats_the_ranking_of_the_release(
    annex: DocxDocument, ranking: pl.DataFrame
) -> None:
    rows = cells(annex, 0)[1:]
    overall = ranking.filter(assessment_id="province-2022", scope="overall").sort("rank", "unit_id")
    expected = [
        [str(row["rank"]), row["unit_name"], vietnamese(row["value"], 4) + "◇"]
        for row in overall.to_dicts()
    ]
    assert [row[:3] for row in rows] == expected
    pillars = ranking.filter(assessment_id="province-2022", scope="pillar", scope_code="ECO")
    places = {row["unit_name"]: row for row in pillars.to_dicts()}
    heads = cells(annex, 0)[0]
    place = heads.index("Trụ cột: Kinh tế số (thứ hạng)")
    assert {row[1]: row[place] for row in rows} == {
        name: f"{vietnamese(pillar['value'], 4)}◇ ({pillar['rank']})"
        for name, pillar in places.items()
    }


def test_the_annex_has_every_main_index_and_group(
    annex: DocxDocument, provinces: ReleaseView
) -> None:
    heads, *rows = cells(annex, 1)
    assert [head for head in heads if re.match(r"[1-9]\. ", head)] == heads[3:]
    assert len(heads) == 3 + 9
    by_name = {row[1]: row for row in rows}
    # Published: infrastructure of Bắc Kạn 47,42 of 100 points.
    assert by_name["Bắc Kạn"][5].startswith("0,4742◇ (")
    groups = {row[0]: row for row in cells(annex, 2)}
    assert groups["Toàn bộ"][1:3] == ["63", "0,5787◇"]
    assert len(groups) == 1 + 1 + 6


def test_the_form_is_that_of_decree_30(annex: DocxDocument) -> None:
    for section in annex.sections:
        assert Mm(20) <= section.top_margin <= Mm(25)
        assert Mm(20) <= section.bottom_margin <= Mm(25)
        assert Mm(30) <= section.left_margin <= Mm(35)
        assert Mm(15) <= section.right_margin <= Mm(20)
        assert section.different_first_page_header_footer
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
        page, first = section.header._element.xml, section.first_page_header._element.xml
        assert 'w:instr="PAGE"' in page
        assert 'w:instr="PAGE"' not in first
        assert "SỐ LIỆU GIẢ ĐỊNH" in page
        assert "SỐ LIỆU GIẢ ĐỊNH" in first
    assert {style.font.name for style in annex.styles if style.name == "Nội dung"} == {
        "Times New Roman"
    }
    text = text_of(annex)
    assert "Phụ lục I\n" in text
    assert "Phụ lục III\n" in text
    assert (
        "(Kèm theo Quyết định số 1234/QĐ-BKHCN ngày 05 tháng 02 năm 2026 của Bộ Khoa học và "
        "Công nghệ)" in text
    )
    assert "◇: số liệu giả định, khớp giá trị đã công bố." in text
    for table in annex.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)


def test_the_ministers_table_has_ranks_moves_and_their_causes(
    provinces: ReleaseView, tmp_path: Path
) -> None:
    assessment = provinces.assessment("province-2023")
    document = written(contents.write_table, assessment, tmp_path)
    head, table = cells(document, 0), cells(document, 1)
    assert COUNTRY in head[0][1]
    assert MOTTO in head[0][1]
    assert "BỘ KHOA HỌC VÀ CÔNG NGHỆ" in head[0][0]
    assert "Số: …/BC-BKHCN" in head[0][0]
    row = next(row for row in table if row[1] == "Tuyên Quang")
    assert row == ["38", "Tuyên Quang", "0,6735", "0,5320◇ (48)", "+10", "+23", "−13", "0", "0"]
    assert len(table) == 1 + 63
    moves = YearMoves.of(assessment)
    assert moves is not None
    rose = sum((moves.of_unit(unit).rank_change or 0) > 0 for unit in assessment.unit_names)
    assert f"So với DTI 2022: {rose} đơn vị tăng bậc" in text_of(document)
    signature = cells(document, 2)[0]
    assert signature[1].split("\n") == ["KT. BỘ TRƯỞNG", "THỨ TRƯỞNG", "Nguyễn Văn A"]
    assert signature[0].split("\n") == ["Nơi nhận:", "- Lưu: VT, BKHCN."]


def test_a_reply_explains_the_largest_losses_with_their_marks(
    provinces: ReleaseView, tmp_path: Path
) -> None:
    assessment = provinces.assessment("province-2022")
    pages = UnitPages(assessment)
    unit_id = next(unit for unit, name in assessment.unit_names.items() if name == "Bắc Kạn")
    document = written(
        lambda paper, _: contents.write_reply(paper, pages, unit_id), assessment, tmp_path
    )
    assert "V/v trả lời kiến nghị về kết quả DTI 2022" in cells(document, 0)[0][0]
    assert "Kính gửi: Ủy ban nhân dân tỉnh Bắc Kạn" in text_of(document)
    assert "Giá trị 0,3941◇ (394,13◇/1.000,00 điểm), xếp thứ 63/63." in text_of(document)
    mains = {row[0]: row[1:] for row in cells(document, 1)}
    assert mains["3. Hạ tầng số"][:2] == ["47,42◇/100,00", "52,58"]
    largest = pages.content(unit_id)["losses"].largest[:10]
    assert [row[0] for row in cells(document, 2)[1:]] == [part.code for part in largest]
    assert all("◆" in row[2] for row in cells(document, 2)[1:])


def test_a_letter_goes_to_the_committee_of_every_kind_of_place() -> None:
    towns = [{"unit_type": "thị xã", "name_vi": "Sơn Tây"}, {"unit_type": "sở", "name_vi": "Sở Y"}]
    assert list(map(body_of, towns)) == ["Ủy ban nhân dân thị xã Sơn Tây", "Sở Y"]


def test_a_reply_to_an_unknown_component_names_those_there_are(provinces: ReleaseView) -> None:
    assessment = provinces.assessment("province-2022")
    with pytest.raises(UnknownComponentError, match=r"9999.*0101"):
        contents.write_reply(
            paper_of(assessment),
            UnitPages(assessment),
            assessment.overall["unit_id"][0],
            codes=["9999"],
        )


def test_a_reply_takes_the_printed_code_and_that_of_the_framework() -> None:
    part = ComponentLoss({"component_code": "0203"}, "2.3", Text("", ""), None, (), 0, 0)
    main = MainLoss({}, Text("", ""), 0, 0, components=[part])
    losses = Losses(0, [main], [])
    assert contents._asked(losses, Mock(), ["2.3", "0203"]) == [part, part]
    with pytest.raises(UnknownComponentError, match=r"0204.*2\.3"):
        contents._asked(losses, Mock(), ["0204"])


def test_without_a_change_there_is_nothing_to_correct(provinces: ReleaseView) -> None:
    assessment = provinces.assessment("province-2023")
    with pytest.raises(PaperError, match="corrections"):
        contents.write_correction(paper_of(assessment), assessment)


def test_a_correction_lists_who_has_another_value_or_rank(
    release: ReleaseView, tmp_path: Path
) -> None:
    assessment = release.assessment("small-2025")
    document = written(contents.write_correction, assessment, tmp_path)
    current = assessment.table("dim_revision").filter(status="published")["revision_id"].item()
    changes = assessment.table("fact_change").filter(scope="overall", revision_id=current)
    moved = changes.filter((pl.col("value_change") != 0) | (pl.col("rank_change") != 0))
    rows = cells(document, 1)[1:]
    assert len(rows) == moved.height > 0
    assert f"của {moved.height} đơn vị" in text_of(document)
    expected = moved.sort("rank_to", "unit_id").select("value_from", "value_to", "rank_to").rows()
    for row, (before, after, rank) in zip(rows, expected, strict=True):
        assert row[1].rstrip("◆◇") == vietnamese(before, 4)
        assert row[2].rstrip("◆◇") == vietnamese(after, 4)
        assert row[4] == str(rank)


def test_a_correction_lists_who_is_ranked_no_longer_and_who_is_again(tmp_path: Path) -> None:
    offices = three_offices(tmp_path)
    offices.run()
    offices.assessment('[[not_ranked]]\nunit_id = "U1"\nreason_vi = "x"\nreason_en = "x"\n')
    assessment = ReleaseView(offices.run()).assessment("offices")
    document = written(contents.write_correction, assessment, tmp_path)
    assert "của 3 đơn vị" in text_of(document)
    others = "do kết quả của đơn vị khác"
    assert [row[0:1] + row[3:] for row in cells(document, 1)[1:]] == [
        ["Sở U2", "2", "1", "+1", others],
        ["Sở U3", "3", "2", "+1", others],
        ["Sở U1", "1", "–", "–", "không còn được xếp hạng"],
    ]
    assert changes_context(assessment)["n_moves"] == 3
    offices.assessment()
    assessment = ReleaseView(offices.run()).assessment("offices")
    document = written(contents.write_correction, assessment, tmp_path)
    rows = cells(document, 1)[1:]
    assert rows[0] == ["Sở U1", "0,6500", "0,6500", "–", "1", "–", "được xếp hạng bổ sung"]


def test_a_published_result_without_points_that_changes_is_no_result_of_others(
    tmp_path: Path,
) -> None:
    offices = three_offices(tmp_path)
    shutil.rmtree(tmp_path / "raw" / "offices" / "central")
    offices.assessment(PRINTED)
    offices.publish("offices", {"U1": (0.65, 1), "U2": (0.5, 2)})
    offices.run()
    offices.publish("offices", {"U1": (0.66, 1), "U2": (0.5, 2)})
    assessment = ReleaseView(offices.run()).assessment("offices")
    document = written(contents.write_correction, assessment, tmp_path)
    rows = cells(document, 1)[1:]
    assert rows == [["Sở U1", "0,6500", "0,6600", "1", "1", "0", "do số liệu thay đổi"]]


@pytest.mark.parametrize(
    ("done", "moves"),
    [
        (
            {"U1": (9, 5), "U2": (8, 5), "U3": (2, 6)},
            "0 đơn vị tăng bậc, 1 đơn vị giảm bậc; giảm nhiều nhất Sở U2 (−1).",
        ),
        (
            {"U1": (1, 1), "U2": (5, 5), "U3": (5, 4)},
            "2 đơn vị tăng bậc, 1 đơn vị giảm bậc; "
            "tăng nhiều nhất Sở U2, Sở U3 (+1), giảm nhiều nhất Sở U1 (−2).",
        ),
        (THREE, "0 đơn vị tăng bậc, 0 đơn vị giảm bậc."),
    ],
)
def test_the_table_says_who_moved_most_where_somebody_did(
    done: dict[str, tuple[int, int]], moves: str, tmp_path: Path
) -> None:
    offices = three_offices(tmp_path)
    offices.assessment(PRINTED, name="offices-2024", year=2024)
    ranks = {"U1": 1, "U2": 1 if done["U1"] == (9, 5) else 2, "U3": 3}
    offices.publish("offices-2024", {unit: (0.5, rank) for unit, rank in ranks.items()})
    offices.assessment('compared_with = "offices-2024"\n')
    offices.deliver(CODES, done)
    release = offices.run("offices-2024", "offices")
    document = written(contents.write_table, ReleaseView(release).assessment("offices"), tmp_path)
    assert f"So với DTI 2024: {moves}" in text_of(document)


def test_groups_go_by_the_names_of_their_assessment(tmp_path: Path) -> None:
    offices = three_offices(tmp_path)
    offices.units({"U1": "ward", "U2": "zone-b", "U3": "ward"})
    offices.assessment(
        '[[combined_groups]]\nname_vi = "C"\ngroups = ["ward", "zone-b"]\n',
        groups={"ward": "own", "zone-b": "own"},
    )
    path = tmp_path / "config/assessments/offices.toml"
    path.write_text(path.read_text("utf-8").replace('name_vi = "G"', 'name_vi = "Khối A & B"', 1))
    assessment = ReleaseView(offices.run()).assessment("offices")
    document = written(contents.write_annex, assessment, tmp_path)
    headings = [p.text for p in document.paragraphs if p.style and p.style.name == "Mục"]
    assert headings == ["Khối A & B", "G"] * 2
    assert [row[0] for row in cells(document, 4)[1:]] == ["Khối A & B + G", "Khối A & B", "G"]
    context = groups_context(assessment)
    assert context is not None
    names = [row["name"].vi for row in context["tables"][0]["rows"]]
    assert names == ["Khối A & B + G", "Khối A & B", "G"]
    site = write_site(assessment.release, tmp_path / "site").parent / "offices"
    assert '<option value="ward" data-en="G">Khối A &amp; B</option>' in (
        site / "index.html"
    ).read_text("utf-8")
    book = opened(write_workbook(assessment, tmp_path / "book.xlsx"))
    shown = {cell.value for row in book["Xếp hạng"].iter_rows() for cell in row}
    assert {"Khối A & B", "G"} <= shown


def test_a_paper_holds_no_time_of_writing(provinces: ReleaseView, tmp_path: Path) -> None:
    written(contents.write_table, provinces.assessment("province-2023"), tmp_path)
    with ZipFile(tmp_path / "paper.docx") as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_template_without_the_styles_is_refused(provinces: ReleaseView, tmp_path: Path) -> None:
    plain = tmp_path / "plain.docx"
    Document().save(str(plain))
    with pytest.raises(PaperError, match="Quốc hiệu"):
        paper_of(provinces.assessment("province-2023"), template=plain)


def test_styles_of_the_offices_template_are_used(provinces: ReleaseView, tmp_path: Path) -> None:
    own = tmp_path / "own.docx"
    document = Document(str(Path(contents.__file__).with_name("template.docx")))
    document.styles["Tên loại"].font.name = "Arial"
    document.add_paragraph("Chữ còn lại trong mẫu")
    document.save(str(own))
    assessment = provinces.assessment("province-2023")
    result = written(contents.write_table, assessment, tmp_path, template=own)
    assert result.styles["Tên loại"].font.name == "Arial"
    assert "Chữ còn lại" not in text_of(result)


@pytest.mark.slow
@pytest.mark.skipif(
    office_program() is None or shutil.which("pdftotext") is None,
    reason="LibreOffice (soffice) or poppler (pdftotext) is not installed",
)
def test_the_pdf_has_its_warning_and_the_head_of_its_table_on_every_page(
    provinces: ReleaseView, tmp_path: Path
) -> None:
    written(contents.write_annex, provinces.assessment("province-2022"), tmp_path)
    program = office_program()
    assert program is not None
    pdf = convert_to_pdf(tmp_path / "paper.docx", program=program)
    if pdf is None:
        pytest.skip("LibreOffice has no Writer (package libreoffice-writer-nogui)")
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    pages = text.split("\f")[:-1]
    assert 5 <= len(pages) <= 9
    for page in pages:
        assert "SỐ LIỆU GIẢ ĐỊNH" in page
        assert "Đơn vị" in page or "Nhóm, vùng" in page


def test_without_libreoffice_there_is_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert office_program() is None
