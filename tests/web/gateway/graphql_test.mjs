import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connection } from "../../../web/gateway/graphql.mjs";
import { cost_max, depth_max, limit_error, measure } from "../../../web/gateway/query-limits.mjs";
import { load } from "./packages.mjs";
import { mint } from "./samples.mjs";

const { buildSchema, getOperationAST, parse, validate } = load("graphql");
const schema = buildSchema(readFileSync(new URL("../../../web/gateway/schema.graphql", import.meta.url), "utf8"));

function measured(text, variables = {}) {
  const document = parse(text);
  assert.deepEqual(validate(schema, document), []);
  return measure(schema, document, getOperationAST(document), variables);
}

test("cost is what is asked for, times the lists around it", () => {
  const one = measured(`{ token(mint: "${mint}") { name } }`);
  assert.deepEqual(one, { depth: 2, cost: 52 });
  const list = measured(`{ leaderboard(first: 10) { rank wallet } }`);
  assert.equal(list.cost, 51 + 10 * 2);
  const page = measured(`{ tokens(first: 10) { edges { node { mint } } } }`);
  assert.equal(page.cost, 51 + 10 * 3);
  assert.equal(page.depth, 4);
});

test("variables and defaults count as much as what stands in the text", () => {
  const text = "query ($n: Int) { leaderboard(first: $n) { rank } }";
  assert.equal(measured(text, { n: 7 }).cost, 51 + 7);
  assert.equal(measured(text).cost, 51 + 100);
});

test("aliases and fragments hide nothing", () => {
  const alias = measured(`{ ${Array.from({ length: 200 }, (_, i) => `a${i}: token(mint: "${mint}") { name }`).join(" ")} }`);
  assert.ok(limit_error(alias));
  // Each spreads the one before twice: 2^20 fields in 20 lines.
  const bomb = `{ token(mint: "${mint}") { ...f20 } } fragment f0 on Token { name }
    ${Array.from({ length: 20 }, (_, i) => `fragment f${i + 1} on Token { ...f${i} ...f${i} }`).join("\n")}`;
  assert.ok(measured(bomb).cost > 2 ** 20);
  const inline = measured(`{ ... on Query { token(mint: "${mint}") { ... { name } } } }`);
  assert.deepEqual(inline, { depth: 2, cost: 52 });
});

test("calls inside lists are dear", () => {
  assert.ok(limit_error(measured("{ tokens(first: 100) { edges { node { holders { wallet } } } } }")));
  assert.equal(limit_error(measured("{ tokens(first: 100) { edges { node { mint name price { quote } } } } }")), null);
});

test("the borders of the limits", () => {
  assert.equal(limit_error({ depth: depth_max, cost: cost_max }), null);
  assert.match(limit_error({ depth: depth_max + 1, cost: 0 }).message, /deep/);
  assert.match(limit_error({ depth: 0, cost: cost_max + 1 }).message, /costs/);
});

/** An API with pages over the rows 0 to 9, newest first. */
const pages = (rows) => async (cursor, limit) => {
  const begin = Number(cursor ?? 0);
  const data = rows.slice(begin, begin + limit).map((id) => ({ id }));
  return { data, meta: { next: begin + limit < rows.length ? String(begin + limit) : null } };
};
const ask = (rows, first, after) =>
  connection({ fetch: pages(rows), key: (x) => x.id, first, after, page_max: 100 });
const ids = (x) => x.edges.map((y) => y.node.id);

test("a connection can be read on from every row", async () => {
  const rows = [..."abcdefghij"];
  let after = null;
  const seen = [];
  do {
    const page = await ask(rows, 3, after);
    seen.push(...ids(page));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after);
  assert.deepEqual(seen, rows);
  const first = await ask(rows, 4, null);
  for (const [i, { cursor }] of first.edges.entries())
    assert.deepEqual(ids(await ask(rows, 2, cursor)), rows.slice(i + 1, i + 3));
  // New rows before it move nothing.
  assert.deepEqual(ids(await ask(["new", ...rows], 2, first.edges[1].cursor)), ["c", "d"]);
});

test("cursors that are none are refused", async () => {
  const texts = ["{", "[]", "{}", "null", '{"p":5}', '{"r":"zz"}', `{"p":"${"x".repeat(600)}"}`];
  for (const x of ["x", "!!", ...texts.map((y) => Buffer.from(y).toString("base64url"))])
    await assert.rejects(ask([..."abc"], 2, x), (error) => error.code === "invalid_parameter", x);
});
