import { useEffect, useState } from "preact/hooks";

interface Properties {
  slot: number | null;
  /** null: back to now. */
  onTravel(slot: number | null): void;
}

/** Asks for the ledger as it was after a slot. */
export function TimeTravel({ slot, onTravel }: Properties) {
  const [text, setText] = useState(slot === null ? "" : String(slot));
  useEffect(() => setText(slot === null ? "" : String(slot)), [slot]);
  const valid = /^\d{1,15}$/.test(text.trim());
  const submit = (event: Event) => {
    event.preventDefault();
    if (valid)
      onTravel(Number(text.trim()));
  };
  return (
    <form class="time-travel" onSubmit={submit} aria-label="Time travel">
      <label>
        <span>As of slot</span>
        <input type="text" inputMode="numeric" placeholder="now" autocomplete="off" maxLength={15} value={text}
          aria-invalid={text.trim() !== "" && !valid} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit" disabled={!valid}>Show</button>
      {slot !== null && <button type="button" onClick={() => onTravel(null)}>Back to now</button>}
    </form>
  );
}
