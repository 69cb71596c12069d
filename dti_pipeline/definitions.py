"""What Dagster loads.

The only module that looks at files and the environment when it is imported: for its settings, a
bucket to open, and the days on which series of assessments are due.
"""

import os

from assets.code_location import build
from dti_pipeline.release.bucket import open_data

defs = build(open_data(os.environ.get("DTI_DATA", "data")))
