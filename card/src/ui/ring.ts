import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Call } from "../protocol";
import { define, ScreenElement } from "./element";
import { icon } from "./icons";
import { shared } from "./styles";
import "./tile";

/**
 * The ring, over whatever is open. A modal dialog: anything less could not be reached while
 * another dialog of the frontend is open.
 */
export class Ring extends ScreenElement {
  override render(): TemplateResult {
    const call = this.#call;
    return html`
      <dialog
        role="alertdialog"
        aria-labelledby="who"
        aria-describedby="what"
        @cancel=${(event: Event) => event.preventDefault()}
        @close=${() => this.requestUpdate()}
      >
        ${call ? this.#content(call) : nothing}
      </dialog>
    `;
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const dialog = this.renderRoot.querySelector("dialog");
    if (!dialog) return;
    if (this.#call && !dialog.open) dialog.showModal();
    if (!this.#call && dialog.open) dialog.close();
  }

  /** In a call a second ring only knocks: see the overlay's banner. */
  get #call(): Call | undefined {
    const { screen } = this;
    return screen && !screen.busy ? screen.ringing[0] : undefined;
  }

  #content(call: Call): TemplateResult | typeof nothing {
    const { screen } = this;
    const caller = screen?.member(call, call.caller);
    if (!screen || !caller) return nothing;
    const picture = screen.sessions.get(call.call_id)?.picture(caller.id);
    const knock = caller.kind === "station" ? "at_the_door" : "is_calling";
    return html`
      <div class="picture">
        <mesh-call-tile
          .stream=${picture}
          .label=${caller.name}
          .kind=${caller.kind}
        ></mesh-call-tile>
      </div>
      <div class="words">
        <h1 id="who">${caller.name}</h1>
        <p id="what">
          ${this.word(knock)} · ${this.word(call.video ? "video_call" : "audio_call")}
        </p>
        ${this.#otherRings()} ${this.#blocked(call)}
      </div>
      <div class="buttons">
        <button class="big red" @click=${() => screen.reject(call.call_id)}>
          <span class="disc">${icon("hang_up")}</span>${this.word("reject")}
        </button>
        ${this.#silence(call)}
        <button class="big green" autofocus @click=${() => void screen.answer(call.call_id)}>
          <span class="disc pulse">${icon("answer")}</span>${this.word("answer")}
        </button>
      </div>
    `;
  }

  #otherRings(): TemplateResult | typeof nothing {
    const { screen } = this;
    const others = screen?.ringing.slice(1) ?? [];
    if (!screen || others.length === 0) return nothing;
    const names = others.map((call) => screen.member(call, call.caller)?.name ?? "").join(", ");
    return html`<p>${this.word("others_ring", { names })}</p>`;
  }

  #blocked(call: Call): TemplateResult | typeof nothing {
    const { screen } = this;
    if (!screen?.alerts.ringtone.blocked || screen.alerts.silenced(call.call_id)) return nothing;
    return html`<div class="hint">
      <span>${this.word("ring_blocked")}</span>
      <button class="pill" @click=${() => screen.alerts.unblock()}>${this.word("sound_on")}</button>
    </div>`;
  }

  #silence(call: Call): TemplateResult {
    const silenced = this.screen?.alerts.silenced(call.call_id) ?? false;
    return html`<button
      class="big quiet"
      ?disabled=${silenced}
      @click=${() => this.screen?.alerts.silence(call.call_id)}
    >
      <span class="disc">${icon("bell_off")}</span>${this.word(silenced ? "silenced" : "silence")}
    </button>`;
  }

  static override styles = [
    shared,
    css`
      dialog {
        display: none;
        border: 0;
        padding: 0;
        margin: auto;
        width: min(100vw, 900px);
        height: min(100dvh, 860px);
        max-width: none;
        max-height: none;
        border-radius: 28px;
        overflow: hidden;
        background: #14171c;
        color: #fff;
        font-family: var(--font);
      }
      dialog[open] {
        display: grid;
        grid-template-rows: 1fr auto auto;
        animation: rise 0.25s ease-out;
      }
      dialog::backdrop {
        background: rgba(5, 7, 10, 0.72);
        backdrop-filter: blur(6px);
      }
      @media (max-width: 640px) {
        dialog {
          width: 100vw;
          height: 100dvh;
          border-radius: 0;
        }
      }
      @keyframes rise {
        from {
          transform: translateY(24px);
          opacity: 0;
        }
      }
      .picture {
        position: relative;
        min-height: 0;
      }
      mesh-call-tile {
        position: absolute;
        inset: 0;
      }
      .words {
        padding: 18px 24px 6px;
        text-align: center;
      }
      h1 {
        margin: 0;
        font-size: clamp(1.5rem, 5vw, 2.25rem);
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      p {
        margin: 4px 0 0;
        opacity: 0.85;
      }
      .hint {
        margin-top: 12px;
        background: rgba(255, 255, 255, 0.12);
        text-align: start;
      }
      .hint .pill {
        background: rgba(255, 255, 255, 0.2);
      }
      .buttons {
        display: flex;
        justify-content: center;
        gap: clamp(20px, 8vw, 72px);
        padding: 18px 16px calc(22px + env(safe-area-inset-bottom));
        --focus: #fff;
      }
      .big,
      .big:hover {
        display: grid;
        justify-items: center;
        gap: 8px;
        min-width: 84px;
        background: none;
        color: #fff;
        border-radius: 16px;
      }
      .disc {
        display: grid;
        place-items: center;
        width: 72px;
        height: 72px;
        border-radius: 50%;
        background: rgba(255, 255, 255, 0.16);
      }
      .disc .icon {
        width: 32px;
        height: 32px;
      }
      .red .disc {
        background: var(--red);
      }
      .green .disc {
        background: var(--green);
      }
      .pulse {
        animation: pulse 1.3s infinite;
      }
      @keyframes pulse {
        from {
          box-shadow: 0 0 0 0 rgba(34, 149, 75, 0.6);
        }
        to {
          box-shadow: 0 0 0 22px rgba(34, 149, 75, 0);
        }
      }
      @media (max-height: 480px) {
        dialog[open] {
          grid-template: 1fr auto / 1fr 1fr;
        }
        .picture {
          grid-row: 1 / -1;
        }
      }
    `,
  ];
}

define("mesh-call-ring", Ring);
