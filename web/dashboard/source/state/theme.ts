import { signal } from "@preact/signals";
import { keep } from "./storage.ts";

export type Theme = "dark" | "light";

const key = "pumpscope.theme";
const system = window.matchMedia("(prefers-color-scheme: light)");

function stored(): Theme | null {
  const value = document.documentElement.dataset["theme"];
  return value === "dark" || value === "light" ? value : null;
}

/** The theme that is shown. */
export const theme = signal<Theme>(stored() ?? (system.matches ? "light" : "dark"));

system.addEventListener("change", () => {
  if (stored() === null)
    theme.value = system.matches ? "light" : "dark";
});

export function toggleTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  document.documentElement.dataset["theme"] = theme.value;
  keep(key, theme.value);
}
