#!/usr/bin/env python3
"""Tests of web/gateway by Node's test runner.

Usage: driver.py unit | driver.py integration PROGRAM

unit checks types and runs tests/web/gateway, integration runs the files beside
this one with the built PROGRAM and a Redis of their own. Exit code 77 when the
npm packages are missing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "script" / "lib"))
import gateway  # noqa: E402 (its folder is not a package)
import servers  # noqa: E402

PATIENCE_SECONDS = 200


def run(*command, **environment):
    """Runs it in the root of the project; returns its exit code."""
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL,
                          timeout=PATIENCE_SECONDS, check=False,
                          env={**os.environ, **environment}).returncode


def unit():
    types = run("node", gateway.SOURCES / "node_modules" / "typescript" / "bin" / "tsc",
                "--project", gateway.SOURCES / "jsconfig.json")
    tests = run("node", "--test", *sorted((ROOT / "tests" / "web" / "gateway").glob("*_test.mjs")))
    return types or tests


def integration(program):
    servers.exit_when_terminated()
    redis = servers.Redis()
    try:
        return run("node", "--test", *sorted(Path(__file__).parent.glob("*_test.mjs")),
                   PUMPSCOPE_TEST_GATEWAY_REDIS=redis.url,
                   PUMPSCOPE_TEST_PROGRAM=str(Path(program).resolve()))
    finally:
        redis.close()


def main():
    if sys.argv[1:2] not in (["unit"], ["integration"]) or len(sys.argv) != 2 + (sys.argv[1] == "integration"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    if shutil.which("node") is None or not gateway.has_packages():
        print("node or the npm packages are missing: run script/test", file=sys.stderr)
        return 77
    return unit() if sys.argv[1] == "unit" else integration(sys.argv[2])


if __name__ == "__main__":
    sys.exit(main())
