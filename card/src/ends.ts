/** Ends that the server hasn't confirmed yet: a lost connection must not revive a call. */

import { asRefusal } from "./connection";

export class Ends {
  readonly #open = new Map<string, () => Promise<unknown>>();

  constructor(private readonly onRefused: (error: unknown) => void) {}

  has(callId: string): boolean {
    return this.#open.has(callId);
  }

  add(callId: string, tell: () => Promise<unknown>): void {
    this.#open.set(callId, tell);
    void this.#tell(callId);
  }

  /** After a new registration. */
  tellAll(): void {
    for (const callId of this.#open.keys()) void this.#tell(callId);
  }

  async #tell(callId: string): Promise<void> {
    try {
      await this.#open.get(callId)?.();
    } catch (error) {
      const { code } = asRefusal(error);
      if (code === "connection_lost") return;
      // A call that ended at the same moment refuses; there's nothing left to do then.
      if (code !== "call_ended" && code !== "unknown_call") this.onRefused(error);
    }
    this.#open.delete(callId);
  }
}
