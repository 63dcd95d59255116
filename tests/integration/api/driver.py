#!/usr/bin/env python3
"""Tests a node with the built-in simulator from outside.

Usage: driver.py api PROGRAM          its answers: api_test.mjs
       driver.py dashboard PROGRAM    its pages, in a browser
       driver.py console PROGRAM      its console, in a browser: console_test.mjs
       driver.py restart PROGRAM      a page while its node restarts: restart_test.mjs

Exit code 77 when node, npm packages or the browser are missing.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
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


@contextlib.contextmanager
def serving_node(program, *options):
    """A node that serves, with these options besides; gives where."""
    with tempfile.TemporaryDirectory(prefix="pumpscope-api-") as folder:
        log = Path(folder) / "log"
        words = [program, "run", "--store", f"sqlite:{folder}/store.db", "--http", "127.0.0.1:0",
                 "--rate-limit", "0", "--rate", "200", "--price", "fixed:150", *options]
        with open(log, "wb") as out, subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=out) as node:
            try:
                yield address_of(log, node)
            finally:
                node.send_signal(signal.SIGTERM)
                node.wait(PATIENCE_SECONDS)


def run(command, **environment):
    """Runs it in the root of the project; returns its exit code."""
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False,
                          timeout=4 * PATIENCE_SECONDS,
                          env={**os.environ, **environment}).returncode


def test_api(program):
    if shutil.which("node") is None or not (PACKAGES / "node_modules" / "ajv").is_dir():
        print("node or the npm packages are missing: run script/test", file=sys.stderr)
        return 77
    with serving_node(program) as address:
        return run(["node", "--test", Path(__file__).with_name("api_test.mjs")],
                   PUMPSCOPE_TEST_API=address, PUMPSCOPE_TEST_PACKAGES=str(PACKAGES))


def test_dashboard(program):
    with serving_node(program) as address:
        await_losers(address)
        return run([ROOT / "web" / "dashboard" / "tests" / "run", "browser"],
                   DASHBOARD_URL=f"http://{address}")


def test_console(program):
    token = secrets.token_urlsafe()
    with tempfile.NamedTemporaryFile("w", prefix="pumpscope-token-") as file:
        file.write(f"{token}\n")
        file.flush()
        with serving_node(program, "--console-token-file", file.name) as address:
            await_losers(address)
            return run(["node", "--test-reporter=spec", Path(__file__).with_name("console_test.mjs")],
                       DASHBOARD_URL=f"http://{address}", PUMPSCOPE_TEST_CONSOLE_TOKEN=token,
                       DASHBOARD_RESULTS=str(ROOT / "build" / "test" / "console"))


def test_restart(program):
    return run(["node", "--test-reporter=spec", Path(__file__).with_name("restart_test.mjs")],
               PUMPSCOPE_TEST_PROGRAM=str(Path(program).resolve()),
               DASHBOARD_RESULTS=str(ROOT / "build" / "test" / "dashboard"))


def await_losers(address):
    """The pages have something to show once somebody lost something."""
    end = time.monotonic() + PATIENCE_SECONDS
    url = f"http://{address}/api/v1/leaderboards/losers?window=all"
    while time.monotonic() < end:
        # 503 while the node is starting.
        with contextlib.suppress(urllib.error.HTTPError), \
                urllib.request.urlopen(url, timeout=10) as answer:
            if json.load(answer)["data"]:
                return
        time.sleep(0.1)
    sys.exit("nobody lost anything")


def main():
    tests = {"api": test_api, "dashboard": test_dashboard, "console": test_console,
             "restart": test_restart}
    if len(sys.argv) != 3 or sys.argv[1] not in tests:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    servers.exit_when_terminated()
    return tests[sys.argv[1]](sys.argv[2])


if __name__ == "__main__":
    sys.exit(main())
