import { useMemo, useState } from "preact/hooks";
import type { ApiError } from "../api/client.ts";
import type { ListAnswer, Position, PositionRow } from "../api/types.ts";
import { exactAmount, shortAmount } from "../format/amount.ts";
import { count } from "../format/number.ts";
import { solMint, tokenDecimals } from "../format/quote.ts";
import { span } from "../format/time.ts";
import { sortPositions, turned } from "../state/position_order.ts";
import type { PositionOrder, PositionSort } from "../state/position_order.ts";
import { Choice } from "./choice.tsx";
import { CursorPager } from "./cursor_pager.tsx";
import { Name } from "./name.tsx";
import { Pager } from "./pager.tsx";
import { SortHeader } from "./sort_header.tsx";
import { Empty, Failure, Skeleton } from "./states.tsx";
import { Age, QuoteAmount } from "./values.tsx";

const rowsPerPage = 50;
const statuses = ["all", "open", "closed"] as const;

export interface PositionQuery extends PositionOrder {
  status: (typeof statuses)[number];
  /** Cursors of the pages up to this one. */
  cursors: readonly string[];
}

/** A page of what the API has. */
interface PageProperties {
  answer: ListAnswer<PositionRow> | null;
  error: ApiError | null;
  query: PositionQuery;
  onChange(query: PositionQuery): void;
  onRetry(): void;
}

/** Positions of a wallet: a page of the API's list, or all there are. */
export function PositionTable(x: PageProperties | { positions: readonly Position[] }) {
  return "positions" in x ? <All positions={x.positions} /> : <Page {...x} />;
}

function All({ positions }: { positions: readonly Position[] }) {
  const [order, setOrder] = useState<PositionOrder>({ sortBy: "last_trade_at", order: "desc" });
  const [page, setPage] = useState(1);
  const sorted = useMemo(() => sortPositions(positions, order), [positions, order]);
  if (positions.length === 0)
    return <Empty>No positions.</Empty>;
  const from = (page - 1) * rowsPerPage;
  const sort = (sortBy: PositionSort) => {
    setOrder(turned(order, sortBy));
    setPage(1);
  };
  return (
    <>
      <Table rows={sorted.slice(from, from + rowsPerPage)} order={order} onSort={sort} />
      <Pager page={page} hasMore={from + rowsPerPage < sorted.length} onChange={setPage} />
    </>
  );
}

function Page({ answer, error, query, onChange, onRetry }: PageProperties) {
  const sort = (sortBy: PositionSort) => onChange({ ...query, ...turned(query, sortBy), cursors: [] });
  return (
    <>
      <div class="toolbar tight">
        <Choice label="Status" words={statuses} names={{ all: "All", open: "Open", closed: "Closed" }} value={query.status}
          onChange={(status) => onChange({ ...query, status, cursors: [] })} />
      </div>
      {error && !answer && <Failure error={error} onRetry={onRetry} />}
      {!answer && !error && <Skeleton lines={6} />}
      {answer && answer.data.length === 0 && <Empty>No positions{query.status === "all" ? "" : ` that are ${query.status}`}.</Empty>}
      {answer && answer.data.length > 0 && <Table rows={answer.data} order={query} onSort={sort} />}
      <CursorPager cursors={query.cursors} next={answer?.meta.next ?? null}
        onChange={(cursors) => onChange({ ...query, cursors })} />
    </>
  );
}

interface TableProperties {
  rows: readonly (Position & Partial<PositionRow>)[];
  order: PositionOrder;
  onSort(key: PositionSort): void;
}

function Table({ rows, order, onSort }: TableProperties) {
  const sorted = (key: PositionSort) => ({
    order: order.sortBy === key ? order.order : null,
    onSort: () => onSort(key),
  });
  const plain = { order: null, onSort: null };
  return (
    <div class="table-frame">
      <table>
        <caption class="hidden">Positions</caption>
        <thead>
          <tr>
            <SortHeader name="Token" title="Token" {...plain} />
            <SortHeader name="Realized" title="By average cost, after fees" {...sorted("realized")} />
            <SortHeader name="FIFO" title="Realized, first bought, first sold" from="wider" {...plain} />
            <SortHeader name="Held" title="Tokens that it holds" {...plain} />
            <SortHeader name="Cost" title="What the holding cost" from="wide" {...plain} />
            <SortHeader name="Unrealized" title="The holding at the last price, less its cost" from="wide" {...plain} />
            <SortHeader name="At exit" title="What selling it all now would bring, less its cost" from="wider" {...plain} />
            <SortHeader name="Invested" title="Paid for all it bought" from="wide" {...sorted("invested")} />
            <SortHeader name="Proceeds" title="Got for all it sold" from="wider" {...plain} />
            <SortHeader name="Buys / sells" title="Trades" from="wider" {...plain} />
            <SortHeader name="Hold" title="How long it was held" from="wider" {...plain} />
            <SortHeader name="Last" title="Time since its last trade" {...sorted("last_trade_at")} />
          </tr>
        </thead>
        <tbody>{rows.map((x) => <Row key={`${x.mint}/${x.quote_mint}`} row={x} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ row: x }: { row: Position & Partial<PositionRow> }) {
  const decimals = tokenDecimals(null);
  return (
    <tr>
      <th scope="row" class="token-cell">
        <a href={`/token/${x.mint}`} title={x.mint}>
          <Name name={x.symbol} mint={x.mint} length={12} strong />
          <Name name={x.name} mint="" length={20} />
        </a>
        {x.coverage < 1 && <span class="badge" title="Some of what it sold was never seen bought">partly seen</span>}
      </th>
      <td><QuoteAmount units={x.realized} mint={x.quote_mint} unit={x.quote_mint !== solMint} signed /></td>
      <td class="wider"><QuoteAmount units={x.realized_fifo} mint={x.quote_mint} unit={x.quote_mint !== solMint} signed /></td>
      <td class="number" title={exactAmount(x.units, decimals)}>{shortAmount(x.units, decimals)}</td>
      <td class="wide"><QuoteAmount units={x.cost_basis} mint={x.quote_mint} unit={x.quote_mint !== solMint} /></td>
      <td class="wide"><QuoteAmount units={x.mark} mint={x.quote_mint} unit={x.quote_mint !== solMint} signed /></td>
      <td class="wider"><QuoteAmount units={x.exit} mint={x.quote_mint} unit={x.quote_mint !== solMint} signed /></td>
      <td class="wide"><QuoteAmount units={x.invested} mint={x.quote_mint} unit={x.quote_mint !== solMint} /></td>
      <td class="wider"><QuoteAmount units={x.proceeds} mint={x.quote_mint} unit={x.quote_mint !== solMint} /></td>
      <td class="wider number">{count(x.buys)} / {count(x.sells)}</td>
      <td class="wider number">{span(x.hold_seconds ?? null)}</td>
      <td><Age at={x.last_trade_at} /></td>
    </tr>
  );
}
