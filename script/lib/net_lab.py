"""Nodes on machines of their own, as far as the network goes: a namespace for
each, and one between all of them that can cut what goes through it."""

import contextlib
import os
import socket
import subprocess
import threading
import time

BLOCK_BYTES = 65_536


class NoNamespaces(Exception):
    """This machine lets us make none."""


def run(*words, check=True):
    return subprocess.run([str(x) for x in words], check=check,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)


class NetLab:
    """Addresses 10.77.0.1 (here) and 10.77.N.2 (node N); all traffic between
    them goes through one namespace, where rules drop what is cut."""

    HERE = "10.77.0.1"

    def __init__(self, count):
        self.prefix = f"ps{os.getpid() % 100_000}"
        self.router = f"{self.prefix}r"
        self.count = count
        self.relays = []
        self.rules = []
        try:
            self._make()
        except (OSError, subprocess.CalledProcessError) as why:
            self.close()
            raise NoNamespaces(str(getattr(why, "stderr", "") or why)) from why

    def _make(self):
        run("ip", "netns", "add", self.router)
        self._in(self.router, "ip", "link", "set", "lo", "up")
        self._in(self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self._join(f"{self.prefix}x", None, "10.77.0.1", "10.77.0.2")
        run("ip", "route", "add", "10.77.0.0/16", "via", "10.77.0.2")
        for i in range(1, self.count + 1):
            name = f"{self.prefix}n{i}"
            run("ip", "netns", "add", name)
            self._in(name, "ip", "link", "set", "lo", "up")
            self._join(f"{self.prefix}v{i}", name, self.address(i),
                       f"10.77.{i}.1")
            self._in(name, "ip", "route", "add", "default", "via",
                     f"10.77.{i}.1")

    def _join(self, link, namespace, near, far):
        """A cable from a namespace (None: here) to the one in the middle."""
        run("ip", "link", "add", link, "type", "veth", "peer", "name",
            link + "r", "netns", self.router)
        if namespace:
            run("ip", "link", "set", link, "netns", namespace)
        here = ["ip", "netns", "exec", namespace] if namespace else []
        run(*here, "ip", "addr", "add", f"{near}/24", "dev", link)
        run(*here, "ip", "link", "set", link, "up")
        self._in(self.router, "ip", "addr", "add", f"{far}/24", "dev",
                 link + "r")
        self._in(self.router, "ip", "link", "set", link + "r", "up")

    def _in(self, namespace, *words, check=True):
        return run("ip", "netns", "exec", namespace, *words, check=check)

    @staticmethod
    def address(number):
        return f"10.77.{number}.2"

    def words(self, number):
        """What stands before a command that runs on the node's machine."""
        return ["ip", "netns", "exec", f"{self.prefix}n{number}"]

    def relay(self, port):
        """Lets nodes reach a server of loopback, at HERE and the same port."""
        self.relays.append(Relay(self.HERE, port))

    def cut(self, source, target):
        """Drops all packets in this direction, without a word."""
        rule = ["from", source, "to", target, "blackhole"]
        self._in(self.router, "ip", "rule", "add", *rule)
        self.rules.append(rule)

    def heal(self):
        for rule in self.rules:
            self._in(self.router, "ip", "rule", "del", *rule)
        self.rules = []

    def close(self):
        for relay in self.relays:
            relay.close()
        for i in range(1, self.count + 1):
            run("ip", "netns", "del", f"{self.prefix}n{i}", check=False)
        run("ip", "netns", "del", self.router, check=False)
        run("ip", "link", "del", f"{self.prefix}x", check=False)


class Relay:
    """Passes connections on to a port of loopback. Each direction has a thread:
    whoever is cut off holds nobody else up."""

    def __init__(self, host, port, own_port=None):
        """`own_port`: where it listens, if not at the same; 0 = at any."""
        self.target = ("127.0.0.1", port)
        self.server = socket.create_server(
            (host, port if own_port is None else own_port))
        self.port = self.server.getsockname()[1]
        # Of all that passes, in each direction.
        self.delay_seconds = 0
        self.open = set()
        self._spawn(self._accept)

    @staticmethod
    def _spawn(what, *arguments):
        threading.Thread(target=what, args=arguments, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.server.accept()
                try:
                    other = socket.create_connection(self.target, timeout=5)
                except OSError:
                    client.close()
                    continue
                other.settimeout(None)
                self.open |= {client, other}
                self._spawn(self._copy, client, other)
                self._spawn(self._copy, other, client)

    def _copy(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(BLOCK_BYTES):
                time.sleep(self.delay_seconds)
                target.sendall(data)
        for x in (source, target):
            with contextlib.suppress(OSError):
                x.shutdown(socket.SHUT_RDWR)
        self.open.discard(source)
        source.close()

    def close(self):
        for x in (self.server, *self.open):
            with contextlib.suppress(OSError):
                x.shutdown(socket.SHUT_RDWR)
            x.close()
