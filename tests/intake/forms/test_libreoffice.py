"""LibreOffice opens a filled form, saves it again, and it still reads the same."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.intake.intake_cases import good_form, read

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed")


def save_by_office(paths: Sequence[Path], out: Path) -> None:
    profile = f"-env:UserInstallation=file://{out.parent}/profile"
    subprocess.run(
        [
            *(str(OFFICE), "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML"),
            *("--outdir", str(out), *map(str, paths)),
        ],
        check=True,
        capture_output=True,
        timeout=280,
    )


@pytest.mark.slow
@needs_office
def test_a_form_saved_by_libreoffice_still_reads(tmp_path):
    path = good_form(tmp_path / "form.xlsx")
    out = tmp_path / "saved"
    save_by_office([path], out)
    before, after = read(path), read(out / "form.xlsx")

    def figures(reading):
        return {
            one.question.key: (one.entry.value_micro, one.entry.option, one.evidence_state)
            for one in reading.entries
        }

    assert [issue.rule_id for issue in after.issues] == []
    assert figures(after) == figures(before)
    assert after.meta == before.meta
