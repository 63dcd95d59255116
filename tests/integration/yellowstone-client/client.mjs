// The published Yellowstone client against a server, one call after the other.
//
// Usage: node client.mjs ENDPOINT X_TOKEN FOLDER
//
//   FOLDER   where node_modules with @triton-one/yellowstone-grpc lies
//
// Prints one line of JSON with what was seen; exit code 0 when all of it is as
// it must be, 1 with the reason on stderr when not.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const [endpoint, token, folder] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), "package.json"));
const { default: Client, CommitmentLevel } =
  require("@triton-one/yellowstone-grpc");

const programs = [
  "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P",
  "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA",
];

function request(extra = {}) {
  return {
    accounts: {},
    slots: { slots: {} },
    transactions: {
      pump: {
        vote: false,
        failed: false,
        accountInclude: programs,
        accountExclude: [],
        accountRequired: [],
      },
    },
    transactionsStatus: {},
    blocks: {},
    blocksMeta: { meta: {} },
    entry: {},
    accountsDataSlice: [],
    commitment: CommitmentLevel.PROCESSED,
    ...extra,
  };
}

async function connect(secret) {
  const client = new Client(endpoint, secret, {
    grpcMaxDecodingMessageSize: 64 * 1024 * 1024,
  });
  await client.connect();
  return client;
}

// Collects updates until `enough` says so; rejects when the stream fails.
function collect(stream, enough) {
  return new Promise((resolve, reject) => {
    const seen = [];
    const timer = setTimeout(
      () => reject(new Error(`timeout after ${seen.length} updates`)),
      20_000,
    );
    const done = (f, x) => {
      clearTimeout(timer);
      stream.removeAllListeners();
      // What comes while the stream goes down is nobody's business.
      stream.on("error", () => {});
      stream.destroy();
      f(x);
    };
    stream.on("data", (x) => {
      seen.push(x);
      if (enough(seen)) done(resolve, seen);
    });
    stream.on("error", (x) => done(reject, x));
    stream.on("end", () => done(reject, new Error("the stream ended")));
  });
}

// The client puts the server's words into the chain of causes.
function words(error) {
  const all = [];
  for (let x = error; x; x = x.cause) all.push(String(x.message));
  return all.join(": ");
}

const kinds = (seen) => ({
  transactions: seen.filter((x) => x.transaction).length,
  slots: seen.filter((x) => x.slot).length,
  metas: seen.filter((x) => x.blockMeta).length,
  pings: seen.filter((x) => x.ping).length,
  pongs: seen.filter((x) => x.pong).length,
});

async function check_subscribe(client) {
  const stream = await client.subscribe(request());
  stream.write({ ...request(), ping: { id: 77 } });
  const seen = await collect(stream, (all) => {
    const x = kinds(all);
    return x.transactions >= 40 && x.slots >= 4 && x.metas >= 4 && x.pongs >= 1 && x.pings >= 1;
  });
  assert.equal(seen.find((x) => x.pong).pong.id, 77);
  for (const x of seen.filter((y) => y.transaction)) {
    assert.deepEqual(x.filters, ["pump"]);
    const tx = x.transaction.transaction;
    assert.equal(tx.signature.length, 64);
    assert.equal(tx.meta.err, undefined);
    const keys = tx.transaction.message.accountKeys.length
      + tx.meta.loadedWritableAddresses.length
      + tx.meta.loadedReadonlyAddresses.length;
    assert.equal(tx.meta.preBalances.length, keys);
    assert.ok(tx.meta.logMessages.some((y) => y.startsWith("Program data: ")));
    assert.ok(x.createdAt instanceof Date);
  }
  for (const x of seen.filter((y) => y.blockMeta))
    assert.ok(Number(x.blockMeta.blockTime.timestamp) > 1_700_000_000);
  return seen;
}

async function check_from_slot(client, oldest) {
  const stream = await client.subscribe(request({ fromSlot: String(oldest) }));
  const seen = await collect(stream, (all) => kinds(all).metas >= 3);
  const first = seen.find((x) => x.blockMeta).blockMeta.slot;
  assert.equal(BigInt(first), BigInt(oldest));
  return first;
}

async function check_out_of_range(client) {
  try {
    // The refusal comes at once or as the end of the stream.
    const stream = await client.subscribe(request({ fromSlot: "1" }));
    await collect(stream, () => false);
  } catch (x) {
    assert.match(words(x), /broadcast from 1 is not available, last available: \d+/);
    return words(x);
  }
  throw new Error("an old slot was not refused");
}

async function check_unary(client) {
  const version = await client.getVersion();
  assert.match(version.version, /pumpscope/);
  assert.equal((await client.ping(5)).count, 5);
  const slot = await client.getSlot();
  assert.ok(BigInt(slot.slot) > 0n);
  const confirmed = await client.getSlot(CommitmentLevel.CONFIRMED);
  assert.ok(BigInt(confirmed.slot) <= BigInt(slot.slot));
  const height = await client.getBlockHeight();
  assert.ok(BigInt(height.blockHeight) > 0n);
  const hash = await client.getLatestBlockhash();
  assert.ok(BigInt(hash.lastValidBlockHeight) >= BigInt(height.blockHeight) + 150n);
  assert.equal((await client.isBlockhashValid(hash.blockhash)).valid, true);
  assert.equal(
    (await client.isBlockhashValid("11111111111111111111111111111111")).valid,
    false,
  );
  const replay = await client.subscribeReplayInfo();
  assert.ok(BigInt(replay.firstAvailable) > 0n);
  return { version: version.version, slot: slot.slot, first: replay.firstAvailable };
}

async function check_refused() {
  for (const wrong of [undefined, "wrong"]) {
    const client = await connect(wrong);
    await assert.rejects(client.getVersion(), (x) => /No valid auth token/.test(words(x)));
  }
}

try {
  const client = await connect(token);
  const seen = await check_subscribe(client);
  const unary = await check_unary(client);
  const slot = seen.find((x) => x.blockMeta).blockMeta.slot;
  const replayed = await check_from_slot(client, slot);
  const refusal = await check_out_of_range(client);
  if (token) await check_refused();
  console.log(JSON.stringify({ ...kinds(seen), ...unary, replayed, refusal }));
  process.exit(0);
} catch (x) {
  console.error(x);
  process.exit(1);
}
