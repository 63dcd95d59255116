#!/usr/bin/env python3
"""Real servers for tests, on free loopback ports, in a folder of their own.

Usage: script/lib/servers.py COMMAND…

Starts PostgreSQL and Redis, runs the command with PUMPSCOPE_TEST_POSTGRES and
PUMPSCOPE_TEST_REDIS in its environment, and stops what it started. The exit
code is the command's.
"""

import atexit
import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE_SECONDS = 60
END_OF_ANSWER = "-- end of answer"


def exit_when_terminated():
    """Makes SIGTERM end this process as an exception does: what it started
    stops, its folders go."""

    def leave(number, _):
        # Whoever asks twice must not interrupt the cleaning up.
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    # One that was just being started when the signal came: nobody has it.
    atexit.register(end_children)


def end_children():
    """Kills the processes that this one started and still has."""
    try:
        listed = Path("/proc/thread-self/children").read_text(encoding="ascii")
    except OSError:
        return
    for pid in map(int, listed.split()):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def remove_folder(folder):
    """Removes a folder into which a process that was killed may still write."""
    end = time.monotonic() + PATIENCE_SECONDS
    while folder.exists() and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def account():
    """Who runs the servers: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def new_folder(prefix, parent=None):
    """A folder for a server; whoever has it removes it. Until somebody does, a
    signal does not leave it behind."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        atexit.register(remove_folder, folder)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return folder


class Postgres:
    """A PostgreSQL server whose data goes with the object."""

    def __init__(self, settings=(), parent=None):
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not programs:
            raise SystemExit("servers: PostgreSQL is not installed")
        self.programs = Path(programs[-1])
        self.settings = list(settings)
        self.folder = new_folder("pumpscope-postgres-", parent)
        self.process = None
        # Of `poll`: those that nobody asks just now. As many as threads ever
        # asked at the same time.
        self.sessions = []
        self.port = free_port()
        self.url = f"postgresql://pumpscope@127.0.0.1:{self.port}/postgres"
        try:
            if os.geteuid() == 0:
                shutil.chown(self.folder, "postgres", "postgres")
            self._run("initdb", "--no-sync", "-A", "trust", "-U", "pumpscope",
                      "-E", "UTF8", "--locale=C", "-D", self.folder / "data")
            self.start()
        except BaseException:
            # Nobody has the object that could be closed.
            self.close()
            raise

    def _run(self, program, *arguments):
        with open(self.folder / "setup.log", "ab") as log:
            subprocess.run([self.programs / program, *arguments], check=True,
                           stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                           cwd=self.folder, **account())

    def start(self):
        """Starts the server and waits until it answers. What a killed one
        left behind may take a moment to go."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self._launch():
            if time.monotonic() > end:
                log = (self.folder / "server.log").read_text(errors="replace")
                raise SystemExit("servers: PostgreSQL does not start:\n"
                                 + log[-2000:])
            time.sleep(0.1)

    def _launch(self):
        """Starts the server; tells whether it answers before it ends."""
        settings = ["listen_addresses=127.0.0.1", f"port={self.port}",
                    f"unix_socket_directories={self.folder}", *self.settings]
        command = [self.programs / "postgres", "-D", self.folder / "data"]
        for setting in settings:
            command += ["-c", setting]
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, **account())
        while self.process.poll() is None:
            if self.answers():
                return True
            time.sleep(0.05)
        return False

    def answers(self):
        """Tells whether the server takes connections."""
        return subprocess.run(
            [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p",
             str(self.port)], check=False).returncode == 0

    def stop(self, how=signal.SIGINT):
        """Ends the server: SIGINT = fast, SIGQUIT = immediate, or SIGKILL,
        which its children notice in their own time."""
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(PATIENCE_SECONDS)
        self.process = None

    def query(self, sql, url=None):
        """Returns rows as lines, columns with |; nothing without rows."""
        return subprocess.run(
            [self.programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql,
             url or self.url], check=True, stdin=subprocess.DEVNULL,
            capture_output=True, text=True).stdout.strip()

    def poll(self, sql):
        """As `query`, for one statement that is asked again and again: the
        session stays. Whatever breaks it is a CalledProcessError."""
        try:
            session = self.sessions.pop()
        except IndexError:
            session = subprocess.Popen(
                [self.programs / "psql", "-X", "-q", "-A", "-t", "-v",
                 "ON_ERROR_STOP=1", self.url], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        lines = []
        with contextlib.suppress(BrokenPipeError):
            session.stdin.write(f"{sql};\n\\echo {END_OF_ANSWER}\n")
            session.stdin.flush()
        for line in session.stdout:
            if line.strip() == END_OF_ANSWER:
                self.sessions.append(session)
                return "".join(lines).strip()
            lines.append(line)
        with contextlib.suppress(BrokenPipeError), session:
            session.kill()
        raise subprocess.CalledProcessError(session.returncode, "psql")

    def close(self):
        for session in self.sessions:
            with session:
                session.kill()
        self.stop(signal.SIGQUIT)
        remove_folder(self.folder)


class Redis:
    """A Redis server without persistence, whose data goes with the object."""

    def __init__(self, settings=()):
        if shutil.which("redis-server") is None:
            raise SystemExit("servers: redis-server is not installed")
        self.settings = [x for pair in settings for x in pair]
        self.folder = new_folder("pumpscope-redis-")
        self.process = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        """Starts the server and waits until it answers."""
        command = ["redis-server", "--bind", "127.0.0.1", "--port",
                   str(self.port), "--save", "", "--appendonly", "no",
                   "--dir", self.folder, *self.settings]
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder)
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                log = (self.folder / "server.log").read_text(errors="replace")
                raise SystemExit("servers: Redis does not start:\n"
                                 + log[-2000:])
            time.sleep(0.02)

    def answers(self):
        """Tells whether the server takes commands."""
        done = subprocess.run(
            ["redis-cli", "-p", str(self.port), "PING"], check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.stdout.strip() == "PONG"

    def stop(self, how=signal.SIGTERM):
        """Ends the server; with SIGKILL nobody is told."""
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(PATIENCE_SECONDS)
        self.process = None

    def restart(self, how=signal.SIGKILL):
        """Ends the server and starts an empty one on the same port."""
        self.stop(how)
        self.start()

    def command(self, *words):
        """Runs one command; returns what redis-cli prints: lines."""
        return subprocess.run(
            ["redis-cli", "-p", str(self.port), *map(str, words)], check=True,
            stdin=subprocess.DEVNULL, capture_output=True,
            text=True).stdout.rstrip("\n")

    def close(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    exit_when_terminated()
    # What a test loses with the machine, it does not miss.
    postgres = Postgres(["fsync=off", "synchronous_commit=off",
                         "full_page_writes=off"])
    redis = None
    try:
        redis = Redis()
        environment = dict(os.environ, PUMPSCOPE_TEST_POSTGRES=postgres.url,
                           PUMPSCOPE_TEST_REDIS=redis.url)
        return subprocess.run(sys.argv[1:], check=False,
                              env=environment).returncode
    finally:
        if redis is not None:
            redis.close()
        postgres.close()


if __name__ == "__main__":
    sys.exit(main())
