"""Nodes that a benchmark asks by HTTP."""

import contextlib
import json
import re
import time
import urllib.request

from programs import PATIENCE_SECONDS, Failed, Program

ANSWER_SECONDS = 10


class Node(Program):
    """`pumpscope run` with a server of HTTP."""

    def __init__(self, program, folder, name, *words):
        super().__init__([program, "run", "--http", "127.0.0.1:0", *words],
                         folder, name)
        try:
            line = self.await_text("run: store")
            self.host, port = re.findall(r"http://([\d.]+):(\d+)", line)[-1]
            self.port = int(port)
        except BaseException:
            # Nobody has the object that could be closed.
            self.close()
            raise

    def text(self, path):
        url = f"http://{self.host}:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:
            return answer.read().decode()

    def data(self, path):
        """`data` of an answer of /api/v1."""
        return json.loads(self.text(f"/api/v1{path}"))["data"]

    def metrics(self):
        """Metrics without labels."""
        return {name: float(value) for name, value in re.findall(
            r"^(\w+) (\S+)$", self.text("/metrics"), re.MULTILINE)}


class HttpNode(Node):
    """One that reads a simulated market by gRPC; it is ready when it has stored
    trades."""

    def __init__(self, program, folder, endpoint, *words):
        super().__init__(program, folder, "node", "--endpoint", endpoint,
                         "--rate-limit", 0, *words)
        try:
            self._await_trades()
        except BaseException:
            self.close()
            raise

    def _await_trades(self):
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            self.check()
            with contextlib.suppress(OSError):
                if self.trades() > 0:
                    return
            time.sleep(0.1)
        raise Failed("the node has no trades")

    def trades(self):
        """How many it has counted until now."""
        return self.metrics().get("pumpscope_trades_total", 0)


@contextlib.contextmanager
def simulated_node(program, folder, market, words):
    """A node and its simulator; `market` and `words` are their options."""
    with contextlib.closing(Program(
            [program, "simulate", "--listen", "127.0.0.1:0", *market], folder,
            "simulator")) as simulator:
        endpoint = simulator.await_text("http://").split(" at ")[1]
        with contextlib.closing(
                HttpNode(program, folder, endpoint, *words)) as node:
            yield node, simulator


def end_well(node):
    """Ends a node; fails when it does not end as it should."""
    code, _ = node.end()
    if code != 0:
        raise Failed(f"the node ended with {code}: " + node.log_text()[-800:])


def watch(seconds, *programs):
    """Lets time go by; fails when a program ends meanwhile."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for x in programs:
            x.check()
        time.sleep(min(left, 0.2))


def percentile(values, share):
    """Of sorted values; None when there are none."""
    return values[int((len(values) - 1) * share)] if values else None
