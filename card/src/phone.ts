/** The one screen of this page, for every card and the overlay. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { currentHass, waitForHass } from "./hass";
import { followLinks } from "./links";
import { Screen } from "./screen";

let screen: Screen | undefined;
const waiting = new Set<() => void>();

/** Registers this page once the frontend is logged in. */
export const startScreen = async (): Promise<Screen> => {
  const started = new Screen(await waitForHass());
  useScreen(started);
  followLinks(started);
  started.start();
  return started;
};

export const useScreen = (started: Screen): void => {
  screen = started;
  for (const wake of waiting) wake();
  waiting.clear();
};

export const theScreen = (): Screen | undefined => screen;

/** Redraws an element after every change, and when the screen comes to life. */
export class Watch implements ReactiveController {
  #watched: Screen | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    if (screen) this.#watch();
    else waiting.add(this.#watch);
  }

  hostDisconnected(): void {
    waiting.delete(this.#watch);
    this.#watched?.removeEventListener("change", this.#redraw);
    this.#watched = undefined;
  }

  readonly #watch = (): void => {
    this.#watched = screen;
    screen?.addEventListener("change", this.#redraw);
    this.#redraw();
  };

  readonly #redraw = (): void => {
    // The user may switch the language while the page is open.
    const hass = currentHass();
    if (hass && screen) screen.hass = hass;
    this.host.requestUpdate();
  };
}
