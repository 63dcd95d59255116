#!/usr/bin/env python3
"""Runs api_test.mjs against a node with the built-in simulator.

Usage: driver.py PROGRAM

Exit code 77 when node or the npm packages are missing.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "script" / "lib"))
import servers  # noqa: E402 (its folder is not a package)

PACKAGES = ROOT / "build" / "tests" / "integration" / "api"
PATIENCE_SECONDS = 60


def address_of(log, process):
    """Where the node serves, once it says so."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if found := re.search(r"http://([0-9.:]+)", log.read_text("utf-8")):
            return found.group(1)
        if process.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit(f"the node does not serve: {log.read_text('utf-8')}")


def main():
    if len(sys.argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    if shutil.which("node") is None or not (PACKAGES / "node_modules" / "ajv").is_dir():
        print("node or the npm packages are missing: run script/test", file=sys.stderr)
        return 77
    servers.exit_when_terminated()
    with tempfile.TemporaryDirectory(prefix="pumpscope-api-") as folder:
        log = Path(folder) / "log"
        words = [sys.argv[1], "run", "--store", f"sqlite:{folder}/store.db", "--http",
                 "127.0.0.1:0", "--rate-limit", "0", "--rate", "200", "--price", "fixed:150"]
        with open(log, "wb") as out, subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=out) as node:
            try:
                return subprocess.run(
                    ["node", "--test", Path(__file__).with_name("api_test.mjs")],
                    cwd=ROOT, stdin=subprocess.DEVNULL, check=False, timeout=4 * PATIENCE_SECONDS,
                    env={**os.environ, "PUMPSCOPE_TEST_API": address_of(log, node),
                         "PUMPSCOPE_TEST_PACKAGES": str(PACKAGES)}).returncode
            finally:
                node.send_signal(signal.SIGTERM)
                node.wait(PATIENCE_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
