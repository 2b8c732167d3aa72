import { css, html, nothing, type TemplateResult } from "lit";
import { type Call, type DeviceKind, SEATS } from "../protocol";
import type { Screen } from "../screen";
import { canShare } from "../sharing";
import { define, ScreenElement } from "./element";
import { type Icon, icon } from "./icons";
import { shared } from "./styles";
import { sourceText } from "./words";

const KINDS: DeviceKind[] = ["microphone", "camera", "speaker"];

/** What is needed now and then in a call: devices, sharing, somebody else. */
export class More extends ScreenElement {
  static override properties = { call: { attribute: false } };

  call: Call | undefined;

  override render(): TemplateResult | typeof nothing {
    const { screen, call } = this;
    if (!screen || !call) return nothing;
    return html`
      <div class="row">
        ${this.#share(screen, call)} ${this.#record(screen, call)} ${this.#pictureInPicture(screen)}
        ${this.#talk(screen, call)}
      </div>
      ${screen.others(call).map((member) => {
        const text = sourceText(screen, member);
        return text ? html`<p class="faint">${text}</p>` : nothing;
      })}
      ${this.#add(screen, call)} ${KINDS.map((kind) => this.#devices(screen, call, kind))}
    `;
  }

  #share(screen: Screen, call: Call): TemplateResult | typeof nothing {
    const session = screen.sessions.get(call.call_id);
    if (!session?.sendsVideo || !canShare()) return nothing;
    return session.sharing.track
      ? this.#pill("share_off", this.word("stop_sharing"), () => session.sharing.stop())
      : this.#pill("share", this.word("share_screen"), () => void session.sharing.start());
  }

  #record(screen: Screen, call: Call): TemplateResult {
    const word = call.recording ? "stop_recording" : "start_recording";
    return this.#pill(
      "record",
      this.word(word),
      () => void screen.record(call.call_id, !call.recording),
    );
  }

  #pictureInPicture(screen: Screen): TemplateResult | typeof nothing {
    const { pictureInPicture } = screen;
    if (!pictureInPicture.possible) return nothing;
    const word = pictureInPicture.on ? "leave_small_picture" : "small_picture";
    return this.#pill("small_picture", this.word(word), () => void pictureInPicture.toggle());
  }

  #talk(screen: Screen, call: Call): TemplateResult | typeof nothing {
    if (screen.sessions.get(call.call_id)?.unheard) return nothing;
    const { on } = screen.pushToTalk;
    return this.#pill("microphone", this.word(on ? "talk_freely" : "push_to_talk"), () =>
      screen.holdToTalk(!on),
    );
  }

  #add(screen: Screen, call: Call): TemplateResult | typeof nothing {
    const here = new Set(screen.others(call).map(({ id }) => id));
    const others = screen.parties.filter(({ id }) => !here.has(id));
    if (call.my_state !== "joined" || others.length === 0) return nothing;
    if (here.size + 1 >= SEATS) return html`<p class="faint">${this.word("refused_call_full")}</p>`;
    return html`
      <div role="group" aria-label=${this.word("add")}>
        <div class="label">${this.word("add")}</div>
        <div class="row">
          ${others.map((party) =>
            this.#pill("add", party.name, () => void screen.add(call.call_id, party)),
          )}
        </div>
      </div>
    `;
  }

  #devices(screen: Screen, call: Call, kind: DeviceKind): TemplateResult | typeof nothing {
    const session = screen.sessions.get(call.call_id);
    if (kind === "camera" && !session?.sendsVideo) return nothing;
    if (kind === "microphone" && session?.unheard) return nothing;
    const devices = screen.devices.lists[kind];
    // Where there is no choice there is nothing to ask.
    if (devices.length < 2) return nothing;
    const used = screen.devices.inUse(kind) ?? "default";
    return html`
      <label>
        <span class="label">${this.word(kind)}</span>
        <select
          @change=${({ currentTarget }: Event) =>
            void this.#use(screen, kind, (currentTarget as HTMLSelectElement).value)}
        >
          ${devices.map(
            ({ id, label }, index) =>
              html`<option value=${id} ?selected=${id === used}>
                ${label || `${this.word(kind)} ${index + 1}`}
              </option>`,
          )}
        </select>
      </label>
    `;
  }

  async #use(screen: Screen, kind: DeviceKind, id: string): Promise<void> {
    const error = await screen.devices.use(kind, id);
    if (error) screen.notices.refused({ code: error, message: this.word("device_failed") });
  }

  #pill(drawing: Icon, text: string, act: () => void): TemplateResult {
    return html`<button class="pill" @click=${act}>${icon(drawing)}${text}</button>`;
  }

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 14px;
        padding: 14px;
        border-radius: 16px;
        background: rgba(20, 23, 28, 0.96);
        border: 1px solid rgba(255, 255, 255, 0.2);
        color: #fff;
        overflow: auto;
        overscroll-behavior: contain;
        --tint: rgba(255, 255, 255, 0.16);
        --tint-lit: rgba(255, 255, 255, 0.26);
        --focus: #fff;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .row:not(:has(button)) {
        display: none;
      }
      .label {
        display: block;
        margin-bottom: 6px;
        font-size: 0.85rem;
      }
      .label,
      .faint {
        color: rgba(255, 255, 255, 0.8);
      }
      p {
        margin: 0;
        font-size: 0.9rem;
      }
      .pill {
        max-width: 100%;
        padding: 8px 16px 8px 12px;
        overflow-wrap: anywhere;
        text-align: start;
      }
      select {
        width: 100%;
        min-height: 44px;
        padding: 0 12px;
        border: 1px solid rgba(255, 255, 255, 0.4);
        border-radius: 10px;
        background: #23272e;
        color: #fff;
        font: inherit;
      }
    `,
  ];
}

define("mesh-call-more", More);
