import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Session } from "../session";
import { define, ScreenElement } from "./element";
import { icon } from "./icons";
import { controlStyles } from "./control.styles";
import { shared } from "./styles";

/** Push-to-talk: heard while it is held, by a finger, a mouse or the space bar. */
export class Talk extends ScreenElement {
  static override properties = {
    session: { attribute: false },
    small: { type: Boolean, reflect: true },
  };

  session: Session | undefined;
  /** Only the drawing, without words. */
  small = false;
  // What holds it down now.
  #held: "pointer" | "key" | "click" | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("blur", this.#letGo);
    document.addEventListener("visibilitychange", this.#letGo);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("blur", this.#letGo);
    document.removeEventListener("visibilitychange", this.#letGo);
    this.#letGo();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("session");
    if (before) this.#letGo(undefined, before);
  }

  override render(): TemplateResult | typeof nothing {
    const { session } = this;
    if (!session) return nothing;
    const muted = session.mutedAudio;
    const label = this.word(muted ? "hold_to_talk_label" : "talking_label");
    return html`
      <button
        class="control talk ${muted ? "off" : "green"}"
        aria-label=${label}
        aria-pressed=${!muted}
        title=${label}
        @pointerdown=${this.#pointerDown}
        @pointerup=${this.#pointerGone}
        @pointercancel=${this.#pointerGone}
        @lostpointercapture=${this.#pointerGone}
        @keydown=${this.#keyDown}
        @keyup=${this.#keyUp}
        @blur=${this.#letGo}
        @click=${this.#click}
        @contextmenu=${(event: Event) => event.preventDefault()}
      >
        ${icon(muted ? "microphone_off" : "microphone")}
        ${this.small ? nothing : this.#words(muted)}
      </button>
    `;
  }

  /** Both words take their room, so that nothing moves under the finger. */
  #words(muted: boolean): TemplateResult {
    return html`<span class="words">
      <span class=${muted ? "" : "unsaid"}>${this.word("hold_to_talk")}</span>
      <span class=${muted ? "unsaid" : ""}>${this.word("talking")}</span>
    </span>`;
  }

  readonly #pointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || !event.isPrimary) return;
    const button = event.currentTarget as HTMLElement;
    // A finger that slides off the button still holds it.
    button.setPointerCapture(event.pointerId);
    this.#hold("pointer");
  };

  readonly #pointerGone = (): void => {
    if (this.#held === "pointer") this.#letGo();
  };

  readonly #keyDown = (event: KeyboardEvent): void => {
    if (event.key !== " ") return;
    // Neither a click nor a scrolled page.
    event.preventDefault();
    if (!event.repeat) this.#hold("key");
  };

  readonly #keyUp = (event: KeyboardEvent): void => {
    if (event.key !== " ") return;
    event.preventDefault();
    if (this.#held === "key") this.#letGo();
  };

  /** By Enter or a screen reader, which can't hold: on, and off the next time. */
  readonly #click = (event: MouseEvent): void => {
    if (event.detail !== 0) return;
    if (this.session?.mutedAudio) this.#hold("click");
    else this.#mute(true);
  };

  #hold(by: "pointer" | "key" | "click"): void {
    this.#held = by;
    this.#mute(false);
  }

  readonly #letGo = (_event?: Event, session = this.session): void => {
    if (this.#held === undefined) return;
    this.#mute(true, session);
  };

  #mute(audio: boolean, session = this.session): void {
    if (audio) this.#held = undefined;
    if (session?.active) this.screen?.mute(session.callId, { audio });
  }

  static override styles = [
    shared,
    controlStyles,
    css`
      :host {
        display: contents;
      }
      .talk {
        display: inline-flex;
        align-items: center;
        justify-content: center;
        gap: 8px;
        width: auto;
        min-width: 56px;
        padding: 0 20px 0 16px;
        border-radius: 34px;
        font-weight: 600;
        touch-action: none;
        user-select: none;
        -webkit-user-select: none;
        -webkit-touch-callout: none;
      }
      .talk.green {
        background: var(--green);
      }
      .words {
        display: grid;
        white-space: nowrap;
      }
      .words > span {
        grid-area: 1 / 1;
      }
      .unsaid {
        visibility: hidden;
      }
      /* On a phone there's no room beside all the others. */
      @container (max-width: 440px) {
        :host(:not([small])) .talk {
          flex: 1 0 100%;
        }
      }
      :host([small]) .talk {
        width: 46px;
        height: 46px;
        min-width: 46px;
        padding: 0;
      }
    `,
  ];
}

define("mesh-call-talk", Talk);
