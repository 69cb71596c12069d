"""The fixed words of the one-pager, in Vietnamese and English."""

from collections.abc import Mapping
from typing import Final

from dti_pipeline.reports.labels import Label

WORDS: Final[Mapping[str, Label]] = {
    "overall": Label("Giá trị tổng thể", "Overall value"),
    "rank": Label("Hạng", "Rank"),
    "places": Label("hạng", "places"),
    "rank_in_region": Label("Hạng trong vùng", "Rank in the region"),
    "on_previous": Label("So với kỳ trước", "On the one before"),
    "indices": Label("Trụ cột và chỉ số chính", "Pillars and main indices"),
    "index": Label("Chỉ số", "Index"),
    "value": Label("Giá trị", "Value"),
    "bar": Label("vạch: trung vị, nhạt: cao nhất", "stroke: median, pale: best"),
    "median": Label("Trung vị", "Median"),
    "points": Label("Điểm", "Points"),
    "change": Label("± giá trị", "± value"),
    "losses": Label("Mất nhiều điểm nhất", "Largest losses"),
    "code": Label("Mã", "Code"),
    "component": Label("Chỉ số thành phần", "Component"),
    "lost": Label("Mất / tối đa", "Lost / max"),
    "reason": Label("Lý do", "Reason"),
    "lead": Label("Chủ trì", "Lead"),
    "gaps": Label("Khoảng cách tới hạng tốt hơn", "Distance to better ranks"),
    "goal": Label("Mục tiêu", "Goal"),
    "about_points": Label("≈ điểm", "≈ points"),
    "history": Label("Qua các năm", "Over the years"),
    "year": Label("Năm", "Year"),
    "break_note": Label("Điểm gãy", "Break"),
    "targets": Label("Chỉ tiêu của năm", "Targets of the year"),
    "target": Label("Chỉ tiêu", "Target"),
    "wanted": Label("Mức đặt ra", "Target"),
    "present": Label("Hiện tại", "Present"),
    "missing": Label("Còn thiếu", "Short by"),
    "reference": Label("tham khảo, không tính", "reference only"),
    "unofficial": Label(
        "{n} chỉ số thành phần: {counts}. “Minh họa” và “suy ra” không phải nội dung của văn bản "
        "chính thức.",
        "{n} components: {counts}. “Illustrative” and “inferred” are not wording of the official "
        "decision.",
    ),
    "legend": Label(
        "Hạng ghi cùng số đơn vị được xếp hạng. Khoảng cách tính khi các đơn vị khác giữ nguyên.",
        "Ranks stand beside the number of units ranked. Distances hold while others stand still.",
    ),
}
