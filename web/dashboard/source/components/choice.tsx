interface Properties<Word extends string> {
  label: string;
  words: readonly Word[];
  names?: Readonly<Partial<Record<Word, string>>>;
  value: Word;
  onChange(word: Word): void;
}

/** Buttons of which one is on; they say so to readers of the screen, too. */
export function Choice<Word extends string>({ label, words, names, value, onChange }: Properties<Word>) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {words.map((word) => (
        <button key={word} type="button" aria-pressed={word === value} onClick={() => onChange(word)}>
          {names?.[word] ?? word}
        </button>
      ))}
    </div>
  );
}
