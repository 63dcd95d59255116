"""Case of script/faults about bytes that are wrong, missing or made up."""

import collections
import contextlib
import json
import random
import subprocess
import time
import urllib.request

import truth
from endpoint_faults import FIRST_SLOT, Endpoint
from fault_lab import Failed
from stream_faults import keys_of, record

PATIENCE_SECONDS = 120


def varint(data, at):
    """A number of protobuf and where the next one begins."""
    result = shift = 0
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 127) << shift
        shift += 7
        if byte < 128 or shift > 63:
            return result, at


def field_of(data, wanted):
    """The last value of a field in a message of protobuf; None when it cannot
    be read, or there is none."""
    at, found = 0, None
    try:
        while at < len(data):
            tag, at = varint(data, at)
            kind = tag & 7
            if kind == 0:
                value, at = varint(data, at)
            elif kind == 2:
                size, at = varint(data, at)
                value = data[at:at + size]
                at += size
            elif kind in (1, 5):
                value = None
                at += 8 if kind == 1 else 4
            else:
                return found
            if tag >> 3 == wanted:
                found = value
    except IndexError:
        return found
    return found


def place_of(message):
    """Slot and index that an update claims for its transaction, or None."""
    update = field_of(message, 4)
    if not isinstance(update, bytes):
        return None
    info = field_of(update, 1)
    index = field_of(info, 5) if isinstance(info, bytes) else None
    return field_of(update, 2), index or 0


def damage(message, others, chance):
    """The message with some of its bytes wrong, missing or made up."""
    kind = chance.randrange(6)
    if kind == 0:
        return message[:chance.randrange(len(message))]
    if kind == 1:
        return chance.randbytes(chance.randrange(len(message) + 1))
    if kind == 2:
        at = chance.randrange(len(message) + 1)
        return (message[:at] + chance.randbytes(chance.randrange(1, 64))
                + message[at:])
    if kind == 3:
        at = chance.randrange(len(message) + 1)
        return message[:at] + chance.choice(others)[at:]
    result = bytearray(message)
    for _ in range(chance.randrange(1, 9)):
        result[chance.randrange(len(result))] ^= 1 << chance.randrange(8)
    return bytes(result)


def framed(message):
    """A message as it stands in a recording."""
    size, head = len(message), bytearray()
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    return bytes(head) + bytes([size]) + message


def hostile_transactions(lab, seed, wanted, share):
    """Damages this share of the transactions of a recording: what the others
    hold is in the journal all the same."""
    chance = random.Random(seed)
    clean, made = record(lab, seed, 6 + wanted // 100, [])
    messages = [x[varint(x, 0)[1]:] for x in truth.messages_of(
        (lab.folder / clean).read_bytes())]
    of_transactions = [i for i, x in enumerate(messages)
                       if x.startswith(b"\x0a\x09pumpscope")]
    chosen = set(chance.sample(of_transactions, min(
        wanted, int(share * len(of_transactions)))))
    others = [messages[i] for i in of_transactions[:200]]
    untouched = {place_of(messages[i]) for i in of_transactions
                 if i not in chosen}
    claimed = set()
    name = f"hostile-{lab.serial()}.geyser"
    with open(lab.folder / name, "wb") as file:
        for i, message in enumerate(messages):
            if i in chosen:
                message = damage(message, others, chance)
                claimed.add(place_of(message))
            file.write(framed(message))
    whole, store = f"whole-{lab.serial()}.db", f"hostile-{lab.serial()}.db"
    lab.replay(whole, clean)
    summary = lab.replay(store, name)
    expected, found = keys_of(lab, whole), keys_of(lab, store)
    lacking = [x for x, signature in expected.items()
               if x[:2] in untouched and x[:2] not in claimed
               and found.get(x) != signature]
    report = lab.verify(store)
    for what, wrong in (
            ("trades of whole transactions lack", len(lacking)),
            ("updates were not counted", len(messages) - summary["run_updates"]),
            ("restarts", summary["run_restarts"]
             + summary["run_entity_restarts"]),
            ("gaps", summary["open_gaps"]),
            ("mismatches", report["mismatches"])):
        if wrong:
            raise Failed(f"seed {seed}: {wrong} {what}: {lacking[:2]} {summary}")
    if len(expected) != made["trades"]:
        raise Failed(f"seed {seed}: {len(expected)} trades without damage")
    for x in (clean, name):
        lab.forget_file(x)
    for x in (whole, store):
        lab.remove(x)
    return {"damaged": len(chosen), "unharmed": len(expected) - len(
        [x for x in expected if x[:2] not in untouched]),
            "malformed": summary["run_malformed_updates"],
            "dead_letters": summary["dead_letters"]}


def hostile_chain(lab, seed, share):
    """Damages slots and block metas, too, and replays the whole recording after
    that: no crash, and states are those of the journal."""
    chance = random.Random(seed)
    clean, _ = record(lab, seed, 12, [])
    messages = [x[varint(x, 0)[1]:] for x in truth.messages_of(
        (lab.folder / clean).read_bytes())]
    others = messages[:200]
    count = 0
    name = f"hostile-{lab.serial()}.geyser"
    with open(lab.folder / name, "wb") as file:
        for message in messages:
            if chance.random() < share:
                message = damage(message, others, chance)
                count += 1
            file.write(framed(message))
    store = f"hostile-{lab.serial()}.db"
    for recording in (name, clean):
        summary = lab.replay(store, recording)
        if summary["run_restarts"] or summary["run_entity_restarts"]:
            raise Failed(f"seed {seed}: restarts: {summary}")
    report = lab.verify(store)
    if report["mismatches"] or report["max_jpos"] != (
            report["trades"] + report["token_events"]):
        raise Failed(f"seed {seed}: {report}")
    for x in (clean, name):
        lab.forget_file(x)
    lab.remove(store)
    return {"damaged": count}


def hostile_answers(lab, seed, wanted):
    """Damages answers of an RPC server: an error that names the file, or what
    is left of the block; never a crash."""
    chance = random.Random(seed)
    arguments = ["--seed", seed, "--rate", 20, "--slots", 8, "--rpc-listen",
                 "127.0.0.1:0"]
    with contextlib.closing(Endpoint(lab, arguments)) as server:
        answers = fetch_blocks(server)
    kinds = {0: 0, 1: 0}
    for _ in range(wanted):
        (lab.folder / "answer.json").write_bytes(
            damage(chance.choice(answers), answers, chance))
        done = subprocess.run(
            lab.command("decode", "answer.json"), cwd=lab.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS)
        named = done.returncode == 0 or "answer.json" in done.stderr
        if done.returncode not in kinds or not named:
            (lab.folder / "answer.json").rename(lab.folder / "crash.json")
            raise Failed(f"decode ended with {done.returncode}: "
                         f"{done.stderr[-500:]}; see crash.json")
        kinds[done.returncode] += 1
    return {"damaged": wanted, "answers_refused": kinds[1]}


def fetch_blocks(server):
    """Whole answers of the simulator about blocks with transactions."""
    answers = []
    end = time.monotonic() + 20
    slot = FIRST_SLOT
    while len(answers) < 4 and time.monotonic() < end:
        question = {"jsonrpc": "2.0", "id": 1, "method": "getBlock", "params": [
            slot, {"encoding": "base64", "transactionDetails": "full",
                   "maxSupportedTransactionVersion": 0, "rewards": False}]}
        request = urllib.request.Request(
            server.rpc_url, json.dumps(question).encode(),
            {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        if b'"transactions"' in text:
            answers.append(text)
            slot += 1
        # On a busy machine the market may have gone on too far already.
        elif b"skipped" in text or b"cleaned up" in text:
            slot += 1
        else:
            time.sleep(0.2)
    if not answers:
        raise Failed(f"the simulator answers with no blocks: {text[:300]}")
    return answers


def hostile(lab, chance):
    """Updates and RPC answers with bytes that are wrong, missing or made up: no
    crash, all counted, every trade of an update that was left alone is there;
    2,000 in the short form, 100,000 in the long one."""
    wanted = lab.wanted(2_000, 100_000)
    sums = collections.Counter()
    sums.update(hostile_answers(lab, chance.randrange(1, 1 << 30),
                                max(50, wanted // 50)))
    seed = first = chance.randrange(1, 1 << 30)
    while sums["damaged"] < wanted:
        if (seed - first) % 5 == 4:
            sums.update(hostile_chain(lab, seed, 0.1))
        else:
            sums.update(hostile_transactions(
                lab, seed, min(2_000, wanted - sums["damaged"]),
                chance.choice([0.05, 0.3, 0.8])))
        seed += 1
    return {"first_seed": first, "rounds": seed - first, **sums}


HOSTILE_CASES = {"hostile": hostile}
