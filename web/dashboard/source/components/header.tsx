import { place } from "../router.ts";
import { currency, toggleCurrency } from "../state/currency.ts";
import { theme, toggleTheme } from "../state/theme.ts";
import { SearchBox } from "./search_box.tsx";

const links: readonly [string, string][] = [
  ["/", "Market"],
  ["/losers", "Losers"],
  ["/winners", "Winners"],
];

export function Header() {
  const { path } = place.value;
  return (
    <header class="frame-header">
      <a class="brand" href="/" aria-label="pumpscope, market">
        <Logo />
        <span>pumpscope</span>
      </a>
      <nav aria-label="Pages">
        {links.map(([address, name]) => (
          <a key={address} href={address} aria-current={path === address ? "page" : undefined}>{name}</a>
        ))}
      </nav>
      <SearchBox />
      <div class="switches">
        <button type="button" class="quiet" onClick={toggleCurrency} aria-label={`Values in ${currency.value === "usd" ? "dollars" : "SOL"}; switch`}>
          {currency.value === "usd" ? "USD" : "SOL"}
        </button>
        <button type="button" class="quiet" onClick={toggleTheme} aria-label={`Switch to ${theme.value === "dark" ? "light" : "dark"} theme`}>
          {theme.value === "dark" ? <Moon /> : <Sun />}
        </button>
      </div>
    </header>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path class="wick" d="M5 4v16M12 2v20M19 5v14" />
      <path class="up" d="M3 8h4v8H3zM17 8h4v7h-4z" />
      <path class="down" d="M10 6h4v11h-4z" />
    </svg>
  );
}

function Moon() {
  return (
    <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
      <path fill="currentColor" d="M13.5 10.2A6 6 0 0 1 5.8 2.5a6 6 0 1 0 7.7 7.7z" />
    </svg>
  );
}

function Sun() {
  return (
    <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
      <circle cx="8" cy="8" r="3" fill="currentColor" />
      <path stroke="currentColor" stroke-width="1.4" stroke-linecap="round" d="M8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6L13 13M3 13l1.4-1.4M11.6 4.4L13 3" />
    </svg>
  );
}
