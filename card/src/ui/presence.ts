/** Which cards show the call now; without any, the overlay's window shows it. */

import type { Screen } from "../screen";
import { theScreen } from "../phone";

const showing = new Set<object>();

export const showsCall = (card: object, shows: boolean): void => {
  const before = showing.size > 0;
  if (shows) showing.add(card);
  else showing.delete(card);
  const screen: Screen | undefined = theScreen();
  if (before !== showing.size > 0) screen?.changed();
};

export const shownByCard = (): boolean => showing.size > 0;
