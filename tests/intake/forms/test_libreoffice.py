"""LibreOffice opens a filled form, saves it again, and it still reads the same."""

import shutil
import subprocess

import pytest

from tests.intake.intake_cases import good_form, read

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed")
def test_a_form_saved_by_libreoffice_still_reads(tmp_path):
    path = good_form(tmp_path / "form.xlsx")
    out = tmp_path / "saved"
    subprocess.run(
        [
            *(str(OFFICE), "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"),
            *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(path)),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    before, after = read(path), read(out / "form.xlsx")

    def figures(reading):
        return {
            one.question.key: (one.entry.value_micro, one.entry.option, one.evidence_state)
            for one in reading.entries
        }

    assert [issue.rule_id for issue in after.issues] == []
    assert figures(after) == figures(before)
    assert after.meta == before.meta
