"""What the portal refuses, in words for the person who asked."""

from schemas.text import Text


class RefusedError(Exception):
    """A step that the chain, the rights or the content do not allow; nothing was changed."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(vi, en)


class NotAllowedError(RefusedError):
    """A step or an object that this account has no right to."""

    def __init__(self) -> None:
        super().__init__(
            "Ông/bà không có quyền thực hiện bước này với hồ sơ này vào lúc này.",
            "You may not take this step with this dossier now.",
        )


def require_reason(text: str) -> str:
    """Return a reason without surrounding spaces.

    Raises:
        RefusedError: if it is empty, or a text that says nothing.
    """
    reason = " ".join(text.split())
    letters = {letter for letter in reason.casefold() if letter.isalnum()}
    if len(reason) < 8 or len(letters) < 4:
        raise RefusedError(
            "Lý do còn trống hoặc không có nội dung. Đề nghị ghi cụ thể vì sao.",
            "The reason is empty or says nothing. Please write why.",
        )
    return reason
