"""The help: texts by a catalogue; in Vietnamese headings by the formatter, refusals by pattern."""

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from typer.core import TyperGroup
from typer.exceptions import TyperException

from schemas.messages import sentence
from schemas.package_data import toml_beside
from schemas.text import LANGUAGES, Language

_WORDS: Final = {
    "Options": "Tùy chọn",
    "Arguments": "Tham số",
    "Commands": "Lệnh",
    "default: ": "mặc định: ",
    "env var: ": "biến môi trường: ",
    "required]": "bắt buộc]",
}
# What Typer says of wrong usage, which is no text of ours.
_REFUSALS: Final = {
    r"^Try '(.+)' for help\.$": r"Xem hướng dẫn: \1",
    r"^Error: ": "Lỗi: ",
    r"Missing argument '(.+)'\.": r"thiếu tham số \1",
    r"Missing option '(.+)'\.": r"thiếu tùy chọn \1",
    r"Missing command\.": "thiếu tên lệnh",
    r"No such command '(.+)'\.": r"không có lệnh “\1”",
    r"No such option: (\S+)": r"không có tùy chọn \1",
    r"\(Possible options: (.+)\)": r"(gần giống: \1)",
    r"Got unexpected extra argument\(s\) \((.+)\)": r"thừa tham số: \1",
    r"Option '(.+)' requires .+": r"tùy chọn \1 cần có giá trị",
    r"Option '(.+)' does not take a value\.": r"tùy chọn \1 không nhận giá trị",
    r"Invalid value for '(.+?)': (?:Value error, )?": r"giá trị của \1 không hợp lệ: ",
    r"'(.*)' is not one of (.+)\.": r"“\1” không thuộc \2",
    r"'(.*)' does not match the formats (.+)\.": r"“\1” không theo dạng \2",
    r"Input should be a valid integer.*": "cần ghi số nguyên",
    r"Input should be a valid number.*": "cần ghi số",
    r"Input should be greater than or equal to (.+)": r"cần từ \1 trở lên",
    r"Input should be less than or equal to (.+)": r"cần từ \1 trở xuống",
}
# Typer brings a Click of its own; this is the formatter of whichever it uses.
_HelpFormatter: Any = TyperGroup.context_class.formatter_class


class _Formatter(_HelpFormatter):  # type: ignore[misc]
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or "Cách dùng: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_WORDS.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], *args: Any, **more: Any) -> None:
        super().write_dl([(term, _in_vietnamese(text)) for term, text in rows], *args, **more)


def _in_vietnamese(text: str) -> str:
    for english, vietnamese in _WORDS.items():
        text = text.replace(english, vietnamese)
    return text


def put_helps(command: Any, language: Language) -> None:
    """Let a command and those below it give their help in a language."""
    if language == "vi":
        TyperGroup.context_class.formatter_class = _Formatter
    catalogue = toml_beside(__file__)
    _put_texts(command, catalogue, shared=catalogue["shared"], side=LANGUAGES.index(language))


def _put_texts(
    command: Any, texts: Mapping[str, Any], *, shared: Mapping[str, Any], side: int
) -> None:
    command.help, of_parameters = texts["command"][side], {**shared, **texts}
    for parameter in command.get_params(command.context_class(command)):
        parameter.help = of_parameters[parameter.name][side]
    for name, below in getattr(command, "commands", {}).items():
        _put_texts(below, texts[name], shared=shared, side=side)


def refusal(error: TyperException, language: Language) -> str:
    """Return what Typer says of wrong usage, after the usage of the command."""
    stream = io.StringIO()
    error.show(stream)  # type: ignore[attr-defined]
    unreadable = sentence("system.unreadable", language, path=r"\1")
    text = re.sub(r"path '(.+)' is not readable\.", unreadable, stream.getvalue())
    for english, vietnamese in _REFUSALS.items() if language == "vi" else ():
        text = re.sub(english, vietnamese, text, flags=re.MULTILINE)
    return text
