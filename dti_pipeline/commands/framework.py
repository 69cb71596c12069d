"""Commands on framework files."""

import sys
from pathlib import Path

from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError, load_settings
from dti_pipeline.acceptance.plausibility.sums import known_sums
from dti_pipeline.commands.errors import UsageError
from dti_pipeline.exact import MICRO
from dti_pipeline.index.frameworks.load import FrameworkError, read_framework


def check_framework(path: Path) -> int:
    """Read one framework file and print every problem; exit 1 if there is one."""
    if path.is_dir():
        msg = f"{path} is a folder; name one framework file in it, such as {path / 'name.toml'}"
        raise UsageError(msg)
    if not path.is_file():
        msg = f"{path}: no such file"
        raise UsageError(msg)
    try:
        framework = read_framework(path)
        settings = load_settings(framework.file.checks, framework_id=framework.id)
        known_sums(framework, settings.sums)
    except (FrameworkError, CheckSettingsError) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    kinds = sorted({component.kind for component in framework.components})
    sys.stdout.write(
        f"{path}: {framework.id} is in order: {len(framework.mains)} mains, "
        f"{len(framework.components)} components, {framework.maximum / MICRO:g} points\n"
        f"  rule kinds: {', '.join(kinds)}\n"
    )
    return 0
