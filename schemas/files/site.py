"""The model of the site's settings: who publishes the pages, and where questions go."""

from pydantic import Field

from schemas.files.model import Model
from schemas.text import Text


class SiteSettings(Model):
    """One settings file of the site."""

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
