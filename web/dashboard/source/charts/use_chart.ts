import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import { theme } from "../state/theme.ts";

interface Drawn {
  applyTheme(): void;
  remove(): void;
}

export interface ChartHolder<Chart> {
  element: RefObject<HTMLDivElement | null>;
  /** null until its code is here. */
  chart: RefObject<Chart | null>;
  /** Its code could not be fetched: only loading the page anew helps. */
  failed: boolean;
}

/**
 * A chart in an element, as long as the component lives. Its library is more
 * than half of all code and is fetched only where a chart is shown.
 */
export function useChart<Chart extends Drawn>(create: (element: HTMLElement) => Promise<Chart>): ChartHolder<Chart> {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    create(element.current!).then((made) => {
      if (gone)
        made.remove();
      else
        chart.current = made;
    }, () => setFailed(true));
    return () => {
      gone = true;
      chart.current?.remove();
      chart.current = null;
    };
  }, []);
  const shown = theme.value;
  useEffect(() => chart.current?.applyTheme(), [shown]);
  return { element, chart, failed };
}
