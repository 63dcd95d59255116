/**
 * The time of the chain between two messages: the newest that was told, moved
 * on by the local clock for a while. When the chain stands still ages stop.
 */
export class ChainClock {
  private told: number | null = null;
  private toldAt = 0;

  constructor(private readonly movesOnForSeconds = 15) {}

  /** `unix`: a time of the chain; `localMs`: when it was heard. */
  tell(unix: number | null, localMs: number): void {
    if (unix === null || (this.told !== null && unix <= this.told))
      return;
    this.told = unix;
    this.toldAt = localMs;
  }

  /** Unix seconds of the chain, null before anything was told. */
  now(localMs: number): number | null {
    if (this.told === null)
      return null;
    const moved = Math.floor(Math.max(0, localMs - this.toldAt) / 1000);
    return this.told + Math.min(moved, this.movesOnForSeconds);
  }
}
