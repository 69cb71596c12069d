"""The versions a result was computed with: of the rules, and of everything installed."""

import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from schemas.text import Text

# Raise it with every change that can move a score, a value, a rank or an issue. It is part of the
# input hash of every revision, so that a change of rules makes new revisions and says why. A test
# holds a fingerprint of known results and fails when they move under an unchanged version.
RULES_VERSION: Final = "10"
# The first version of the package with these rules, and why they are new; the reason stands in
# every revision that is made anew for it.
RULES: Final[dict[str, tuple[str, Text]]] = {
    "1": ("0.1.0", Text("quy tắc đầu tiên", "first rules")),
    "2": (
        "0.2.0",
        Text(
            "quy tắc tương đối và tổng theo kỳ tính chính xác; tệp đầu vào được lưu như đã đọc",
            "relative rules and sums of periods are exact; inputs are recorded as they were read",
        ),
    ),
    "3": (
        "0.3.0",
        Text(
            "xếp hạng cả chỉ số thành phần và nhóm chỉ số chính; mức độ ổn định nêu lý do khi "
            "không có giá trị; kiểm tra bộ chỉ số cộng điểm nguyên; dòng của bảng có khóa",
            "components and the groups of main indices are ranked; robustness says why something "
            "is null; index checks add whole points; rows of tables carry their keys",
        ),
    ),
    "4": (
        "0.4.0",
        Text(
            "số đã thẩm định và giải trình của đơn vị là các giai đoạn riêng của số liệu; bảng có "
            "thêm cột",
            "what reviewers checked and units explained are stages of a figure of their own; "
            "tables have more columns",
        ),
    ),
    "5": (
        "0.4.1",
        Text(
            "số liệu từng bị bỏ qua khi đọc nay được báo; mức trung bình, nguyên nhân thay đổi thứ "
            "hạng và mức điểm có thể đạt được tính lại cho đúng",
            "what was passed over in reading is told; means, causes of rank changes and reachable "
            "scores are mended",
        ),
    ),
    "6": (
        "0.5.0",
        Text(
            "số có thể bị tách ở dấu phẩy thập phân phải làm rõ trước khi tính; ghi “không có” ở "
            "cột tài liệu không phải là tài liệu kiểm chứng; mỗi số liệu giữ lý do không phát sinh "
            "riêng",
            "a figure that may be cut at its decimal comma has to be settled first; “none” in the "
            "place of a document is no evidence; each figure keeps its own reason not to apply",
        ),
    ),
    "7": (
        "0.6.0",
        Text(
            "tiêu đề chung của nhiều cột số liệu và đơn vị tính khác với bộ chỉ số phải làm rõ "
            "trước khi tính; kiểm tra bộ chỉ số không tính đơn vị mà chỉ số không áp dụng",
            "one heading over several columns of figures and another unit of measure have to be "
            "settled first; index checks leave out units that a component does not apply to",
        ),
    ),
    "8": (
        "0.7.0",
        Text(
            "bảng của cơ quan nằm ở nhiều tệp: dòng của năm khác được nêu đúng tệp",
            "where a table of an agency is in several files, a row of another year is named with "
            "its own file",
        ),
    ),
    "9": (
        "0.8.0",
        Text(
            "ngày ghi cùng một ngày khác, hoặc là công thức chưa có kết quả, phải làm rõ; chữ i và "
            "chữ y được đọc như nhau ở nơi cả hai đều đúng chính tả; tên đơn vị được đọc khi kèm "
            "số thứ tự hoặc dấu chú thích; kết quả công bố không đọc được được nêu riêng",
            "a day beside another one, or a formula without its result, has to be settled; i is "
            "read for y where both spellings are right; a unit's name is read with the number of "
            "its row or a footnote mark; published results that cannot be read are told apart",
        ),
    ),
    "10": (
        "0.8.1",
        Text(
            "lý do thay đổi kết quả của mỗi trụ cột, chỉ số chính chỉ nêu số liệu thuộc trụ cột, "
            "chỉ số chính đó",
            "the reason of a change names, for each pillar and main index, only the figures that "
            "count in it",
        ),
    ),
}


def lock_hash() -> str | None:
    """Return the SHA-256 of the dependency lock, None where the package came without it."""
    here = Path(__file__).parent
    for path in (here / "requirements.lock", here.parent / "requirements.lock"):
        if path.is_file():
            return sha256(path.read_bytes()).hexdigest()
    return None


@cache
def reader_version() -> str:
    """Return the hash of all source that says what a file means, and of the interpreter.

    Nobody has to raise it: it changes with every line.
    """
    package = Path(__file__).parent
    rooms = (
        package / "exact.py",
        package / "index",
        package / "intake",
        package.parent / "schemas",
    )
    digest = sha256(sys.version.encode())
    for path in sorted(file for room in rooms for file in (room, *room.rglob("*"))):
        if path.suffix in (".py", ".toml"):
            digest.update(f"{path.relative_to(package.parent)}\n".encode() + path.read_bytes())
    return digest.hexdigest()
