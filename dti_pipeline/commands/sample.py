"""The command that writes sample deliveries."""

import sys
from pathlib import Path

from dti_pipeline.commands.errors import UsageError
from tools.sample.write import NoSampleError, write_sample


def write_samples(assessment: str, *, out: Path) -> int:
    """Write the sample deliveries of an assessment into a folder.

    Raises:
        UsageError: if there is no sample for the assessment, or the folder holds files already.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        msg = f"{out} is not empty; samples never overwrite deliveries, name another folder"
        raise UsageError(msg)
    try:
        written = write_sample(assessment, out=out)
    except NoSampleError as error:
        raise UsageError(str(error)) from None
    sys.stdout.write(
        f"{len(written)} tệp · files → {out}\n"
        "SỐ LIỆU MẪU, KHÔNG PHẢI SỐ LIỆU CHÍNH THỨC · SAMPLE FIGURES, NOT OFFICIAL\n"
    )
    return 0
