import { css, html, nothing, type TemplateResult } from "lit";
import type { Call } from "../protocol";
import { define, ScreenElement } from "./element";
import { type Icon, icon } from "./icons";
import { shared } from "./styles";

/** The row of buttons of a call: microphone, camera, full screen, hang up. */
export class Controls extends ScreenElement {
  static override properties = { call: { attribute: false }, full: { type: Boolean } };

  call: Call | undefined;
  full = false;

  override render(): TemplateResult | typeof nothing {
    const { screen, call } = this;
    if (!screen || !call) return nothing;
    const session = screen.sessions.get(call.call_id);
    return html`
      <div class="row">
        ${session?.unheard ? nothing : this.#microphone(call, session?.mutedAudio ?? false)}
        ${session?.sendsVideo ? this.#camera(call, session.mutedVideo) : nothing}
        ${this.#fullScreen()}
        ${this.#button("hang_up", this.word("hang_up"), "red wide", () =>
          screen.hangup(call.call_id),
        )}
      </div>
    `;
  }

  #microphone(call: Call, muted: boolean): TemplateResult {
    const label = this.word(muted ? "unmute_microphone" : "mute_microphone");
    return this.#button(muted ? "microphone_off" : "microphone", label, muted ? "off" : "", () =>
      this.screen?.mute(call.call_id, { audio: !muted }),
    );
  }

  #camera(call: Call, muted: boolean): TemplateResult {
    const label = this.word(muted ? "camera_on" : "camera_off");
    return this.#button(muted ? "camera_off" : "camera", label, muted ? "off" : "", () =>
      this.screen?.mute(call.call_id, { video: !muted }),
    );
  }

  #fullScreen(): TemplateResult | typeof nothing {
    // Phones have it for videos only.
    if (!document.fullscreenEnabled) return nothing;
    const label = this.word(this.full ? "leave_full_screen" : "full_screen");
    return this.#button(this.full ? "full_exit" : "full", label, "", () =>
      this.dispatchEvent(new Event("full-screen", { bubbles: true, composed: true })),
    );
  }

  #button(drawing: Icon, label: string, looks: string, act: () => void): TemplateResult {
    return html`<button class="round ${looks}" title=${label} aria-label=${label} @click=${act}>
      ${icon(drawing)}
    </button>`;
  }

  static override styles = [
    shared,
    css`
      .row {
        display: flex;
        justify-content: center;
        gap: 12px;
      }
      .round {
        background: rgba(255, 255, 255, 0.18);
        color: #fff;
        backdrop-filter: blur(8px);
        --focus: #fff;
      }
      .round:hover {
        background: rgba(255, 255, 255, 0.3);
      }
      .off {
        background: #fff;
        color: #14171c;
      }
      .off:hover {
        background: #e6e6e6;
      }
      .round.red {
        background: var(--red);
      }
      .wide {
        width: 72px;
        border-radius: 24px;
      }
    `,
  ];
}

define("mesh-call-controls", Controls);
