// Runs before the first paint, so that a stored theme does not flash.
try {
  const stored = localStorage.getItem("pumpscope.theme");
  if (stored === "dark" || stored === "light")
    document.documentElement.dataset.theme = stored;
} catch {
  // Storage is refused: the theme of the system stays.
}
