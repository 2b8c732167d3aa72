/** What makes itself heard and felt: ring, call waiting, ringback, vibration, a lit display. */

import { Vibration, WakeLock } from "./device";
import { Ringtone, type Tone } from "./ringtone";
import type { Screen } from "./screen";

export class Alerts {
  readonly ringtone: Ringtone;
  readonly #vibration = new Vibration();
  readonly #wakeLock = new WakeLock();
  /** Calls whose ring was silenced without an answer. */
  readonly #silenced = new Set<string>();
  readonly #confirmed = new Set<string>();

  constructor(
    private readonly screen: Screen,
    private readonly onChange: () => void,
  ) {
    this.ringtone = new Ringtone(onChange);
    // The first tap anywhere lets later rings out without one; iOS wants it inside the tap.
    const first = (): void => {
      removeEventListener("pointerup", first, true);
      removeEventListener("keydown", first, true);
      this.unblock();
      this.screen.sound.unblock();
    };
    addEventListener("pointerup", first, true);
    addEventListener("keydown", first, true);
  }

  unblock(): void {
    void this.ringtone.unblock();
  }

  silence(callId: string): void {
    this.#silenced.add(callId);
    this.update();
    this.onChange();
  }

  silenced(callId: string): boolean {
    return this.#silenced.has(callId);
  }

  /** Tells the server once that it rings here. */
  confirm(callId: string): void {
    if (this.#confirmed.has(callId)) return;
    this.#confirmed.add(callId);
    this.screen.connection
      .send("mesh_call/ringing", { call_id: callId })
      .catch(() => this.#confirmed.delete(callId));
  }

  /** A new registration has to be told anew. */
  forget(): void {
    this.#confirmed.clear();
  }

  update(): void {
    const tone = this.#tone();
    this.ringtone.play(tone);
    this.#vibration.ring(tone === "ring");
    this.#wakeLock.keep(this.screen.busy || this.screen.ringing.length > 0);
  }

  #tone(): Tone | undefined {
    const { screen } = this;
    const loud = screen.ringing.some(({ call_id }) => !this.#silenced.has(call_id));
    if (loud) return screen.busy ? "waiting" : "ring";
    const { current } = screen;
    const calling = current?.state === "ringing" && current.caller === screen.id;
    return calling || screen.dialing ? "calling" : undefined;
  }
}
