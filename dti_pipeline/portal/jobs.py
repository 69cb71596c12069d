"""Processes that outlast the one that starts them."""

import subprocess
import sys
from threading import Thread


def start(module: str, *arguments: object, text: str = "") -> int:
    """Start a module of the portal, which reads a text; return the number of its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"dti_pipeline.portal.{module}", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    with process.stdin as stream:
        stream.write(text)
    # So that the system forgets it once it has ended.
    Thread(target=process.wait, daemon=True).start()
    return process.pid
