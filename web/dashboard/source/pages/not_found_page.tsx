import { Empty } from "../components/states.tsx";
import { noFeed, useLive } from "../state/live.ts";
import { useTitle } from "../state/title.ts";

export function NotFoundPage() {
  useTitle("Not found");
  useLive([], noFeed);
  return (
    <>
      <h1>Not found</h1>
      <Empty>There is no page at this address. <a href="/">Go to the market</a>.</Empty>
    </>
  );
}
