"""The model of ``config/office.toml``: who issues the papers, as their heads and signatures say."""

from pydantic import Field

from schemas.files.model import Model


class Office(Model):
    """The issuing office; what nobody has said is printed to be filled in."""

    parent: str = ""
    name: str = "[TÊN CƠ QUAN BAN HÀNH]"
    short: str = "…"
    place: str = "…"
    authority: str = ""
    position: str = "[CHỨC VỤ NGƯỜI KÝ]"
    signer: str = "[Họ và tên]"
    recipients: list[str] = Field(default_factory=list)
