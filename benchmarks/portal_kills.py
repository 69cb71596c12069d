"""Kill the portal at a hundred random moments while it sends, freezes and approves.

python benchmarks/portal_kills.py        # some twenty minutes; ten moments run with the tests
python benchmarks/portal_kills.py 500
"""

import os
import subprocess
import sys

moments = sys.argv[1] if len(sys.argv) > 1 else "100"
tests = [sys.executable, "-m", "pytest", "-n", "0", "-q", "tests/portal/test_kill.py"]
sys.exit(subprocess.run(tests, check=False, env={**os.environ, "PORTAL_KILLS": moments}).returncode)
