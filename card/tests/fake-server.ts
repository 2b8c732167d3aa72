/** A stand-in for Home Assistant, as a page sees it, and what it tells of calls. */

import { vi } from "vitest";
import type { Hass, HassConnection } from "../src/hass";
import type { Call, Member, OpenEvent, Party, ServerEvent } from "../src/protocol";
import { Screen } from "../src/screen";
import { settle } from "./fakes";

type Fields = Record<string, unknown>;

export class FakeConnection implements HassConnection {
  connected = true;
  readonly sent: Fields[] = [];
  readonly subscribed: Fields[] = [];
  /** Answers by command; an Error-like value with a code refuses. */
  readonly answers: Record<string, unknown> = {};
  parties = [partyOf(DOOR, { name: "Front door" })];
  failSubscription: { code: string; message: string } | undefined;
  unsubscribed = 0;
  reconnected = 0;
  /** A network that has changed: nothing comes back any more. */
  silent = false;
  #event: ((event: ServerEvent) => void) | undefined;
  readonly #listeners = { ready: new Set<() => void>(), disconnected: new Set<() => void>() };

  subscribeMessage(
    callback: (event: ServerEvent) => void,
    message: Fields,
  ): Promise<() => Promise<void>> {
    this.subscribed.push(message);
    // The real connection rejects with plain objects.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    if (this.failSubscription) return Promise.reject(this.failSubscription);
    this.#event = callback;
    return Promise.resolve(() => {
      this.unsubscribed++;
      return Promise.resolve();
    });
  }

  sendMessagePromise(message: Fields): Promise<unknown> {
    // The real connection rejects with a bare number.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    if (!this.connected) return Promise.reject(3);
    this.sent.push(message);
    const answer = this.answers[String(message["type"])];
    if (typeof answer === "object" && answer !== null && "code" in answer) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      return Promise.reject(answer);
    }
    return Promise.resolve(answer ?? null);
  }

  addEventListener(type: "ready" | "disconnected", callback: () => void): void {
    this.#listeners[type].add(callback);
  }

  removeEventListener(type: "ready" | "disconnected", callback: () => void): void {
    this.#listeners[type].delete(callback);
  }

  ping(): Promise<unknown> {
    return this.silent ? new Promise(() => undefined) : this.sendMessagePromise({ type: "ping" });
  }

  reconnect(): void {
    this.reconnected++;
    this.plug(false);
  }

  tell(event: ServerEvent): void {
    this.#event?.(event);
  }

  state(...calls: Call[]): void {
    this.tell({ type: "state", parties: this.parties, calls });
  }

  /** Lets a connection to a peer be opened, the door as a rule. */
  open(id: string, fields: Partial<OpenEvent> = {}): void {
    this.tell({
      type: "open",
      connection_id: id,
      call_id: "call",
      peer: DOOR,
      offer: false,
      preview: false,
      video: true,
      ice_servers: [],
      ...fields,
    });
  }

  /** An offer, as a door with a speaker makes it unless told otherwise. */
  async offer(id: string, sdp = "audio:sendrecv video:sendonly"): Promise<void> {
    this.tell({ type: "description", connection_id: id, description: { type: "offer", sdp } });
    await settle();
  }

  welcome(name: string | null = null): void {
    this.tell({
      type: "welcome",
      screen_id: ME,
      secret: "secret",
      name,
      rings: true,
      language: "en",
    });
  }

  plug(connected: boolean): void {
    this.connected = connected;
    for (const callback of this.#listeners[connected ? "ready" : "disconnected"]) callback();
  }

  /** What was sent of one command. */
  of(command: string): Fields[] {
    return this.sent.filter(({ type }) => type === `mesh_call/${command}`);
  }
}

export const ME = "screen:me";
export const DOOR = "station:door";

export const hassWith = (connection: FakeConnection, language = "en"): Hass => ({
  connection,
  // Pages of one user talk to each other, even across threads; tests are strangers.
  user: { id: crypto.randomUUID() },
  language,
});

const kindOf = (id: string): Party["kind"] =>
  id.startsWith("station") ? "station" : id.startsWith("screen") ? "screen" : "contact";

export const partyOf = (id: string, fields: Partial<Party> = {}): Party => ({
  id,
  name: id,
  kind: kindOf(id),
  state: "idle",
  video: true,
  audio: true,
  ...fields,
});

export const memberOf = (id: string, fields: Partial<Member> = {}): Member => ({
  id,
  name: id === DOOR ? "Front door" : id === ME ? "Kitchen" : id,
  kind: kindOf(id),
  state: "joined",
  muted_audio: false,
  muted_video: false,
  video: true,
  audio: true,
  problem: null,
  ...fields,
});

export const callOf = (fields: Partial<Call> = {}): Call => ({
  call_id: "call",
  state: "ringing",
  direction: "outgoing",
  video: true,
  caller: DOOR,
  started: "2026-11-01T12:00:00+00:00",
  answered: null,
  my_state: "ringing",
  max_bandwidth: 0,
  recording: false,
  members: [memberOf(DOOR), memberOf(ME, { state: "ringing" })],
  links: [],
  ...fields,
});

export const joinedCall = (fields: Partial<Call> = {}): Call =>
  callOf({
    state: "in_call",
    my_state: "joined",
    answered: "2026-11-01T12:00:05+00:00",
    members: [memberOf(DOOR), memberOf(ME)],
    ...fields,
  });

/** A screen whose Home Assistant has welcomed it; the clock must be a fake one. */
export const startedScreen = async (hass: FakeConnection, language = "en"): Promise<Screen> => {
  const screen = new Screen(hassWith(hass, language));
  screen.start();
  await vi.advanceTimersByTimeAsync(6000);
  hass.welcome();
  return screen;
};
