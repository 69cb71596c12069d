"""The letter that reminds a unit of its report, and the mail that goes with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dti_pipeline.reports.papers.paper import Column, Paper

_DATE = "%d/%m/%Y"


@dataclass(frozen=True)
class Reminder:
    """What is asked of one unit, for the assessment named by ``title``.

    ``figures`` are missing or cannot be read, with their codes; ``evidence`` are components
    without evidence; ``asked_on`` is when the unit was asked before.
    """

    addressee: str
    mail: str
    title: str
    deadline: date | None
    today: date
    is_missing: bool
    figures: Sequence[str]
    evidence: Sequence[str]
    asked_on: Sequence[date]

    def state(self, office: str) -> str:
        due = f" (hạn nộp {self.deadline:{_DATE}})" if self.deadline else ""
        what = f"chưa nhận được báo cáo tự đánh giá của {self.addressee}{due}"
        if not self.is_missing:
            what = f"đã nhận báo cáo tự đánh giá của {self.addressee}{due}, nhưng báo cáo chưa đủ"
        text = f"Đến ngày {self.today:{_DATE}}, {office} {what}."
        if self.deadline and (late := (self.today - self.deadline).days) > 0:
            text += f" Thời gian quá hạn: {late} ngày."
        if self.asked_on:
            last = max(self.asked_on)
            text += f" Đã nhắc {len(self.asked_on)} lần, gần nhất ngày {last:{_DATE}}."
        return text

    def lines(self) -> list[tuple[str, str]]:
        return [
            *(("Chưa có số liệu", name) for name in self.figures),
            *(("Thiếu tài liệu kiểm chứng", name) for name in self.evidence),
        ]

    def request(self) -> str:
        what = "gửi báo cáo theo biểu mẫu" if self.is_missing else "bổ sung những nội dung trên"
        return (
            f"Đề nghị {self.addressee} {what} trước ngày … tháng … năm …. Số liệu không có thì ghi "
            "“không có”; không phát sinh thì đánh dấu và nêu lý do. Quá thời hạn trên, kết quả "
            "được tổng hợp theo số liệu hiện có."
        )


def write_reminder(paper: Paper, reminder: Reminder) -> None:
    paper.begin_part()
    paper.head("", f"V/v đôn đốc nộp báo cáo tự đánh giá {reminder.title}")
    paper.paragraph(f"Kính gửi: {reminder.addressee}", "Kính gửi")
    paper.paragraph(f"Về việc tự đánh giá {reminder.title}:")
    paper.paragraph(reminder.state(paper.office.name))
    if lines := reminder.lines():
        columns = [
            Column("TT", 12, "Ô giữa"),
            Column("Nội dung còn thiếu", 100, "Ô chữ"),
            Column("Tình trạng", 48, "Ô chữ"),
        ]
        rows = [[str(place), name, kind] for place, (kind, name) in enumerate(lines, start=1)]
        paper.table(columns, rows)
    paper.paragraph(reminder.request())
    paper.signature()


def mail_text(reminder: Reminder, office: str) -> str:
    lacking = [f"- {kind}: {name}" for kind, name in reminder.lines()]
    parts = [
        f"Tới: {reminder.mail or '…'}",
        f"Tiêu đề: Đôn đốc báo cáo tự đánh giá {reminder.title} – {reminder.addressee}",
        "",
        f"Kính gửi: {reminder.addressee}",
        "",
        reminder.state(office),
        *([""] if lacking else []),
        *lacking,
        "",
        reminder.request(),
        "",
        "Trân trọng.",
        office,
        "",
    ]
    return "\n".join(parts)
