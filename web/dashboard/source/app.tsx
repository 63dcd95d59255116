import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { Banners } from "./components/banners.tsx";
import { Header } from "./components/header.tsx";
import { Footer } from "./components/footer.tsx";
import { BoardPage } from "./pages/board_page.tsx";
import { MarketPage } from "./pages/market_page.tsx";
import { NotFoundPage } from "./pages/not_found_page.tsx";
import { SearchPage } from "./pages/search_page.tsx";
import { TokenPage } from "./pages/token_page.tsx";
import { WalletPage } from "./pages/wallet_page.tsx";
import { followLinks, place } from "./router.ts";

interface Route {
  pattern: RegExp;
  page: ComponentType<{ word: string }>;
}

/** The first that matches; `word` is what its parentheses caught. */
const routes: readonly Route[] = [
  { pattern: /^\/()$/, page: () => <MarketPage /> },
  { pattern: /^\/token\/([^/]+)\/?$/, page: ({ word }) => <TokenPage mint={word} key={word} /> },
  { pattern: /^\/wallet\/([^/]+)\/?$/, page: ({ word }) => <WalletPage address={word} key={word} /> },
  { pattern: /^\/(losers|winners)\/?$/, page: ({ word }) => <BoardPage board={word as "losers" | "winners"} key={word} /> },
  { pattern: /^\/search()\/?$/, page: () => <SearchPage /> },
];

export function App() {
  useEffect(() => {
    document.addEventListener("click", followLinks);
    return () => document.removeEventListener("click", followLinks);
  }, []);
  const { path } = place.value;
  return (
    <>
      <a class="skip" href="#content">Skip to content</a>
      <Header />
      <Banners />
      <main id="content" tabIndex={-1}>{pageOf(path)}</main>
      <Footer />
    </>
  );
}

function pageOf(path: string) {
  for (const { pattern, page: Page } of routes) {
    const match = pattern.exec(path);
    if (match)
      return <Page word={decode(match[1] ?? "")} />;
  }
  return <NotFoundPage />;
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word; // not UTF-8: no address either
  }
}
