"""The model of ``config/settings.toml``: who publishes the site, and who issues the papers."""

from pydantic import Field

from schemas.files.model import Model
from schemas.text import Text


class SiteSettings(Model):
    """Who publishes the pages of the site, and where questions go."""

    owner_vi: str = Field(default="", description="office that publishes the pages")
    owner_en: str = Field(default="", description="the same in English")
    contact: str = Field(default="", description="person or unit that answers questions")
    email: str = Field(default="", pattern=r"^([^@\s]+@[^@\s]+)?$", description="for questions")
    phone: str = Field(default="", description="for questions")
    address: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="public address of the site, for sharing tags, such as https://dti.example.vn",
    )

    @property
    def owner(self) -> Text:
        return Text(self.owner_vi or self.owner_en, self.owner_en or self.owner_vi)


class Office(Model):
    """Who issues the papers; what nobody has said is printed to be filled in."""

    parent: str = Field(default="", description="the office above it, first line of the head")
    name: str = Field(default="[TÊN CƠ QUAN BAN HÀNH]", description="the issuing office")
    short: str = Field(default="…", description="its sign in document numbers, such as BKHCN")
    place: str = Field(default="…", description="where papers are dated")
    authority: str = Field(default="", description="in whose stead is signed: KT. BỘ TRƯỞNG")
    position: str = Field(default="[CHỨC VỤ NGƯỜI KÝ]", description="office of the signatory")
    signer: str = Field(default="[Họ và tên]", description="the signatory")
    recipients: list[str] = Field(default=[], description="who else receives papers")


class Settings(Model):
    """One settings file of an office."""

    site: SiteSettings = Field(default=SiteSettings(), description="the pages of dti report")
    papers: Office = Field(default=Office(), description="the papers of dti annex and reminders")
