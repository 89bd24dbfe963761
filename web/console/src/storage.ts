// What the page keeps in the browser: tabs, history, layout, theme, but never a header, since headers
// hold tokens. GraphiQL's `shouldPersistHeaders={false}` alone is not enough: its history stores the
// headers of every query that was run. Other pages of this origin keep their own keys, left alone.
import type { Storage } from "@graphiql/toolkit";

const PREFIX = "graphiql:";
const HEADERS_KEY = `${PREFIX}headers`;
/** Editor texts, kept as they were typed; a variable may well be named `headers`. */
const TEXT_KEYS = [`${PREFIX}query`, `${PREFIX}variables`];

export const storage: Storage = {
  get length() {
    return ownKeys().length;
  },
  getItem: (key) => localStorage.getItem(key),
  setItem(key, value) {
    if (key === HEADERS_KEY) return;
    localStorage.setItem(key, TEXT_KEYS.includes(key) ? value : withoutHeaders(value));
  },
  removeItem: (key) => localStorage.removeItem(key),
  clear() {
    for (const key of ownKeys()) localStorage.removeItem(key);
  },
};

function ownKeys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

/** Empties every `headers` in a JSON object; any other value is a single setting, and stays. */
function withoutHeaders(value: string): string {
  if (!value.startsWith("{")) return value;
  return JSON.stringify(JSON.parse(value), (key, part) => (key === "headers" ? null : part));
}
