import { html, nothing, type TemplateResult } from "lit";
import type { Call, Member } from "../protocol";
import type { Screen } from "../screen";
import { define, ScreenElement } from "./element";
import { faceOf } from "./face";
import { icon } from "./icons";
import { ringStyles } from "./ring.styles";
import { shared } from "./styles";
import "./tile";
import { noticeText } from "./words";

/**
 * The ring over whatever is open. A native modal dialog: it lies above Home Assistant's own
 * dialogs, which live in the browser's top layer, too.
 */
export class Ring extends ScreenElement {
  static override properties = { callId: {} };

  callId = "";

  override updated(): void {
    const dialog = this.renderRoot.querySelector("dialog");
    if (!dialog || dialog.open) return;
    dialog.showModal();
    // Not on a button: whoever is typing must not answer or reject by the next key.
    dialog.focus();
  }

  override render(): TemplateResult {
    const { screen } = this;
    const call = screen?.ringing.find(({ call_id }) => call_id === this.callId);
    if (!screen || !call) return html``;
    const caller = screen.member(call, call.caller);
    const doorbell = caller?.kind === "station";
    return html`
      <dialog
        role="alertdialog"
        aria-modal="true"
        aria-labelledby="who"
        aria-describedby="what"
        tabindex="-1"
        @cancel=${this.#refuse}
        @keydown=${this.#key}
        @close=${this.#reopen}
      >
        <div class="sheet">
          ${this.#picture(screen, call, caller)}
          <div class="words">
            <h2 id="who">${caller?.name ?? ""}</h2>
            <p id="what">
              ${this.word(doorbell ? "at_the_door" : "is_calling")} ·
              ${this.word(call.video ? "video_call" : "audio_call")}
            </p>
            ${this.#hints(screen, call)}
          </div>
          <div class="choice">
            <button class="big red" @click=${() => screen.reject(call.call_id)}>
              ${icon("hang_up")}${this.word("reject")}
            </button>
            <button class="big green" @click=${() => void screen.answer(call.call_id)}>
              ${icon("answer")}${this.word("answer")}
            </button>
          </div>
        </div>
      </dialog>
    `;
  }

  #picture(screen: Screen, call: Call, caller: Member | undefined): TemplateResult {
    const stream = caller && screen.sessions.get(call.call_id)?.picture(caller.id);
    const silenced = screen.alerts.silenced(call.call_id);
    return html`
      <div class="picture">
        <mesh-call-tile
          .stream=${stream}
          label=${caller?.name ?? ""}
          kind=${caller ? faceOf(caller) : "station"}
          .poster=${caller?.kind === "station" ? screen.thumbnails.of(caller.id) : undefined}
        ></mesh-call-tile>
        <div class="tools">
          <button
            class="round"
            aria-label=${this.word(silenced ? "silenced" : "silence")}
            title=${this.word(silenced ? "silenced" : "silence")}
            ?disabled=${silenced}
            @click=${() => screen.alerts.silence(call.call_id)}
          >
            ${icon(silenced ? "quiet" : "bell_off")}
          </button>
          <button
            class="round"
            aria-label=${this.word("minimise")}
            title=${this.word("minimise")}
            @click=${() => this.dispatchEvent(new Event("minimise"))}
          >
            ${icon("minimise")}
          </button>
        </div>
      </div>
    `;
  }

  #hints(screen: Screen, call: Call): TemplateResult {
    const { ringtone } = screen.alerts;
    // Everything else lies below this dialog, what Answer came to included.
    const refused = screen.notices.list.filter(({ who }) => !who);
    return html`
      ${refused.map(
        (notice) =>
          html`<div class="hint" role="alert"><span>${noticeText(screen, notice)}</span></div>`,
      )}
      ${ringtone.blocked && !screen.alerts.silenced(call.call_id) ? this.#blocked(screen) : nothing}
    `;
  }

  #blocked(screen: Screen): TemplateResult {
    return html`<div class="hint" role="status">
      <span>${this.word("ring_blocked")}</span>
      <button class="pill" @click=${() => screen.alerts.unblock()}>
        ${icon("sound")}${this.word("sound_on")}
      </button>
    </div>`;
  }

  readonly #refuse = (event: Event): void => event.preventDefault();

  // Esc asks for quiet, it doesn't send anybody away.
  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.screen?.alerts.silence(this.callId);
  };

  // Some browsers close a dialog at the second Esc whatever we say.
  readonly #reopen = (): void => this.requestUpdate();

  static override styles = [shared, ringStyles];
}

define("mesh-call-ring", Ring);
