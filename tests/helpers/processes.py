"""Programs that tests run in a separate process."""

import os
import subprocess
import sys

DEADLINE = 120  # seconds; generous, for machines with other work


def run(code, **environment):
    """The output of a new process, without the variables that set the number of threads."""
    inherited = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert done.returncode == 0, f"exit status {done.returncode}: {done.stderr}"
    return done.stdout.strip()
