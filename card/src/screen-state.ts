/** What cards and the overlay show; they watch its "change" events. */

import type { Hass } from "./hass";
import type { Call, Member, Party, WelcomeEvent } from "./protocol";
import { type Language, languageOf } from "./translations";

export class ScreenState extends EventTarget {
  welcome: WelcomeEvent | undefined;
  parties: Party[] = [];
  calls: Call[] = [];
  /** Names of those being called before the server knows of it. */
  dialing: { names: string[]; cancelled: boolean } | undefined;
  /** Calls whose Answer was tapped. */
  readonly answering = new Set<string>();

  #hass: Hass;
  #announced = false;

  constructor(hass: Hass) {
    super();
    this.#hass = hass;
  }

  set hass(hass: Hass) {
    if (hass.language === this.#hass.language && hass.locale === this.#hass.locale) return;
    this.#hass = hass;
    this.changed();
  }

  get language(): Language {
    return languageOf(
      this.#hass.locale?.language ?? this.#hass.language ?? this.welcome?.language ?? "en",
    );
  }

  get id(): string | undefined {
    return this.welcome?.screen_id;
  }

  /** The call this screen takes part in or makes. */
  get current(): Call | undefined {
    return this.calls.find(
      (call) => call.my_state === "joined" || this.answering.has(call.call_id),
    );
  }

  /** Calls that ring here and wait for an answer. */
  get ringing(): Call[] {
    return this.calls.filter(
      (call) =>
        (call.my_state === "ringing" || call.my_state === "invited") &&
        call.caller !== this.id &&
        !this.answering.has(call.call_id),
    );
  }

  get busy(): boolean {
    return this.current !== undefined || this.dialing !== undefined;
  }

  member(call: Call, id: string): Member | undefined {
    return call.members.find((member) => member.id === id);
  }

  /** Who else is in the call or on the way into it. */
  others(call: Call): Member[] {
    const here = new Set(["joined", "ringing", "invited"]);
    return call.members.filter((member) => member.id !== this.id && here.has(member.state));
  }

  /** Something to show has changed. */
  changed(): void {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.dispatchEvent(new Event("change"));
    });
  }
}
