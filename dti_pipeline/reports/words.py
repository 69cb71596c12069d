"""Words for the codes of the release, in Vietnamese and English.

A code without words here is shown as it is: frameworks and local assessments may bring their own.
"""

import re
from collections.abc import Mapping
from typing import Final

from schemas.text import Text

LEVELS: Final = {
    "province": Text("Cấp tỉnh", "Provinces"),
    "ministry": Text("Bộ, ngành", "Ministries"),
    "department": Text("Sở, ban, ngành", "Departments"),
    "district": Text("Cấp huyện", "Districts"),
    "commune": Text("Cấp xã", "Communes"),
    "local": Text("Địa phương", "Local"),
}
DATA_BASES: Final = {
    "published": Text("đã công bố", "published"),
    "calibrated_sample": Text("mẫu hiệu chỉnh", "calibrated sample"),
    "sample": Text("mẫu", "sample"),
    "delivered": Text("đã nộp", "delivered"),
}
DATA_BASIS_TEXTS: Final = {
    "published": Text(
        "Số liệu theo kết quả đã công bố.",
        "Figures as published.",
    ),
    "calibrated_sample": Text(
        "SỐ LIỆU MẪU, hiệu chỉnh cho khớp các giá trị đã công bố. Số liệu và điểm của từng chỉ số "
        "thành phần không phải kết quả chính thức.",
        "SAMPLE DATA, calibrated to the published values. Figures and points of single components "
        "are not official results.",
    ),
    "sample": Text(
        "SỐ LIỆU MẪU, không phải kết quả chính thức.", "SAMPLE DATA, not an official result."
    ),
    "delivered": Text("Tính từ số liệu đã nộp.", "Computed from delivered figures."),
}
# Marks at single figures that rest on samples; figures of the other kinds stand unmarked.
DATA_MARKS: Final = {"calibrated_sample": "◇", "sample": "◆"}
BASES: Final = {
    "official": Text("chính thức", "official"),
    "inferred": Text("suy ra", "inferred"),
    "illustrative": Text("minh họa", "illustrative"),
}
BASIS_TEXTS: Final = {
    "official": Text(
        "tên, điểm và quy tắc theo văn bản chính thức",
        "name, points and rule as in the official text",
    ),
    "inferred": Text(
        "suy ra từ báo cáo công khai; không phải nguyên văn của văn bản",
        "inferred from public reports; not the wording of the decision",
    ),
    "illustrative": Text(
        "minh họa để phần mềm chạy được; KHÔNG phải chỉ số chính thức",
        "illustrative, so that the software can run; NOT an official indicator",
    ),
}
INDICATOR_LEVELS: Final = {
    "overall": Text("tổng thể", "overall"),
    "pillar": Text("trụ cột", "pillar"),
    "main": Text("chỉ số chính", "main"),
    "component": Text("thành phần", "component"),
}
BREAKS: Final = {
    "framework_changed": Text("đổi bộ chỉ số", "framework changed"),
    "units_changed": Text("đổi đơn vị hành chính", "units changed"),
    "not_comparable": Text("không so sánh được", "not comparable"),
}
BANDS: Final = {
    "maximum": Text("Tối đa", "Maximum"),
    "high": Text("Cao", "High"),
    "fair": Text("Khá", "Fair"),
    "average": Text("Trung bình", "Average"),
    "low": Text("Thấp", "Low"),
    "very_low": Text("Rất thấp", "Very low"),
    "zero": Text("Không điểm", "Zero"),
    "leading": Text("Dẫn dắt", "Leading"),
    "advanced": Text("Nâng cao", "Advanced"),
    "forming": Text("Hình thành", "Forming"),
    "starting": Text("Khởi động", "Starting"),
    "good": Text("Tốt", "Good"),
    "weak": Text("Yếu", "Weak"),
}
LOST_REASONS: Final = {
    "no_data": Text("thiếu số liệu", "no data"),
    "evidence_missing": Text("thiếu tài liệu kiểm chứng", "evidence missing"),
    "evidence_rejected": Text("tài liệu kiểm chứng bị bác", "evidence rejected"),
    "not_reached": Text("chưa đạt mức tối đa", "maximum not reached"),
    "denominator_zero": Text("mẫu số bằng 0", "denominator is zero"),
    "not_applicable": Text("không phát sinh", "not applicable"),
    "late": Text("trễ hạn", "late"),
}
SOURCES: Final = {
    "central": Text("số liệu trung ương", "central data"),
    "self_report": Text("tự báo cáo", "self-report"),
    "correction": Text("đính chính", "correction"),
    "published": Text("đã công bố", "published"),
    "appraisal": Text("thẩm định", "appraisal"),
    "mixed": Text("nhiều nguồn", "several sources"),
    "none": Text("không có số liệu", "no figure"),
}
EVIDENCE: Final = {
    "not_required": Text("không yêu cầu", "not required"),
    "missing": Text("thiếu", "missing"),
    "reported": Text("đã nộp, chưa kiểm tra", "handed in, unchecked"),
    "reviewed": Text("đã xem xét", "reviewed"),
    "accepted": Text("được chấp nhận", "accepted"),
    "adjusted": Text("được điều chỉnh", "adjusted"),
    "rejected": Text("bị bác", "rejected"),
}
OBS_STATUSES: Final = {
    "ok": Text("có số liệu", "figure present"),
    "percent": Text("phần trăm", "percent"),
    "blank": Text("để trống", "blank"),
    "none_declared": Text("khai “không có”", "declared none"),
    "not_applicable": Text("không phát sinh", "not applicable"),
    "ambiguous": Text("không rõ cách đọc", "ambiguous"),
    "formula_error": Text("công thức lỗi", "formula error"),
    "formula_without_value": Text("công thức chưa có kết quả", "formula without a result"),
    "text": Text("chữ, không phải số", "text, not a number"),
    "out_of_range": Text("ngoài khoảng cho phép", "out of range"),
    "missing": Text("không có trong bảng", "missing"),
    "not_assessed": Text("không đánh giá", "not assessed"),
}
SEVERITIES: Final = {
    "blocking": Text("chặn", "blocking"),
    "warning": Text("cảnh báo", "warning"),
    "info": Text("thông tin", "info"),
}
# Severities as whoever delivered reads them, and what each of them means.
TO_DO: Final = {
    "blocking": Text("Phải sửa", "Must be corrected"),
    "warning": Text("Nên kiểm tra", "Worth checking"),
    "info": Text("Để biết", "For information"),
}
TO_DO_TEXTS: Final = {
    "blocking": Text(
        "Chưa sửa thì kỳ đánh giá chưa thể tính điểm.",
        "Until then the assessment cannot be computed.",
    ),
    "warning": Text(
        "Không chặn việc tính điểm, nhưng có thể làm mất điểm hoặc bị hỏi lại.",
        "Does not stop the computation, but may cost points or raise questions.",
    ),
    "info": Text(
        "Hệ thống đã xử lý; không cần làm gì nếu đúng.",
        "Already dealt with; nothing to do if it is right.",
    ),
}
STATUSES: Final = {
    "draft": Text("dự thảo", "draft"),
    "approved": Text("đã duyệt", "approved"),
    "published": Text("đang công bố", "published"),
    "superseded": Text("đã thay thế", "superseded"),
    "withdrawn": Text("đã thu hồi", "withdrawn"),
}
# What a page says about a release that is not in force when the page is made.
STATUS_NOTES: Final = {
    "draft": Text(
        "BẢN DỰ THẢO: chưa được phê duyệt, không phải kết quả công bố.",
        "DRAFT: not approved, not a published result.",
    ),
    "approved": Text(
        "Đã phê duyệt, chưa công bố.",
        "Approved, not yet published.",
    ),
    "superseded": Text(
        "Bản phát hành này đã được thay bằng bản mới hơn.",
        "This release has been superseded by a newer one.",
    ),
    "withdrawn": Text("Bản phát hành này đã bị thu hồi.", "This release has been withdrawn."),
}
STAGES: Final = {
    "self_scored": Text("Tự chấm", "Self-scored"),
    "appraised": Text("Thẩm định", "Appraised"),
    "final": Text("Kết quả cuối", "Final"),
    "accepted_only": Text("Chỉ tính số liệu đã chấp nhận", "Accepted figures only"),
}
CAUSES: Final = {
    "rules": Text("phiên bản quy tắc", "version of the rules"),
    "framework": Text("bộ chỉ số", "framework"),
    "units": Text("tập đơn vị", "set of units"),
    "others": Text("đơn vị khác", "other units"),
    "own": Text("số liệu của chính đơn vị", "own figures"),
}
NA_TREATMENTS: Final = {
    "full": Text("được điểm tối đa", "full marks"),
    "rescale": Text("bỏ khỏi điểm tối đa, quy đổi phần còn lại", "leaves the maximum"),
    "zero": Text("0 điểm", "no points"),
    "refuse": Text("không được khai", "not allowed"),
}
GROUP_KINDS: Final = {
    "pool": Text("Toàn bộ", "All units"),
    "region": Text("Vùng", "Region"),
    "group": Text("Nhóm", "Group"),
}
PREV_BASES: Final = {
    "computed": Text("tính toán", "computed"),
    "published": Text("theo công bố", "as published"),
    "predecessors_mean": Text("trung bình các đơn vị cũ", "mean of the units before"),
    "none": Text("không có", "none"),
}
INDEX_FINDINGS: Final = {
    "all_pass": Text("ai cũng đạt tối đa", "everybody passes"),
    "none_pass": Text("không ai có điểm", "nobody scores"),
    "against_rest": Text("đi ngược phần còn lại", "moves against the rest"),
    "repeats_another": Text("gần trùng chỉ số khác", "nearly repeats another"),
    "weak_main": Text("các thành phần ít gắn kết", "components hardly hang together"),
}
# What the designers of the next framework may ask themselves; a check never says what is right.
INDEX_QUESTIONS: Final = {
    "all_pass": Text(
        "Không còn phân biệt các đơn vị. Nâng ngưỡng, đo sâu hơn, hay đã đến lúc bỏ?",
        "It tells nobody apart. A higher threshold, a deeper measure, or time to drop it?",
    ),
    "none_pass": Text(
        "Không phân biệt các đơn vị. Ngưỡng quá cao, thiếu nguồn số liệu, hay quy tắc khó hiểu?",
        "It tells nobody apart. Is the threshold too high, the source missing, the rule unclear?",
    ),
    "against_rest": Text(
        "Đơn vị cao ở phần còn lại thì thấp ở đây. Chiều của quy tắc có đúng không, hay chỉ số "
        "thuộc về chỗ khác?",
        "Units high on the rest are low here. Is the rule's direction right, or does it belong "
        "elsewhere?",
    ),
    "repeats_another": Text(
        "Hai chỉ số gần như đo cùng một điều. Có cần cả hai và tính điểm hai lần không?",
        "Two components measure nearly the same. Are both needed, and counted twice?",
    ),
    "weak_main": Text(
        "Các thành phần gần như không đi cùng nhau. Chỉ số chính này có phải là một khái niệm?",
        "Its components hardly move together. Is this main index one thing?",
    ),
}
RANK_BASES: Final = {
    "computed": Text("hạng tính từ giá trị", "rank computed from values"),
    "published": Text("hạng theo công bố", "rank as published"),
    "none": Text("không xếp hạng", "not ranked"),
}
OVERALL: Final = Text("Tổng thể", "Overall")
UNIT_TYPES: Final = {
    "tỉnh": Text("tỉnh", "province"),
    "thành phố": Text("thành phố", "city"),
    "bộ": Text("bộ", "ministry"),
    "sở": Text("sở", "department"),
    "cơ quan": Text("cơ quan", "agency"),
    "huyện": Text("huyện", "district"),
    "xã": Text("xã", "commune"),
    "phường": Text("phường", "ward"),
    "thị trấn": Text("thị trấn", "township"),
    "đặc khu": Text("đặc khu", "special zone"),
}
# What the stages write about an issue, in their own English words.
ACTIONS: Final = {
    "ignored": Text("bỏ qua", "ignored"),
    "figures not counted": Text("không tính các số này", "figures not counted"),
    "figure left out": Text("bỏ số này", "figure left out"),
    "figure left out of the comparison": Text(
        "không đưa số này vào so sánh", "figure left out of the comparison"
    ),
    "row left out of the comparison": Text(
        "không đưa dòng này vào so sánh", "row left out of the comparison"
    ),
    "computed result kept": Text("giữ kết quả đã tính", "computed result kept"),
    "the present content counted": Text(
        "tính theo nội dung hiện tại của tệp", "the present content counted"
    ),
    "central figure counted": Text("tính theo số trung ương", "central figure counted"),
    "counted as no data: 0 points": Text(
        "coi như không có số liệu: 0 điểm", "counted as no data: 0 points"
    ),
    "the ratio counts as 1": Text("tỷ lệ tính là 1", "the ratio counts as 1"),
}
ONE_PAGER: Final = {
    "overall": Text("Giá trị tổng thể", "Overall value"),
    "rank": Text("Hạng", "Rank"),
    "places": Text("hạng", "places"),
    "rank_in_region": Text("Hạng trong vùng", "Rank in the region"),
    "on_previous": Text("So với kỳ trước", "On the one before"),
    "indices": Text("Trụ cột và chỉ số chính", "Pillars and main indices"),
    "index": Text("Chỉ số", "Index"),
    "value": Text("Giá trị", "Value"),
    "bar": Text("vạch: trung vị, nhạt: cao nhất", "stroke: median, pale: best"),
    "median": Text("Trung vị", "Median"),
    "points": Text("Điểm", "Points"),
    "change": Text("± giá trị", "± value"),
    "losses": Text("Mất nhiều điểm nhất", "Largest losses"),
    "code": Text("Mã", "Code"),
    "component": Text("Chỉ số thành phần", "Component"),
    "lost": Text("Mất / tối đa", "Lost / max"),
    "reason": Text("Lý do", "Reason"),
    "lead": Text("Chủ trì", "Lead"),
    "gaps": Text("Khoảng cách tới hạng tốt hơn", "Distance to better ranks"),
    "goal": Text("Mục tiêu", "Goal"),
    "about_points": Text("≈ điểm", "≈ points"),
    "history": Text("Qua các năm", "Over the years"),
    "year": Text("Năm", "Year"),
    "break_note": Text("Điểm gãy", "Break"),
    "targets": Text("Chỉ tiêu của năm", "Targets of the year"),
    "target": Text("Chỉ tiêu", "Target"),
    "wanted": Text("Mức đặt ra", "Target"),
    "present": Text("Hiện tại", "Present"),
    "missing": Text("Còn thiếu", "Short by"),
    "reference": Text("tham khảo, không tính", "reference only"),
    "unofficial": Text(
        "{n} chỉ số thành phần: {counts}. “Minh họa” và “suy ra” không phải nội dung của văn bản "
        "chính thức.",
        "{n} components: {counts}. “Illustrative” and “inferred” are not wording of the official "
        "decision.",
    ),
    "legend": Text(
        "Hạng ghi cùng số đơn vị được xếp hạng. Khoảng cách tính khi các đơn vị khác giữ nguyên.",
        "Ranks stand beside the number of units ranked. Distances hold while others stand still.",
    ),
}
# The reasons that a run gives itself; what people wrote stands as they wrote it.
REASONS: Final = (
    (re.compile(r"\bfirst computation\b"), "lần tính đầu tiên"),
    (re.compile(r"\bnew version of the rules\b"), "phiên bản quy tắc mới"),
    (re.compile(r"(^|[;:] )new: "), r"\1tệp mới: "),
    (re.compile(r"(^|[;:] )changed: "), r"\1tệp đổi: "),
    (re.compile(r"(^|[;:] )removed: "), r"\1tệp bỏ: "),
)


def reason(text: str | None) -> Text:
    """Return the reason of a release or a revision in both languages."""
    if not text:
        return Text("–", "–")
    vi = text
    for pattern, said in REASONS:
        vi = pattern.sub(said, vi)
    return Text(vi, text)


def name_of(words: Mapping[str, Text], code: str | None) -> Text:
    """Return the words for a code, the code itself where there are none."""
    if code is None:
        return Text("–", "–")
    return words.get(code, Text(code, code))
