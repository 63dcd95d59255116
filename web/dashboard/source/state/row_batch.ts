/** What the batch needs from the browser; tests give their own. */
export interface FrameWorld {
  now(): number;
  /** Calls once, with the next frame that is painted. */
  nextFrame(action: () => void): void;
  after(ms: number, action: () => void): void;
}

/**
 * Gathers newest values by key and gives them out with the frames, each key at
 * most every `periodMs`: a row that changes faster than it can be read costs
 * no more than one that changes four times a second. When many are due at once
 * they are spread over frames, oldest first, so that none takes long.
 */
export class RowBatch<Value> {
  private readonly pending = new Map<string, Value>();
  private readonly given = new Map<string, number>();
  private scheduled = false;

  constructor(
    private readonly give: (values: ReadonlyMap<string, Value>) => void,
    private readonly world: FrameWorld,
    private readonly periodMs = 250,
    private readonly perFrameMax = 20,
  ) {}

  put(key: string, value: Value): void {
    this.pending.set(key, value);
    this.schedule(0);
  }

  private schedule(waitMs: number): void {
    if (this.scheduled)
      return;
    this.scheduled = true;
    const flush = () => this.world.nextFrame(() => this.flush());
    if (waitMs > 0)
      this.world.after(waitMs, flush);
    else
      flush();
  }

  private flush(): void {
    this.scheduled = false;
    const now = this.world.now();
    const due = new Map<string, Value>();
    let wait = Infinity;
    for (const [key, value] of this.pending) {
      if (due.size >= this.perFrameMax) {
        wait = 0;
        break;
      }
      const left = (this.given.get(key) ?? -Infinity) + this.periodMs - now;
      if (left > 0) {
        wait = Math.min(wait, left);
        continue;
      }
      due.set(key, value);
      this.given.set(key, now);
      this.pending.delete(key);
    }
    if (this.pending.size > 0)
      this.schedule(wait);
    for (const [key, at] of this.given)
      if (now - at >= this.periodMs)
        this.given.delete(key);
    if (due.size > 0)
      this.give(due);
  }
}

export const browserFrames: FrameWorld = {
  now: () => performance.now(),
  nextFrame: (action) => void requestAnimationFrame(action),
  after: (ms, action) => void setTimeout(action, ms),
};
