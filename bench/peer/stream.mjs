// Updates of a Yellowstone server, by either client of Node.

import path from "node:path";

import * as events from "./events.mjs";
import { load, project } from "./packages.mjs";

const message_bytes_max = 64 << 20;

const transactions = {
  pump: {
    vote: false,
    failed: false,
    accountInclude: events.programs.map((x) => x.address),
    accountExclude: [],
    accountRequired: [],
  },
};

/// grpc-js with the proto file, loaded at run time.
function subscribe_grpc_js(endpoint) {
  const grpc = load("@grpc/grpc-js");
  const definition = load("@grpc/proto-loader").loadSync("geyser.proto", {
    includeDirs: [path.join(project, "proto")],
    keepCase: false,
    longs: String,
    bytes: Buffer,
    defaults: true,
    oneofs: true,
  });
  const { geyser } = grpc.loadPackageDefinition(definition);
  const client = new geyser.Geyser(
    endpoint, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": message_bytes_max,
      "grpc.keepalive_time_ms": 30_000,
    });
  const stream = client.Subscribe();
  stream.write({ transactions, commitment: 0 });
  return { stream, close: () => stream.cancel() };
}

/// The official client, which has a native part.
async function subscribe_triton(endpoint) {
  const { default: Client } = load("@triton-one/yellowstone-grpc");
  const client = new Client(`http://${endpoint}`, undefined, {
    grpcMaxDecodingMessageSize: message_bytes_max,
  });
  await client.connect();
  const stream = await client.subscribe({
    accounts: {},
    slots: {},
    transactions,
    transactionsStatus: {},
    entry: {},
    blocks: {},
    blocksMeta: {},
    accountsDataSlice: [],
    commitment: 0,
  });
  return { stream, close: () => stream.destroy() };
}

export async function subscribe(client, endpoint) {
  if (client === "grpc-js") return subscribe_grpc_js(endpoint);
  if (client === "triton") return subscribe_triton(endpoint);
  throw new Error(`--client is grpc-js or triton, not ${client}`);
}
