"""Words for the codes of the release, in Vietnamese and English.

A code without words here is shown as it is: frameworks and local assessments may bring their own.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple


class Label(NamedTuple):
    """One text in both languages."""

    vi: str
    en: str


LEVELS: Final = {
    "province": Label("Cấp tỉnh", "Provinces"),
    "ministry": Label("Bộ, ngành", "Ministries"),
    "department": Label("Sở, ban, ngành", "Departments"),
    "district": Label("Cấp huyện", "Districts"),
    "commune": Label("Cấp xã", "Communes"),
    "local": Label("Địa phương", "Local"),
}
DATA_BASES: Final = {
    "published": Label("đã công bố", "published"),
    "calibrated_sample": Label("mẫu hiệu chỉnh", "calibrated sample"),
    "sample": Label("mẫu", "sample"),
    "delivered": Label("đã nộp", "delivered"),
}
DATA_BASIS_TEXTS: Final = {
    "published": Label(
        "Số liệu theo kết quả đã công bố.",
        "Figures as published.",
    ),
    "calibrated_sample": Label(
        "SỐ LIỆU MẪU, hiệu chỉnh cho khớp các giá trị đã công bố. Số liệu và điểm của từng chỉ số "
        "thành phần không phải kết quả chính thức.",
        "SAMPLE DATA, calibrated to the published values. Figures and points of single components "
        "are not official results.",
    ),
    "sample": Label(
        "SỐ LIỆU MẪU, không phải kết quả chính thức.", "SAMPLE DATA, not an official result."
    ),
    "delivered": Label("Tính từ số liệu đã nộp.", "Computed from delivered figures."),
}
# Marks at single figures that rest on samples; figures of the other kinds stand unmarked.
DATA_MARKS: Final = {"calibrated_sample": "◇", "sample": "◆"}
BASES: Final = {
    "official": Label("chính thức", "official"),
    "inferred": Label("suy ra", "inferred"),
    "illustrative": Label("minh họa", "illustrative"),
}
BASIS_TEXTS: Final = {
    "official": Label(
        "tên, điểm và quy tắc theo văn bản chính thức",
        "name, points and rule as in the official text",
    ),
    "inferred": Label(
        "suy ra từ báo cáo công khai; không phải nguyên văn của văn bản",
        "inferred from public reports; not the wording of the decision",
    ),
    "illustrative": Label(
        "minh họa để phần mềm chạy được; KHÔNG phải chỉ số chính thức",
        "illustrative, so that the software can run; NOT an official indicator",
    ),
}
BREAKS: Final = {
    "framework_changed": Label("đổi bộ chỉ số", "framework changed"),
    "units_changed": Label("đổi đơn vị hành chính", "units changed"),
    "not_comparable": Label("không so sánh được", "not comparable"),
}
BANDS: Final = {
    "maximum": Label("Tối đa", "Maximum"),
    "high": Label("Cao", "High"),
    "fair": Label("Khá", "Fair"),
    "average": Label("Trung bình", "Average"),
    "low": Label("Thấp", "Low"),
    "very_low": Label("Rất thấp", "Very low"),
    "zero": Label("Không điểm", "Zero"),
    "leading": Label("Dẫn dắt", "Leading"),
    "advanced": Label("Nâng cao", "Advanced"),
    "forming": Label("Hình thành", "Forming"),
    "starting": Label("Khởi động", "Starting"),
    "good": Label("Tốt", "Good"),
    "weak": Label("Yếu", "Weak"),
}
LOST_REASONS: Final = {
    "no_data": Label("thiếu số liệu", "no data"),
    "evidence_missing": Label("thiếu tài liệu kiểm chứng", "evidence missing"),
    "evidence_rejected": Label("tài liệu kiểm chứng bị bác", "evidence rejected"),
    "not_reached": Label("chưa đạt mức tối đa", "maximum not reached"),
    "denominator_zero": Label("mẫu số bằng 0", "denominator is zero"),
    "not_applicable": Label("không phát sinh", "not applicable"),
    "late": Label("trễ hạn", "late"),
}
SOURCES: Final = {
    "central": Label("số liệu trung ương", "central data"),
    "self_report": Label("tự báo cáo", "self-report"),
    "correction": Label("đính chính", "correction"),
    "published": Label("đã công bố", "published"),
    "appraisal": Label("thẩm định", "appraisal"),
    "mixed": Label("nhiều nguồn", "several sources"),
    "none": Label("không có số liệu", "no figure"),
}
EVIDENCE: Final = {
    "not_required": Label("không yêu cầu", "not required"),
    "missing": Label("thiếu", "missing"),
    "reported": Label("đã nộp, chưa kiểm tra", "handed in, unchecked"),
    "reviewed": Label("đã xem xét", "reviewed"),
    "accepted": Label("được chấp nhận", "accepted"),
    "adjusted": Label("được điều chỉnh", "adjusted"),
    "rejected": Label("bị bác", "rejected"),
}
OBS_STATUSES: Final = {
    "ok": Label("có số liệu", "figure present"),
    "percent": Label("phần trăm", "percent"),
    "blank": Label("để trống", "blank"),
    "none_declared": Label("khai “không có”", "declared none"),
    "not_applicable": Label("không phát sinh", "not applicable"),
    "ambiguous": Label("không rõ cách đọc", "ambiguous"),
    "formula_error": Label("công thức lỗi", "formula error"),
    "formula_without_value": Label("công thức chưa có kết quả", "formula without a result"),
    "text": Label("chữ, không phải số", "text, not a number"),
    "out_of_range": Label("ngoài khoảng cho phép", "out of range"),
    "missing": Label("không có trong bảng", "missing"),
    "not_assessed": Label("không đánh giá", "not assessed"),
}
SEVERITIES: Final = {
    "blocking": Label("chặn", "blocking"),
    "warning": Label("cảnh báo", "warning"),
    "info": Label("thông tin", "info"),
}
STATUSES: Final = {
    "draft": Label("dự thảo", "draft"),
    "approved": Label("đã duyệt", "approved"),
    "published": Label("đang công bố", "published"),
    "superseded": Label("đã thay thế", "superseded"),
    "withdrawn": Label("đã thu hồi", "withdrawn"),
}
# What a page says about a release that is not in force when the page is made.
STATUS_NOTES: Final = {
    "draft": Label(
        "BẢN DỰ THẢO: chưa được phê duyệt, không phải kết quả công bố.",
        "DRAFT: not approved, not a published result.",
    ),
    "approved": Label(
        "Đã phê duyệt, chưa công bố.",
        "Approved, not yet published.",
    ),
    "superseded": Label(
        "Bản phát hành này đã được thay bằng bản mới hơn.",
        "This release has been superseded by a newer one.",
    ),
    "withdrawn": Label("Bản phát hành này đã bị thu hồi.", "This release has been withdrawn."),
}
STAGES: Final = {
    "self_scored": Label("Tự chấm", "Self-scored"),
    "appraised": Label("Thẩm định", "Appraised"),
    "final": Label("Kết quả cuối", "Final"),
    "accepted_only": Label("Chỉ tính số liệu đã chấp nhận", "Accepted figures only"),
}
CAUSES: Final = {
    "rules": Label("phiên bản quy tắc", "version of the rules"),
    "framework": Label("bộ chỉ số", "framework"),
    "units": Label("tập đơn vị", "set of units"),
    "others": Label("đơn vị khác", "other units"),
    "own": Label("số liệu của chính đơn vị", "own figures"),
}
NA_TREATMENTS: Final = {
    "full": Label("được điểm tối đa", "full marks"),
    "rescale": Label("bỏ khỏi điểm tối đa, quy đổi phần còn lại", "leaves the maximum"),
    "zero": Label("0 điểm", "no points"),
    "refuse": Label("không được khai", "not allowed"),
}
GROUP_KINDS: Final = {
    "pool": Label("Toàn bộ", "All units"),
    "region": Label("Vùng", "Region"),
    "group": Label("Nhóm", "Group"),
}
PREV_BASES: Final = {
    "computed": Label("tính toán", "computed"),
    "published": Label("theo công bố", "as published"),
    "predecessors_mean": Label("trung bình các đơn vị cũ", "mean of the units before"),
    "none": Label("không có", "none"),
}
INDEX_FINDINGS: Final = {
    "all_pass": Label("ai cũng đạt tối đa", "everybody passes"),
    "none_pass": Label("không ai có điểm", "nobody scores"),
    "against_rest": Label("đi ngược phần còn lại", "moves against the rest"),
    "repeats_another": Label("gần trùng chỉ số khác", "nearly repeats another"),
    "weak_main": Label("các thành phần ít gắn kết", "components hardly hang together"),
}
# What the designers of the next framework may ask themselves; a check never says what is right.
INDEX_QUESTIONS: Final = {
    "all_pass": Label(
        "Không còn phân biệt các đơn vị. Nâng ngưỡng, đo sâu hơn, hay đã đến lúc bỏ?",
        "It tells nobody apart. A higher threshold, a deeper measure, or time to drop it?",
    ),
    "none_pass": Label(
        "Không phân biệt các đơn vị. Ngưỡng quá cao, thiếu nguồn số liệu, hay quy tắc khó hiểu?",
        "It tells nobody apart. Is the threshold too high, the source missing, the rule unclear?",
    ),
    "against_rest": Label(
        "Đơn vị cao ở phần còn lại thì thấp ở đây. Chiều của quy tắc có đúng không, hay chỉ số "
        "thuộc về chỗ khác?",
        "Units high on the rest are low here. Is the rule's direction right, or does it belong "
        "elsewhere?",
    ),
    "repeats_another": Label(
        "Hai chỉ số gần như đo cùng một điều. Có cần cả hai và tính điểm hai lần không?",
        "Two components measure nearly the same. Are both needed, and counted twice?",
    ),
    "weak_main": Label(
        "Các thành phần gần như không đi cùng nhau. Chỉ số chính này có phải là một khái niệm?",
        "Its components hardly move together. Is this main index one thing?",
    ),
}
RANK_BASES: Final = {
    "computed": Label("hạng tính từ giá trị", "rank computed from values"),
    "published": Label("hạng theo công bố", "rank as published"),
    "none": Label("không xếp hạng", "not ranked"),
}
OVERALL: Final = Label("Tổng thể", "Overall")
UNIT_TYPES: Final = {
    "tỉnh": Label("tỉnh", "province"),
    "thành phố": Label("thành phố", "city"),
    "bộ": Label("bộ", "ministry"),
    "sở": Label("sở", "department"),
    "cơ quan": Label("cơ quan", "agency"),
    "huyện": Label("huyện", "district"),
    "xã": Label("xã", "commune"),
    "phường": Label("phường", "ward"),
    "thị trấn": Label("thị trấn", "township"),
    "đặc khu": Label("đặc khu", "special zone"),
}
# What the stages write about an issue, in their own English words.
ACTIONS: Final = {
    "ignored": Label("bỏ qua", "ignored"),
    "figures not counted": Label("không tính các số này", "figures not counted"),
    "figure left out": Label("bỏ số này", "figure left out"),
    "figure left out of the comparison": Label(
        "không đưa số này vào so sánh", "figure left out of the comparison"
    ),
    "row left out of the comparison": Label(
        "không đưa dòng này vào so sánh", "row left out of the comparison"
    ),
    "computed result kept": Label("giữ kết quả đã tính", "computed result kept"),
    "central figure counted": Label("tính theo số trung ương", "central figure counted"),
    "counted as no data: 0 points": Label(
        "coi như không có số liệu: 0 điểm", "counted as no data: 0 points"
    ),
    "the ratio counts as 1": Label("tỷ lệ tính là 1", "the ratio counts as 1"),
}
# The reasons that a run gives itself; what people wrote stands as they wrote it.
REASONS: Final = (
    (re.compile(r"\bfirst computation\b"), "lần tính đầu tiên"),
    (re.compile(r"\bnew version of the rules\b"), "phiên bản quy tắc mới"),
    (re.compile(r"(^|[;:] )new: "), r"\1tệp mới: "),
    (re.compile(r"(^|[;:] )changed: "), r"\1tệp đổi: "),
    (re.compile(r"(^|[;:] )removed: "), r"\1tệp bỏ: "),
)


def reason(text: str | None) -> Label:
    """Return the reason of a release or a revision in both languages."""
    if not text:
        return Label("–", "–")
    vi = text
    for pattern, said in REASONS:
        vi = pattern.sub(said, vi)
    return Label(vi, text)


def words(labels: Mapping[str, Label], code: str | None) -> Label:
    """Return the words for a code, the code itself where there are none."""
    if code is None:
        return Label("–", "–")
    return labels.get(code, Label(code, code))
