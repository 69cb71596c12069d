"""PDF from DOCX by LibreOffice, where it is installed."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

SECONDS: Final = 180


def office_program() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert_to_pdf(path: Path, *, program: str) -> Path | None:
    """Write the PDF beside the document; None where the program could not, as without Writer.

    The program gets a profile of its own: one that is open on the desktop would take the file over.
    """
    pdf = path.with_suffix(".pdf")
    pdf.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        command = [
            program,
            f"-env:UserInstallation={Path(profile).as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(path.parent),
            str(path),
        ]
        try:
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return None
    return pdf if pdf.is_file() else None
