import { Component, h } from "preact";
import type { FunctionComponent } from "preact";

/** A component that is drawn anew only when its properties or signals change. */
export function memo<Properties extends object>(draw: FunctionComponent<Properties>): FunctionComponent<Properties> {
  class Memo extends Component<Properties> {
    override shouldComponentUpdate(next: Properties): boolean {
      const before = this.props as Record<string, unknown>;
      const after = next as Record<string, unknown>;
      return Object.keys(after).some((x) => x !== "children" && after[x] !== before[x]);
    }
    override render() {
      return h(draw as FunctionComponent<object>, this.props);
    }
  }
  return Memo as unknown as FunctionComponent<Properties>;
}
