import { html, nothing, type TemplateResult } from "lit";
import type { Party } from "../protocol";
import type { Screen } from "../screen";
import type { Word } from "../translations";
import { define, ScreenElement } from "./element";
import { faceOf } from "./face";
import { icon } from "./icons";
import { partyListStyles } from "./party-list.styles";
import { shared } from "./styles";

/** Whom one can call: each by a tap, several together, or everybody. */
export class PartyList extends ScreenElement {
  static override properties = {
    wanted: { attribute: false },
    video: { type: Boolean },
    choosing: { state: true },
  };

  /** Names or ids in the order to show them; empty shows everybody. */
  wanted: string[] = [];
  /** Whether calls begun here have a picture. */
  video = false;
  /** Ids chosen so far; nothing while a tap calls at once. */
  private choosing: readonly string[] | undefined;

  override render(): TemplateResult {
    const { screen, choosing } = this;
    if (!screen) return html``;
    const parties = this.#parties(screen);
    if (parties.length === 0) {
      const word = screen.parties.length > 0 ? "none_chosen" : "nobody";
      return html`<div class="hint" role="status"><span>${this.word(word)}</span></div>`;
    }
    return html`
      <ul class=${choosing ? "choosing" : ""}>
        ${parties.map((party) => html`<li>${this.#party(screen, party)}</li>`)}
      </ul>
      ${parties.length > 1 ? this.#several(screen, parties) : nothing}
    `;
  }

  #parties({ parties }: Screen): Party[] {
    if (this.wanted.length === 0) return parties;
    return this.wanted.flatMap((wish) =>
      parties.filter(({ id, name }) => id === wish || name === wish),
    );
  }

  #party(screen: Screen, party: Party): TemplateResult {
    const state = party.state === "idle" ? `kind_${faceOf(party)}` : `state_${party.state}`;
    const { choosing } = this;
    const chosen = choosing?.includes(party.id) ?? false;
    return html`
      <button
        class="party ${party.state} ${chosen ? "chosen" : ""}"
        aria-label=${choosing ? party.name : this.word("call_party", { name: party.name })}
        aria-pressed=${choosing ? String(chosen) : nothing}
        @click=${() => this.#tapped(screen, party)}
      >
        ${this.#face(screen, party)}
        <span class="name"
          >${party.name}<small class="soft">${this.word(state as Word)}</small></span
        >
        <span class="go">${choosing ? (chosen ? icon("check") : nothing) : icon("answer")}</span>
      </button>
    `;
  }

  #face(screen: Screen, party: Party): TemplateResult {
    const face = faceOf(party);
    const picture = face === "station" ? screen.thumbnails.of(party.id) : undefined;
    // Its name stands beside it.
    return picture
      ? html`<img class="picture" src=${picture} alt="" />`
      : html`<span class="disc">${icon(face)}</span>`;
  }

  #tapped(screen: Screen, party: Party): void {
    const { choosing } = this;
    if (!choosing) this.#call(screen, [party]);
    else if (choosing.includes(party.id)) this.choosing = choosing.filter((id) => id !== party.id);
    else this.choosing = [...choosing, party.id];
  }

  #several(screen: Screen, parties: Party[]): TemplateResult {
    const { choosing } = this;
    if (!choosing) {
      return html`<div class="several">
        <button class="pill" @click=${() => (this.choosing = [])}>
          ${icon("several")}${this.word("call_several")}
        </button>
        ${
          screen.parties.some(({ kind }) => kind === "screen")
            ? html`<button class="pill" @click=${() => void screen.dial("screens", this.video)}>
                ${icon("screen")}${this.word("call_everybody")}
              </button>`
            : nothing
        }
      </div>`;
    }
    const chosen = parties.filter(({ id }) => choosing.includes(id));
    return html`<div class="several">
      <button
        class="pill green"
        ?disabled=${chosen.length === 0}
        @click=${() => this.#call(screen, chosen)}
      >
        ${icon("answer")}${this.word("call_chosen", { count: String(chosen.length) })}
      </button>
      <button class="pill" @click=${() => (this.choosing = undefined)}>
        ${this.word("cancel")}
      </button>
    </div>`;
  }

  #call(screen: Screen, parties: Party[]): void {
    this.choosing = undefined;
    // Nobody is asked for a picture who has none to show.
    void screen.dial(parties, this.video && parties.some(({ video }) => video));
  }

  static override styles = [shared, partyListStyles];
}

define("mesh-call-parties", PartyList);
