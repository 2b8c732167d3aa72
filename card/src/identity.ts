/**
 * Which screen this browser is: an id and the secret that proves it, shared by all
 * pages of the browser. Kept apart by user, as each user's screens are their own.
 */

export interface Pair {
  screen_id: string;
  secret: string;
}

const keyOf = (user: string): string => `mesh_call.screen.${user}`;

// Some webviews and private windows refuse storage; then the screen lives as long as the page.
let remembered: Pair | undefined;

export const loadPair = (user: string): Pair | undefined => {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keyOf(user)) ?? "null");
    if (isPair(stored)) return { screen_id: stored.screen_id, secret: stored.secret };
  } catch {
    // Unreadable is as good as missing.
  }
  return remembered;
};

export const savePair = (user: string, pair: Pair): void => {
  remembered = pair;
  try {
    localStorage.setItem(keyOf(user), JSON.stringify(pair));
  } catch {
    // The page keeps it as long as it lives.
  }
};

const isPair = (value: unknown): value is Pair =>
  typeof value === "object" &&
  value !== null &&
  "screen_id" in value &&
  "secret" in value &&
  typeof value.screen_id === "string" &&
  typeof value.secret === "string";
