"""Send letters of the outbox: ``python -m dti_pipeline.portal.letter_job DATA < NUMBERS``.

For more letters than a page may wait for; their numbers come as JSON.
"""

import json
import sys
from pathlib import Path

from dti_pipeline.portal.startup import configure

if __name__ == "__main__":
    configure(Path(sys.argv[1]))
    from dti_pipeline.portal.notices import send

    send(json.load(sys.stdin))
