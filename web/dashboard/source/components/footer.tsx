import { moment } from "../format/time.ts";
import { hasConsole } from "../state/console.ts";
import { chainNow } from "../state/session.ts";

export function Footer() {
  return (
    <footer class="frame-footer">
      <span>Chain time {moment(chainNow.value)}</span>
      {hasConsole.value && <a href="/console">Console of the node</a>}
      <span>
        Charts by{" "}
        <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">TradingView</a>
        {" "}Lightweight Charts
      </span>
    </footer>
  );
}
