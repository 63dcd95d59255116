#!/usr/bin/env python3
"""SIGTERM ends the scripts that start servers, and nothing of them is left.

Usage: tests/faults/terminated_scripts.py

Ends script/lib/servers.py and script/faults at several moments; each time the
folder for temporary files must be empty again and no process of theirs alive.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60


def users_of(folder):
    """Processes that work in the folder."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if os.readlink(link).startswith(str(folder)):
                found.append(int(link.parent.name))
        except OSError:
            continue
    return found


def left_by(command, folder, is_time):
    """Starts a command, ends it by SIGTERM once `is_time` says so; returns
    what is wrong then."""
    environment = dict(os.environ, TMPDIR=str(folder))
    process = subprocess.Popen(command, env=environment,
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_time():
            if process.poll() is not None or time.monotonic() > end:
                return f"it ended by itself with {process.returncode}"
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        code = process.wait(PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()
    if code != 128 + signal.SIGTERM:
        return f"it ended with {code}"
    end = time.monotonic() + PATIENCE_SECONDS
    while users_of(folder) and time.monotonic() < end:
        time.sleep(0.05)
    if users_of(folder):
        return f"processes {users_of(folder)} are left"
    left = sorted(x.name for x in folder.iterdir())
    return f"{left} are left" if left else ""


def main():
    outer = Path(tempfile.mkdtemp(prefix="terminated-"))
    # The servers run as somebody else when this is root.
    outer.chmod(0o755)
    folder = outer / "temporary"
    folder.mkdir()
    endless = outer / "endless"
    endless.write_text("#!/bin/sh\nexec sleep 600\n")
    endless.chmod(0o755)
    program = ROOT / "script" / "lib" / "servers.py"
    waiting = [program, "sleep", "600"]
    faults = [ROOT / "script" / "faults", "--short", "--binary", endless,
              "postgres-replay"]
    moments = [
        ("servers.py with its folder", waiting, lambda: any(folder.iterdir())),
        ("servers.py in initdb", waiting,
         lambda: any(folder.glob("*/data/PG_VERSION"))),
        ("servers.py with its server", waiting,
         lambda: any(folder.glob("*/.s.PGSQL.*"))),
        ("faults with its program", faults, lambda: users_of(folder)),
    ]
    wrong = []
    try:
        for name, command, is_time in moments:
            if text := left_by(command, folder, is_time):
                wrong.append(f"{name}: {text}")
    finally:
        for pid in users_of(folder):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(outer, ignore_errors=True)
    print("\n".join(wrong) or "nothing is left")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
