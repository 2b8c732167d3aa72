/** The little of Home Assistant's frontend that this module leans on. */

import type { ServerEvent } from "./protocol";

export interface HassConnection {
  readonly connected: boolean;
  subscribeMessage(
    callback: (event: ServerEvent) => void,
    message: { type: string; [field: string]: unknown },
    options?: { resubscribe?: boolean },
  ): Promise<() => Promise<void>>;
  ping(): Promise<unknown>;
  /** Gives the present socket up, even one that still looks alive, and makes another. */
  reconnect(force: boolean): void;
  sendMessagePromise(message: { type: string; [field: string]: unknown }): Promise<unknown>;
  addEventListener(type: "ready" | "disconnected", callback: () => void): void;
  removeEventListener(type: "ready" | "disconnected", callback: () => void): void;
}

export interface Hass {
  connection: HassConnection;
  user?: { id: string };
  language?: string;
  locale?: { language: string };
}

export const currentHass = (): Hass | undefined => {
  const root = document.querySelector<HTMLElement & { hass?: Hass }>("home-assistant");
  return root?.hass;
};

/** Waits until the frontend is logged in; this module may well be loaded earlier. */
export const waitForHass = async (): Promise<Hass> => {
  for (let round = 0; ; round++) {
    const hass = currentHass();
    // Without the user the pair of another user could be picked.
    if (hass?.connection && hass.user) return hass;
    await new Promise((resolve) => setTimeout(resolve, round < 100 ? 50 : 500));
  }
};
