#!/usr/bin/env python3
"""Parts of the fault lab on their own: what one case in many would need to show
them wrong.

Usage: tests/faults/lab_parts.py
"""

import sys
import threading
import unittest
from pathlib import Path
from subprocess import CalledProcessError
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "script/lib"))
import cluster_faults  # noqa: E402 (its folder is not a package)
import servers  # noqa: E402

CLIENTS = ("SELECT count(*) FROM pg_stat_activity "
           "WHERE backend_type = 'client backend'")


class Sessions(unittest.TestCase):
    """Of Postgres.poll."""

    def setUp(self):
        self.postgres = servers.Postgres()
        self.addCleanup(self.postgres.close)

    def test_threads_in_turn_share_one(self):
        for _ in range(20):
            asks = threading.Thread(target=self.postgres.poll, args=["SELECT 1"])
            asks.start()
            asks.join()
        self.assertEqual(self.postgres.poll(CLIENTS), "1")

    def test_one_that_broke_is_not_used_again(self):
        self.postgres.poll("SELECT 1")
        self.postgres.stop()
        self.postgres.start()
        with self.assertRaises(CalledProcessError):
            self.postgres.poll("SELECT 1")
        self.assertEqual(self.postgres.poll("SELECT 1"), "1")


class Upgrade(unittest.TestCase):
    """Of cluster_upgrade: the line it prints."""

    def upgrade(self, sequencers):
        """The line of an upgrade in which these have the sequencer, one for
        each node that is drained."""
        nodes = mock.MagicMock()
        nodes.nodes = dict.fromkeys("abc")
        # exchange_all asks once for its order.
        nodes.sequencer.side_effect = ["a", *sequencers]
        nodes.lab.run.return_value = "pumpscope 1"
        lab = mock.MagicMock(short=True)
        lab.wanted.return_value = 1
        chance = mock.MagicMock()
        chance.sample.side_effect = lambda names, _: list(names)
        chance.choice.return_value = True
        cluster = mock.MagicMock()
        cluster.return_value.__enter__.return_value = (nodes, None, {"holes": 0})
        with mock.patch.multiple(
                cluster_faults, cluster=cluster, drain=lambda *_: 2.0,
                start_as=mock.DEFAULT, same_answers=mock.DEFAULT,
                stream_of=mock.DEFAULT, raise_store=mock.DEFAULT,
                longest_pause=lambda *_: 1.0,
                builds_of=lambda _: dict.fromkeys("abc", "1")):
            return cluster_faults.cluster_upgrade(lab, chance)

    def test_the_sequencer_is_wherever_one_is_drained(self):
        line = self.upgrade(["a", "b", "c"])
        self.assertEqual(line["handed_over_seconds_max"], 2.0)
        self.assertEqual(line["given_away_seconds_max"], 0)

    def test_it_is_elsewhere(self):
        line = self.upgrade(["c", "c", "a"])
        self.assertEqual(line["given_away_seconds_max"], 2.0)
        self.assertEqual(line["handed_over_seconds_max"], 0)


if __name__ == "__main__":
    unittest.main()
