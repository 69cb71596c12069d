"""Frames between the stages: what a delivery holds once it is read, what counts, what it scores.

All figures are whole: `x_micro` in millionths is the column `x` of the tables.
"""

from collections.abc import Sequence
from typing import Any, Final, Self

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.typing.polars import DataFrame

from schemas import codes
from schemas import columns as col
from schemas.columns import UnitFact
from schemas.contract import Table, at_most, row_check
from schemas.text import Text

NO_ROW: Final = pl.repeat(value=False, n=pl.len())
"""What a check says of a frame that is wrong as a whole."""

INPUT_ROLES: Final = (
    "assessment",
    "framework",
    "targets",
    "units",
    "central",
    "self_report",
    "correction",
    "appraisal",
    "official",
    "ignored",
    "refused",
)

OFFICIAL_FIGURES: Final = ("value", "points", "rank", "rank_of")
FIGURE_KEY: Final = ["unit_id", "component_code", "variable"]


class RecordedInputs(Table, grain=Text("một tệp đầu vào", "one input file"), key=["path"]):
    """Every file an assessment is computed from; what was only named has the hash of nothing."""

    role: str = col.code("Vai trò của tệp", "What the file is", isin=INPUT_ROLES)
    path: str = col.text("Đường dẫn trong thư mục dữ liệu", "Path inside the data folder")
    sha256: col.SourceSha256


class Observations(
    Table,
    grain=Text(
        "một số liệu của một đơn vị trong một lần nộp", "one figure of one unit in one delivery"
    ),
    key=[*FIGURE_KEY, "source_kind", "delivery_no"],
):
    """Every figure of every delivery, with its place."""

    unit_id: col.UnitId
    component_code: col.ComponentCode
    variable: col.Variable
    value_micro: col.ValueMicro
    option: col.Option
    obs_status: col.ObsStatus
    evidence_state: col.EvidenceState
    source_kind: col.SourceKind
    source_file: col.SourceFile
    source_sheet: col.SourceSheet
    source_cell: col.SourceCell
    source_sha256: col.SourceSha256
    delivery_no: col.DeliveryNo
    raw_text: col.RawText
    reading: col.Reading
    unit_of_measure: col.UnitOfMeasure
    data_basis: col.DataBasis
    na_reason: col.NaReason
    evidence_text: col.EvidenceText

    @classmethod
    def of(cls, rows: Sequence[Any]) -> DataFrame[Self]:
        return cls.validate(pl.DataFrame(rows, schema=cls.schema(), orient="row"))


class CentralFigures(Observations):
    """What central tables hold."""

    source_kind: str = col.code(
        "Bảng của cơ quan quản lý hoặc số đã công bố",
        "A central table, or published figures",
        isin=codes.CENTRAL_KINDS,
    )


class ReportedFigures(Observations):
    """What self-reports hold."""

    source_kind: str = col.code("Đơn vị báo cáo", "Reported by the unit", isin=["self_report"])


class Corrections(Observations):
    """What corrections put in the place of earlier figures, each with reason and authority."""

    source_kind: str = col.code("Đính chính", "Correction", isin=["correction"])


class Appraisals(Observations):
    """What reviewers and the council decided."""

    source_kind: str = col.code("Thẩm định", "Appraisal", isin=["appraisal"])


class AcceptedObservations(Observations):
    """All observations, and which of them count."""

    accepted: col.Accepted
    remark: str = col.code(
        "Vì sao không được dùng; trống nếu được dùng",
        "Why it does not count; null where it does",
        nullable=True,
        isin=codes.REMARKS,
    )

    @row_check(
        "remark", "phải trống đúng khi được dùng", "must be null exactly where the figure counts"
    )
    def remark_unless_accepted(cls) -> pl.Expr:
        return pl.col("remark").is_null() == pl.col("accepted")


class AcceptedValues(
    Table,
    grain=Text("giá trị được dùng của một số liệu", "the value that counts of one figure"),
    key=FIGURE_KEY,
):
    unit_id: col.UnitId
    component_code: col.ComponentCode
    variable: col.Variable
    value_micro: col.ValueMicro
    obs_status: col.ObsStatus
    evidence_state: col.EvidenceState
    source_kind: col.SourceKind
    data_basis: col.DataBasis


class ComponentPoints(
    Table,
    grain=Text("một đơn vị, mỗi chỉ số thành phần một cột", "one unit, a column per component"),
    key=["unit_id"],
    is_open=True,
):
    """Points of all components side by side: `0101`; whether a figure is missing: `0101!gap`.

    `0101!na` where a component does not apply to somebody.
    """

    unit_id: col.UnitId

    @pa.dataframe_check(
        title="mỗi chỉ số thành phần là Int64 (phần triệu điểm), mỗi cột !na, !gap là Boolean",
        description="every component must be Int64 in micro-points, all !na, !gap Boolean and not null",
        statistics={"column": "*"},
    )
    def whole_points(cls, data: PolarsData) -> pl.LazyFrame | bool:
        columns = data.lazyframe.drop("unit_id").collect_schema()
        flags = [name for name in columns if "!" in name]
        if any(dtype != (pl.Boolean if n in flags else pl.Int64) for n, dtype in columns.items()):
            return data.lazyframe.select(NO_ROW)
        return data.lazyframe.select(pl.col(flags).is_not_null()) if flags else True


class ScopeSums(
    Table,
    grain=Text("một đơn vị, mỗi phạm vi vài cột", "one unit, some columns per scope"),
    key=["unit_id"],
    is_open=True,
):
    """Points, maxima and values of all scopes side by side: `points:GOV`, `max:GOV`, `value:GOV`."""

    unit_id: col.UnitId

    @pa.dataframe_check(
        title="mỗi cột là Int64; chỉ giá trị được trống",
        description="every column must be Int64, and none but values null",
        statistics={"column": "*"},
    )
    def whole_sums(cls, data: PolarsData) -> pl.LazyFrame:
        columns = data.lazyframe.drop("unit_id").collect_schema()
        if any(dtype != pl.Int64 for dtype in columns.dtypes()):
            return data.lazyframe.select(NO_ROW)
        figures = [name for name in columns if not name.startswith("value:")]
        return data.lazyframe.select(pl.col(figures).is_not_null())


class ComponentScores(
    UnitFact,
    grain=Text("một chỉ số thành phần của một đơn vị", "one component of one unit"),
    key=["unit_id", "component_code"],
):
    """Points, value and ranks of every component, on what they rest, and why points are missing."""

    framework_id: col.FrameworkId
    group_code: col.GroupCode
    region_code: col.RegionCode
    main_code: col.MainCode
    component_code: col.ComponentCode
    points_micro: col.PointsMicro
    max_points_micro: col.MaxPointsMicro
    max_points_effective_micro: pl.Int64 = col.micro("Điểm tối đa thực tế", "Maximum that counts")
    points_lost_micro: pl.Int64 = col.micro("Điểm bị mất", "Points below the maximum that counts")
    lost_reason: str = col.code(
        "Lý do mất điểm", "Why points are lost", nullable=True, isin=codes.LOST_REASONS
    )
    cause_kind: col.CauseKind
    cause: col.Cause
    cause_note: col.CauseNote
    is_counted: col.IsCounted
    value_micro: pl.Int64 = col.millionths("Giá trị đã làm tròn", "Rounded value", nullable=True)
    rank: col.Rank
    n_ranked: col.NRanked
    rank_in_group: col.RankInGroup
    n_in_group: col.NInGroup
    rank_in_region: col.RankInRegion
    n_in_region: col.NInRegion
    band_code: col.BandCode
    obs_status: col.ObsStatus
    source_kind: col.ScoreSource
    evidence_state: col.EvidenceState
    basis: col.Basis
    data_basis: col.DataBasis


class ScopeScores(
    UnitFact,
    grain=Text("một đơn vị trong một phạm vi", "one unit in one scope"),
    key=["unit_id", "scope", "scope_code"],
):
    """Points, value and ranks of the whole, the pillars and the mains.

    Where a figure is only published, no points are known unless they were printed, and no maximum.
    """

    framework_id: col.FrameworkId
    group_code: col.GroupCode
    region_code: col.RegionCode
    pool: str = col.code(
        "Các đơn vị được xếp hạng cùng nhau",
        "Units ranked together; null: not ranked",
        nullable=True,
    )
    scope: col.Scope
    scope_code: col.ScopeCode
    concept: col.Concept
    points_micro: pl.Int64 = col.micro("Điểm", "Points", nullable=True)
    points_assessed_micro: pl.Int64 = col.micro(
        "Điểm trước khi quy đổi", "Points before what does not apply is made up for", nullable=True
    )
    max_points_micro: col.MaxPointsMicro
    max_points_assessed_micro: pl.Int64 = col.micro(
        "Điểm tối đa trước khi quy đổi", "Maximum before it is made up for", nullable=True
    )
    max_points_effective_micro: pl.Int64 = col.micro(
        "Điểm tối đa thực tế", "Maximum that counts", nullable=True
    )
    value_micro: pl.Int64 = col.millionths("Giá trị làm tròn", "Rounded value", nullable=True)
    is_counted: col.IsCounted
    rank: col.Rank
    n_ranked: col.NRankedIfKnown
    is_tied: col.IsTied
    rank_basis: col.RankBasis
    rank_in_group: col.RankInGroup
    n_in_group: col.NInGroup
    rank_in_region: col.RankInRegion
    n_in_region: col.NInRegion
    band_code: col.BandCode
    data_basis: col.DataBasis

    rank_not_above = at_most("rank", "n_ranked")


class OfficialFigures(
    Table,
    grain=Text("một số liệu đã công bố của một đơn vị", "one published figure of one unit"),
    key=["unit_id", "scope", "scope_code", "what", "source_file", "source_cell"],
):
    """What official tables hold."""

    unit_id: col.UnitId
    scope: str = col.text("Phạm vi ghi trong tệp", "Scope as the file names it")
    scope_code: str = col.text("Mã phạm vi ghi trong tệp", "Code as the file names it")
    what: str = col.code(
        "Giá trị, điểm, thứ hạng hay số đơn vị xếp hạng",
        "Value, points, rank, or how many units were ranked",
        isin=OFFICIAL_FIGURES,
    )
    published: pl.Int64 = col.millionths("Số đã công bố", "Published figure")
    raw_text: col.RawText
    source_file: col.SourceFile
    source_cell: col.SourceCell


class OfficialComparison(OfficialFigures):
    """Published figures beside the computed ones."""

    unit_name: col.UnitName
    computed: pl.Int64 = col.millionths(
        "Số tính được", "Computed figure, at the published decimals", nullable=True
    )
    agrees: bool = col.flag("Khớp với số đã công bố", "Equals the published figure")
