/** Short words after something is over: why a call ended, what could not be done. */

import { asRefusal } from "./connection";
import type { Call } from "./protocol";

export interface Notice {
  id: number;
  /** Whom the call was with; empty for refusals. */
  who: string;
  /** A dismiss reason, more exactly why there was no path, or an error key. */
  reason: string;
  /** We were the ones who called. */
  outgoing: boolean;
  /** It was answered here. */
  answered: boolean;
  /** The server's own sentence. */
  sentence: string | undefined;
}

const SHOWN = 8000;
/** What tells somebody to do something wants to be read twice. */
const LONG_SHOWN: Partial<Record<string, number>> = { no_path: 30_000, no_path_relay: 30_000 };

export class Notices {
  list: Notice[] = [];
  #count = 0;

  constructor(private readonly onChange: () => void) {}

  ended(call: Call, me: string | undefined, reason: string): void {
    const others = call.members.filter(({ id }) => id !== me);
    const outgoing = call.caller === me;
    // A ringing call is with whoever calls, not with all the others that ring.
    const with_ =
      outgoing || call.my_state === "joined"
        ? others
        : others.filter(({ id }) => id === call.caller);
    this.#add({
      who: with_.map(({ name }) => name).join(", "),
      reason,
      outgoing,
      answered: call.my_state === "joined" && call.answered !== null,
      sentence: undefined,
    });
  }

  refused(error: unknown): void {
    const { code, message } = asRefusal(error);
    this.#add({
      who: "",
      reason: code,
      outgoing: false,
      answered: false,
      sentence: message || undefined,
    });
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
    this.onChange();
  }

  clear(): void {
    this.list = [];
  }

  #add(words: Omit<Notice, "id">): void {
    const id = ++this.#count;
    this.list = [...this.list.slice(-2), { id, ...words }];
    setTimeout(() => this.dismiss(id), LONG_SHOWN[words.reason] ?? SHOWN);
    this.onChange();
  }
}
