"""Processes that a benchmark starts, what they cost, and lines of results."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import servers

# Nothing moves for so long: it will not any more.
PATIENCE_SECONDS = 60
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGESIZE")


class Failed(Exception):
    """A system lost something or did not answer."""


def emit(**row):
    print(json.dumps({k: round(v, 3) if isinstance(v, float) else v
                      for k, v in row.items()}), flush=True)


def run_driver(run):
    """Runs a driver to its end, or to the SIGTERM of whoever started it; returns
    the exit code."""
    servers.exit_when_terminated()
    try:
        run()
    except Failed as x:
        print(f"error: {x}", file=sys.stderr)
        return 1
    return 0


# -- what a process costs -----------------------------------------------------

def stat_seconds(pid, with_ended_children=False):
    """User and system time of a process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text[text.rindex(")") + 2:].split()
    count = 4 if with_ended_children else 2
    return sum(map(int, fields[11:11 + count])) / TICKS_PER_SECOND


def tree_seconds(pid):
    """The same with all children, those that ended too."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return (stat_seconds(pid, with_ended_children=True)
            + sum(stat_seconds(x) for x in children))


def resident_bytes(pid):
    """Memory of a process that is in use."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES


# -- processes ----------------------------------------------------------------

class Program:
    """A process of ours that is killed at the end if it still runs."""

    def __init__(self, words, folder, name, **pipes):
        self.name = name
        self.log = folder / f"{name}.log"
        self.log_file = open(self.log, "wb")
        pipes.setdefault("stderr", self.log_file)
        self.process = subprocess.Popen(
            [str(x) for x in words], cwd=folder, text=True,
            stdin=pipes.pop("stdin", subprocess.DEVNULL),
            stdout=pipes.pop("stdout", self.log_file), **pipes)
        self.pid = self.process.pid
        self.usage = None

    def check(self):
        """Fails when the process has ended."""
        if self.usage is None and self.process.poll() is not None:
            raise Failed(f"{self.name} ended with {self.process.returncode}: "
                         + self.log_text()[-800:])

    def log_text(self):
        return self.log.read_text(errors="replace")

    def await_text(self, text):
        """Waits for a line of the log and returns it."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            for line in self.log_text().splitlines():
                if text in line:
                    return line
            self.check()
            time.sleep(0.02)
        raise Failed(f"{self.name} does not say {text!r}")

    def end(self, how=signal.SIGTERM):
        """Asks it to end; returns exit code and CPU seconds of its life."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, how)
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.usage = usage
                self.process.returncode = os.waitstatus_to_exitcode(status)
                return (self.process.returncode,
                        usage.ru_utime + usage.ru_stime)
            time.sleep(0.02)
        raise Failed(f"{self.name} does not end")

    def close(self):
        if self.usage is None:
            self.process.kill()
            self.process.wait()
        self.log_file.close()
