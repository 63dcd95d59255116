// Metrics for Prometheus, named as docs/reference/gateway.md lists them. Never a
// mint, a wallet or an address of a client as a label.

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

/** A registry of its own, so that a process may hold several gateways. */
export function make_metrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "pumpscope_gateway_" });
  /** @param {string} name @param {string} help @param {string[]} labelNames */
  const counter = (name, help, labelNames = []) =>
    new Counter({ name: `pumpscope_gateway_${name}_total`, help, labelNames, registers: [registry] });
  /** @param {string} name @param {string} help */
  const gauge = (name, help) =>
    new Gauge({ name: `pumpscope_gateway_${name}`, help, registers: [registry] });
  return {
    registry,
    clients: gauge("clients", "Socket.IO clients"),
    clients_behind: gauge("clients_behind", "Clients that read too slowly at the moment"),
    subscriptions: gauge("graphql_subscriptions", "GraphQL subscriptions"),
    rooms: gauge("rooms", "Rooms, also those that nobody is in for the moment"),
    channels: gauge("channels", "Redis channels that are subscribed"),
    redis_up: gauge("redis_up", "1 while the subscriptions in Redis stand"),
    messages: counter("redis_messages", "Messages from Redis that were passed on", ["type"]),
    refused: counter("redis_messages_dropped", "Messages from Redis that were not passed on", ["reason"]),
    holes: counter("holes", "Times that messages were missing", ["reason"]),
    snapshots: counter("snapshots", "Snapshots that were fetched", ["kind", "result"]),
    left_out: counter("client_messages_dropped", "Messages that a slow client did not get", ["event"]),
    cut: counter("clients_disconnected", "Clients that the gateway disconnected", ["reason"]),
    requests: counter("client_events", "Requests of Socket.IO clients", ["event", "result"]),
    http: counter("http_requests", "HTTP requests", ["route", "code"]),
    cache: counter("api_cache", "Answers from the cache, or not", ["result"]),
    api: new Histogram({
      name: "pumpscope_gateway_api_seconds",
      help: "Calls of the node's API",
      labelNames: ["code"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [registry],
    }),
  };
}

/** @typedef {ReturnType<typeof make_metrics>} Metrics */
