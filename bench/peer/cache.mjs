// What goes to Redis for a batch of trades: one pipeline.

import { load } from "./packages.mjs";

const { default: Redis } = load("ioredis");

export function connect(url) {
  return new Redis(url);
}

/// The cache of the original plan: eight commands a trade.
export function write_all(redis, trades) {
  const pipeline = redis.pipeline();
  for (const x of trades) {
    const key = `token:${x.mint}`;
    const minute = Math.floor(x.time / 60) * 60_000;
    pipeline.hset(key, {
      latest_price_sol: x.price.toString(),
      latest_price_usd: x.price_usd.toString(),
      latest_market_cap: x.market_cap_usd.toString(),
      last_trade_at: new Date(x.time * 1e3).toISOString(),
      last_trade_type: x.side,
    });
    pipeline.hincrby(`${key}:24h`, "trade_count", 1);
    pipeline.hincrbyfloat(`${key}:24h`, "volume_usd", x.volume_usd);
    pipeline.zadd(`${key}:prices`, minute,
      JSON.stringify({ t: minute, p: x.price_usd, v: x.volume_usd }));
    pipeline.zremrangebyscore(`${key}:prices`, "-inf", minute - 86_400_000);
    pipeline.zadd("tokens:by_volume", x.volume_usd, x.mint);
    pipeline.zadd("tokens:by_mcap", x.market_cap_usd, x.mint);
    pipeline.publish(`trade:${x.mint}`, JSON.stringify(x));
  }
  return execute(pipeline);
}

/// Only the publications.
export function publish(redis, trades) {
  const pipeline = redis.pipeline();
  for (const x of trades) pipeline.publish(`trade:${x.mint}`, JSON.stringify(x));
  return execute(pipeline);
}

async function execute(pipeline) {
  for (const [error] of await pipeline.exec()) if (error) throw error;
}
