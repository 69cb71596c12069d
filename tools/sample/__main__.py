"""Write sample deliveries, marked as samples in every file."""

import argparse
import sys
from pathlib import Path

from dti_pipeline.intake.forms.layout import SAMPLE_LINE
from tools.sample.write import NoSampleError, write_sample


def main() -> int:
    """Write the sample deliveries of an assessment; 2 if the folder is not empty or it has none."""
    parser = argparse.ArgumentParser(prog="python -m tools.sample", description=__doc__)
    parser.add_argument("assessment", metavar="ASSESSMENT", help="for example province-2022")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write the deliveries into"
    )
    arguments = parser.parse_args()
    out: Path = arguments.out
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        parser.exit(
            2, f"{out} is not empty; samples never overwrite deliveries, name another folder\n"
        )
    try:
        written = write_sample(arguments.assessment, out=out)
    except NoSampleError as error:
        parser.exit(2, f"{error}\n")
    sys.stdout.write(f"{len(written)} tệp · files → {out}\n{SAMPLE_LINE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
