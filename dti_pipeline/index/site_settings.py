"""The settings of the site: ``config/site.toml`` of the data folder."""

from dti_pipeline.index.toml_files import FileError, parse_file
from dti_pipeline.workspace import Workspace
from schemas.files.site import SiteSettings


class SiteSettingsError(FileError):
    """A settings file of the site that is refused."""


def load_site_settings(workspace: Workspace) -> SiteSettings:
    """Load the settings; all empty where there is no file.

    Raises:
        SiteSettingsError: if the file is malformed.
    """
    path = workspace.data / "config" / "site.toml"
    if not path.is_file():
        return SiteSettings()
    return parse_file(path.read_bytes(), path, model=SiteSettings, error=SiteSettingsError)
