#!/usr/bin/env python3
"""How long does a message take from Redis to the clients of a gateway?

Usage: driver.py --build FOLDER [--smoke] [--rate N] [--seconds N]
                 [--clients N] [--tokens N]

  --build FOLDER   as script/bench gives it; nothing of it is needed
  --smoke          a short round: shows only that it runs
  --rate N         messages per second (1,000)
  --seconds N      how long they are measured, behind 2 s of warm-up (20)
  --clients N      Socket.IO clients, each in the rooms of two tokens (100)
  --tokens N       tokens that the messages are about, in turn (50)

Starts Redis, a gateway, and load.mjs, which publishes and receives; ends them.
Prints one JSON line, README.md says what the figures are; exit code 1 when a
client missed something.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "script" / "lib"))
import gateway  # noqa: E402 (its folder is not a package)
import servers  # noqa: E402


def main():
    parser = argparse.ArgumentParser(
        usage=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build")
    parser.add_argument("--smoke", action="store_true")
    for name, value in (("rate", 1000), ("seconds", 20), ("clients", 100), ("tokens", 50)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    if options.smoke:
        options.seconds, options.clients = 2, 20
    if shutil.which("node") is None or not gateway.has_packages():
        print(json.dumps({"skipped": "node or the npm packages are missing: run script/test"}))
        return 0
    servers.exit_when_terminated()
    redis = servers.Redis()
    try:
        return subprocess.run(
            ["node", Path(__file__).parent / "load.mjs", redis.url, str(options.rate),
             str(options.seconds), str(options.clients), str(options.tokens)],
            stdin=subprocess.DEVNULL, check=False, cwd=ROOT).returncode
    finally:
        redis.close()


if __name__ == "__main__":
    sys.exit(main())
