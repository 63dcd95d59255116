// Limits of GraphQL operations, known before anything is asked of the node.
//
// Cost: 1 per field, times the length of the lists around it; `call_cost` more
// for each field that asks the node. Fields of introspection cost 1, and are
// not counted as depth (graphql-js has a rule of its own against deep ones).

import { GraphQLError, Kind, getNamedType, isListType, isNonNullType } from "graphql";

export const depth_max = 8;
export const cost_max = 5_000;
export const tokens_max = 1_000;
const call_cost = 50;
const calling = new Set(["Query.token", "Query.tokens", "Query.candles", "Query.trades", "Query.wallet",
  "Query.leaderboard", "Query.search", "Token.holders", "Token.candles", "Token.trades", "Wallet.positions"]);
/** Lists without an argument `first`. */
const unknown_length = 100;

/** @typedef {{ depth: number, cost: number }} Measure */

/** @param {any} type @returns {boolean} */
const is_list = (type) => (isNonNullType(type) ? is_list(type.ofType) : isListType(type));

/**
 * @param {import("graphql").FieldNode} field
 * @param {import("graphql").GraphQLField<any, any>} definition
 * @param {Record<string, any>} variables
 */
function first_of(field, definition, variables) {
  const value = field.arguments?.find((x) => x.name.value === "first")?.value;
  const otherwise = definition.args.find((x) => x.name === "first")?.defaultValue;
  const given = value?.kind === Kind.INT ? Number(value.value)
    : value?.kind === Kind.VARIABLE ? variables[value.name.value] : undefined;
  const first = given ?? otherwise;
  return Number.isInteger(first) && first > 0 ? first : null;
}

/**
 * Depth and cost of the operation that runs. The document is valid: fragments
 * exist and form no cycle.
 * @param {import("graphql").GraphQLSchema} schema
 * @param {import("graphql").DocumentNode} document
 * @param {import("graphql").OperationDefinitionNode} operation
 * @param {Record<string, any>} variables
 * @returns {Measure}
 */
export function measure(schema, document, operation, variables) {
  const fragments = new Map(document.definitions.flatMap((x) =>
    x.kind === Kind.FRAGMENT_DEFINITION ? [[x.name.value, x]] : []));
  /** Each fragment is measured once, however often it is spread. @type {Map<string, Measure>} */
  const measured = new Map();

  /** Null for types of introspection: their fields count 1 each.
   * @param {string} name */
  const type_of = (name) => (name.startsWith("__") ? null : schema.getType(name));

  /** @param {import("graphql").SelectionSetNode} set @param {any} parent @returns {Measure} */
  function of_set(set, parent) {
    let depth = 0;
    let cost = 0;
    for (const selection of set.selections) {
      const one = selection.kind === Kind.FIELD ? of_field(selection, parent)
        : selection.kind === Kind.FRAGMENT_SPREAD ? of_fragment(selection.name.value)
          : of_set(selection.selectionSet, selection.typeCondition
            ? type_of(selection.typeCondition.name.value) : parent);
      depth = Math.max(depth, one.depth);
      cost += one.cost;
    }
    return { depth, cost };
  }

  /** @param {string} name */
  function of_fragment(name) {
    let found = measured.get(name);
    if (!found) {
      const fragment = /** @type {any} */ (fragments.get(name));
      found = of_set(fragment.selectionSet, type_of(fragment.typeCondition.name.value));
      measured.set(name, found);
    }
    return found;
  }

  /** @param {import("graphql").FieldNode} field @param {any} parent @returns {Measure} */
  function of_field(field, parent) {
    const definition = parent?.getFields?.()[field.name.value];
    if (!definition) {
      const inner = field.selectionSet ? of_set(field.selectionSet, null) : { depth: 0, cost: 0 };
      return { depth: 0, cost: 1 + inner.cost };
    }
    const inner = field.selectionSet
      ? of_set(field.selectionSet, getNamedType(definition.type)) : { depth: 0, cost: 0 };
    // A connection has the length, its `edges` are the list.
    const first = first_of(field, definition, variables);
    const times = first ?? (is_list(definition.type) && field.name.value !== "edges" ? unknown_length : 1);
    const own = 1 + (calling.has(`${parent.name}.${field.name.value}`) ? call_cost : 0);
    return { depth: 1 + inner.depth, cost: own + times * inner.cost };
  }

  return of_set(operation.selectionSet, operation.operation === "subscription"
    ? schema.getSubscriptionType() : schema.getQueryType());
}

/**
 * The error for an operation that is beyond the limits, or null.
 * @param {Measure} found
 */
export function limit_error({ depth, cost }) {
  const code = { extensions: { code: "invalid_parameter" } };
  if (depth > depth_max) return new GraphQLError(`the query is ${depth} levels deep; ${depth_max} are allowed`, code);
  if (cost > cost_max) return new GraphQLError(`the query costs ${cost}; ${cost_max} is allowed`, code);
  return null;
}
