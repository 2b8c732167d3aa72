/** The screen's registration over Home Assistant's own websocket connection. */

import type { HassConnection } from "./hass";
import { loadPair, savePair } from "./identity";
import type { Commands, ServerEvent } from "./protocol";

/** `missing`: the integration isn't running (yet); `denied`: this user may take no part. */
export type Availability = "off" | "waiting" | "ready" | "lost" | "missing" | "denied";

/** A refusal by the server: `code` is a key, `message` the sentence in the user's language. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const RETRIES = [500, 1000, 2000, 5000, 10_000, 30_000];
/** How long a page that was taken over from stays subscribed, so that the screen never looks gone. */
const HAND_OVER = 3000;
/** Registered, but no welcome: there is no home (yet) that would take us in. */
const WELCOME_TIME = 4000;
/** Home Assistant answers sooner than this, or the way to it is gone. */
const ANSWER_TIME = 4000;

export class Connection {
  availability: Availability = "off";
  #wanted = false;
  // Each registration has a number: what an older one still says or brings is void.
  #round = 0;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #unsubscribe: (() => Promise<void>) | undefined;
  #checking = false;

  constructor(
    private readonly hass: HassConnection,
    private readonly user: string,
    private readonly onEvent: (event: ServerEvent) => void,
    private readonly onAvailability: (availability: Availability) => void,
  ) {
    hass.addEventListener("ready", () => {
      this.#failures = 0;
      if (this.#wanted) void this.#register();
    });
    hass.addEventListener("disconnected", () => {
      this.#round++;
      this.#unsubscribe = undefined;
      if (this.#wanted) this.#set("lost");
    });
    window.addEventListener("online", () => void this.check());
  }

  /**
   * Makes sure that Home Assistant is within reach, and connects anew if it isn't. A socket whose
   * network has changed looks alive for minutes; a call can't wait so long.
   */
  async check(): Promise<void> {
    if (!this.hass.connected || this.#checking) return;
    this.#checking = true;
    const answered = this.hass.ping().then(
      () => true,
      // A lost connection makes itself anew.
      () => true,
    );
    const silent = new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), ANSWER_TIME);
    });
    const alive = await Promise.race([answered, silent]);
    this.#checking = false;
    if (!alive) this.hass.reconnect(true);
  }

  register(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failures = 0;
    this.#set("waiting");
    if (this.hass.connected) void this.#register();
  }

  /** From now on nothing is heard or done any more; another page speaks for this browser. */
  silence(): void {
    this.#wanted = false;
    this.#round++;
    clearTimeout(this.#retry);
    const unsubscribe = this.#unsubscribe;
    this.#unsubscribe = undefined;
    if (unsubscribe) setTimeout(() => void unsubscribe().catch(() => undefined), HAND_OVER);
    this.#set("off");
  }

  async send<C extends keyof Commands>(command: C, fields: Commands[C]): Promise<unknown> {
    try {
      return await this.hass.sendMessagePromise({ type: command, ...fields });
    } catch (error) {
      throw asRefusal(error);
    }
  }

  async #register(): Promise<void> {
    const round = ++this.#round;
    clearTimeout(this.#retry);
    // The connection could repeat a lost subscription by itself, but with the words of the first
    // one: the pair that the server gave out since would be missing, and with it our calls.
    try {
      const unsubscribe = await this.hass.subscribeMessage(
        (event) => {
          if (round === this.#round) this.#hear(event);
        },
        { type: "mesh_call/screen", ...loadPair(this.user) },
        { resubscribe: false },
      );
      if (round === this.#round) this.#subscribed(unsubscribe);
      else void unsubscribe().catch(() => undefined);
    } catch (error) {
      if (round === this.#round) this.#failed(asRefusal(error));
    }
  }

  #subscribed(unsubscribe: () => Promise<void>): void {
    this.#unsubscribe = unsubscribe;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (this.availability !== "ready" && this.#wanted) this.#set("missing");
    }, WELCOME_TIME);
  }

  #hear(event: ServerEvent): void {
    if (event.type === "welcome") {
      savePair(this.user, { screen_id: event.screen_id, secret: event.secret });
      this.#failures = 0;
      this.#set("ready");
    }
    this.onEvent(event);
  }

  #failed(refusal: Refusal): void {
    this.#set(refusal.code === "unauthorized" ? "denied" : "missing");
    // While Home Assistant starts, the integration comes later than the websocket.
    const delay = RETRIES[Math.min(this.#failures++, RETRIES.length - 1)];
    this.#retry = setTimeout(() => {
      if (this.#wanted && this.hass.connected) void this.#register();
    }, delay);
  }

  #set(availability: Availability): void {
    if (this.availability === availability) return;
    this.availability = availability;
    this.onAvailability(availability);
  }
}

/** The connection rejects with `{code, message}` for an answer, with a bare number when it is lost. */
export const asRefusal = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error;
  if (typeof error === "object" && error !== null && "code" in error) {
    const message = "message" in error ? String(error.message) : "";
    return new Refusal(String(error.code), message);
  }
  return new Refusal("connection_lost", "");
};
