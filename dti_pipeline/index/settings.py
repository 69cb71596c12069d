"""The settings of an office: ``config/settings.toml`` of the data folder."""

from pathlib import Path
from typing import Final

from dti_pipeline.index.toml_files import FileError, parse_file
from schemas.files.settings import Settings
from schemas.messages import message

NAME: Final = "settings.toml"
# Files of earlier versions → the table of the settings file that took their keys.
_FORMER: Final = {"site.toml": "[site]", "office.toml": "[papers]"}


def load_office_settings(config: Path) -> Settings:
    """Load the settings of the folder ``config``; all empty where there is no file."""
    path = config / NAME
    for name, table in _FORMER.items():
        if (config / name).is_file():
            text = message("settings_file.former", table=table, path=path)
            raise FileError(config / name, [(0, text)])
    if not path.is_file():
        return Settings()
    return parse_file(path.read_bytes(), path, model=Settings)
