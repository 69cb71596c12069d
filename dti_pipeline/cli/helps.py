"""The help in Vietnamese: texts by a catalogue, headings by the formatter."""

from collections.abc import Iterable
from typing import Any, Final

from typer.core import TyperGroup

from schemas.package_data import toml_beside

_WORDS: Final = {
    "Options": "Tùy chọn",
    "Arguments": "Tham số",
    "Commands": "Lệnh",
    "default: ": "mặc định: ",
    "env var: ": "biến môi trường: ",
    "required]": "bắt buộc]",
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


def speak_vietnamese(command: Any) -> None:
    """Let a command and those below it give their help in Vietnamese."""
    catalogue = toml_beside(__file__)
    TyperGroup.context_class.formatter_class = _Formatter
    _translate(command, catalogue)


def _translate(command: Any, catalogue: dict[str, str]) -> None:
    for part in (command, *command.get_params(command.context_class(command))):
        part.help = catalogue.get(part.help, part.help)
    for below in getattr(command, "commands", {}).values():
        _translate(below, catalogue)
