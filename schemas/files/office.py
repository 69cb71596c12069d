"""The model of ``config/office.toml``: who issues the papers, as their heads and signatures say."""

from pydantic import Field

from schemas.files.model import Model


class Office(Model):
    """The issuing office; the file beside the template of papers says what each key is."""

    parent: str = ""
    name: str = ""
    short: str = ""
    place: str = ""
    authority: str = ""
    position: str = ""
    signer: str = ""
    recipients: list[str] = Field(default_factory=list)

    def blanks(self) -> "Office":
        """Return the office with something to fill in where nobody has said anything."""
        fields = {
            "name": "[TÊN CƠ QUAN BAN HÀNH]",
            "short": "…",
            "place": "…",
            "position": "[CHỨC VỤ NGƯỜI KÝ]",
            "signer": "[Họ và tên]",
        }
        return self.model_copy(
            update={name: blank for name, blank in fields.items() if not getattr(self, name)}
        )
