/** Where the call is shown: by a card on the view, or by the overlay's window. */

import { theScreen } from "./phone";
import { isWithin } from "./tree";

export type Size = "window" | "bar" | "full";

/** Cards that somebody can see right now, the first of them shows the call. */
const cards = new Set<HTMLElement>();
let size: Size = "window";
/** A dialog that lies over the view. */
let dialog: HTMLElement | undefined;

/** Cards under a dialog can be seen, but not used. */
const usable = (): HTMLElement[] => [...cards].filter((card) => !dialog || isWithin(card, dialog));

export const stage = {
  get size(): Size {
    return size;
  },

  /** Whether this card is the one that shows the call. */
  belongsTo(card: HTMLElement): boolean {
    return size !== "full" && usable()[0] === card;
  },

  get onCard(): boolean {
    return size !== "full" && usable().length > 0;
  },

  visible(card: HTMLElement, visible: boolean): void {
    if (visible === cards.has(card)) return;
    if (visible) cards.add(card);
    else cards.delete(card);
    theScreen()?.changed();
  },

  under(wanted: HTMLElement | undefined): void {
    dialog = wanted;
    theScreen()?.changed();
  },

  resize(wanted: Size): void {
    if (size === wanted) return;
    size = wanted;
    theScreen()?.changed();
  },
};
