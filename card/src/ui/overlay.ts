import { html, nothing, type TemplateResult } from "lit";
import type { Call } from "../protocol";
import type { Screen } from "../screen";
import { stage } from "../stage";
import { AboveDialogs } from "./above-dialogs";
import "./call-view";
import { Drag } from "./drag";
import { define, ScreenElement } from "./element";
import { faceOf } from "./face";
import { type Icon, icon } from "./icons";
import { overlayStyles } from "./overlay.styles";
import "./ring";
import { shared } from "./styles";
import "./tile";
import { noticeText } from "./words";

/** What lies over every page: the ring, a waiting call, the running call, a few words after it. */
export class Overlay extends ScreenElement {
  readonly #minimised = new Set<string>();
  readonly #drag = new Drag(this);
  readonly #above = new AboveDialogs(this, (dialog) => stage.under(dialog));

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // A dialog that goes takes us with it.
    queueMicrotask(() => this.#above.look());
  }

  override render(): TemplateResult {
    const { screen } = this;
    if (!screen) return html``;
    const [first, ...more] = screen.ringing;
    // A ring covers the page; in a call, or once put aside, it only knocks.
    const aside = first && (screen.busy || this.#minimised.has(first.call_id));
    const knocking = aside ? [first, ...more] : [];
    return html`
      ${
        first && !aside
          ? html`<mesh-call-ring
              .callId=${first.call_id}
              @minimise=${() => this.#putAside(first.call_id)}
            ></mesh-call-ring>`
          : nothing
      }
      <div class="banners" aria-live="assertive">
        ${knocking.map((call) => this.#banner(screen, call))}
      </div>
      ${screen.busy && !stage.onCard ? this.#window() : nothing}
      <div class="notices" role="status">
        ${
          stage.onCard
            ? nothing
            : screen.notices.list.map(
                (notice) => html`
                  <div class="notice">
                    <span>${noticeText(screen, notice)}</span>
                    ${this.#tool("close", this.word("dismiss"), () => screen.notices.dismiss(notice.id))}
                  </div>
                `,
              )
        }
      </div>
    `;
  }

  override updated(): void {
    const { screen } = this;
    this.#above.look();
    if (!screen?.busy && stage.size === "full") stage.resize("window");
  }

  #putAside(callId: string): void {
    this.#minimised.add(callId);
    this.requestUpdate();
  }

  #banner(screen: Screen, call: Call): TemplateResult {
    const caller = screen.member(call, call.caller);
    const name = caller?.name ?? "";
    return html`
      <div class="banner" role="group" aria-label=${this.word("rings", { name })}>
        <mesh-call-tile
          .stream=${caller && screen.sessions.get(call.call_id)?.picture(caller.id)}
          label=${name}
          kind=${caller ? faceOf(caller) : "station"}
        ></mesh-call-tile>
        <div class="who">
          <strong>${name}</strong>
          <span class="soft">
            ${this.word(caller?.kind === "station" ? "at_the_door" : "is_calling")}${
              screen.busy ? html`. ${this.word("answer_leaves")}` : nothing
            }
          </span>
        </div>
        <div class="choice">
          <button class="pill red" @click=${() => screen.reject(call.call_id)}>
            ${icon("hang_up")}${this.word("reject")}
          </button>
          <button class="pill green" @click=${() => void screen.answer(call.call_id)}>
            ${icon("answer")}${this.word("answer")}
          </button>
        </div>
      </div>
    `;
  }

  #window(): TemplateResult {
    const { size } = stage;
    const full = size === "full";
    return html`
      <div class="window ${size}" style=${full ? nothing : this.#drag.style}>
        <mesh-call-view ?barred=${size === "bar"}>
          ${
            full
              ? nothing
              : html`<button
                  class="round grip"
                  aria-label=${this.word("move")}
                  title=${this.word("move")}
                  @pointerdown=${this.#drag.begin}
                  @keydown=${this.#drag.key}
                >
                  <span class="dots" aria-hidden="true"></span>
                </button>`
          }
          ${
            size === "bar"
              ? this.#tool("restore", this.word("restore"), () => stage.resize("window"))
              : nothing
          }
          ${
            size === "window"
              ? this.#tool("minimise", this.word("minimise"), () => stage.resize("bar"))
              : nothing
          }
          ${
            full
              ? this.#tool("full_exit", this.word("leave_full_screen"), () =>
                  stage.resize("window"),
                )
              : nothing
          }
          ${
            size === "window"
              ? this.#tool("full", this.word("full_screen"), () => stage.resize("full"))
              : nothing
          }
        </mesh-call-view>
      </div>
    `;
  }

  #tool(drawing: Icon, label: string, act: () => void): TemplateResult {
    return html`<button class="round" aria-label=${label} title=${label} @click=${act}>
      ${icon(drawing)}
    </button>`;
  }

  static override styles = [shared, overlayStyles];
}

define("mesh-call-overlay", Overlay);
