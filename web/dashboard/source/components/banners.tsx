import { health, localNow } from "../state/session.ts";
import { noticesOf } from "../state/health.ts";
import { reconnectNow } from "../state/live.ts";

/** Tells when the data cannot be taken as it is: SIMULATED, stale, incomplete. */
export function Banners() {
  const notices = noticesOf(health.value, localNow.value);
  return (
    <div class="banners">
      {notices.map((x) => (
        <p key={x.kind} class={`banner ${x.kind}`} role={x.kind === "stale" ? "alert" : "status"}>
          <span>{x.text}</span>
          {x.kind === "stale" && health.value.stream.kind === "down" && (
            <button type="button" onClick={reconnectNow}>Retry now</button>
          )}
        </p>
      ))}
    </div>
  );
}
