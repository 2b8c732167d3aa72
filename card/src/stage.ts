/** Where the call is shown: by a card on the view, or by the overlay's window. */

import { theScreen } from "./phone";

export type Size = "window" | "bar" | "full";

/** Cards that somebody can see right now, the first of them shows the call. */
const cards = new Set<HTMLElement>();
let size: Size = "window";

export const stage = {
  get size(): Size {
    return size;
  },

  /** Whether this card is the one that shows the call. */
  belongsTo(card: HTMLElement): boolean {
    return size !== "full" && [...cards][0] === card;
  },

  get onCard(): boolean {
    return size !== "full" && cards.size > 0;
  },

  visible(card: HTMLElement, visible: boolean): void {
    if (visible === cards.has(card)) return;
    if (visible) cards.add(card);
    else cards.delete(card);
    theScreen()?.changed();
  },

  resize(wanted: Size): void {
    if (size === wanted) return;
    size = wanted;
    theScreen()?.changed();
  },
};
