import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Call } from "../protocol";
import "./call-view";
import { define, ScreenElement } from "./element";
import { icon } from "./icons";
import { shownByCard } from "./presence";
import "./ring";
import { shared } from "./styles";
import { noticeText } from "./words";

const STEP = 24;

/** What lies over every page: the ring, the call's window, a second ring, last words. */
export class Overlay extends ScreenElement {
  static override properties = { small: { state: true } };

  private small = false;
  #place = { x: 0, y: 0 };
  #grip: { x: number; y: number } | undefined;

  override render(): TemplateResult {
    return html`
      <mesh-call-ring></mesh-call-ring>
      <div class="layer" popover="manual">
        <div class="stack">${this.#waiting()} ${this.#notices()}</div>
        ${this.#window()}
      </div>
    `;
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const layer = this.renderRoot.querySelector<HTMLElement>(".layer");
    const empty = !layer?.querySelector(".window, .banner, .notice");
    if (!layer || !("showPopover" in layer)) return;
    if (empty && layer.matches(":popover-open")) layer.hidePopover();
    if (!empty && !layer.matches(":popover-open")) layer.showPopover();
  }

  #window(): TemplateResult | typeof nothing {
    const { screen } = this;
    if (!screen || shownByCard()) return nothing;
    const call = screen.current;
    if (call) return this.#callWindow(call);
    if (!screen.dialing) return nothing;
    return html`<section class="window" aria-label=${this.word("calling")}>
      <div class="dialing">
        <span>${screen.dialing.names.join(", ")} · ${this.word("calling")}</span>
        <button class="pill red" @click=${() => screen.cancelDialing()}>
          ${this.word("hang_up")}
        </button>
      </div>
    </section>`;
  }

  #callWindow(call: Call): TemplateResult {
    const names = this.screen?.others(call).map(({ name }) => name) ?? [];
    const label = this.word("call_with", { names: names.join(", ") });
    const { x, y } = this.#place;
    return html`<section
      class="window ${this.small ? "small" : ""}"
      aria-label=${label}
      style="transform: translate(${x}px, ${y}px)"
    >
      <header>
        <button
          class="grip"
          aria-label=${this.word("move")}
          @pointerdown=${this.#grab}
          @pointermove=${this.#drag}
          @pointerup=${this.#drop}
          @keydown=${this.#nudge}
        >
          ${names.join(", ")}
        </button>
        <button
          aria-label=${this.word(this.small ? "restore" : "minimise")}
          @click=${() => (this.small = !this.small)}
        >
          ${icon(this.small ? "restore" : "minimise")}
        </button>
      </header>
      ${
        this.small
          ? html`<mesh-call-controls .call=${call}></mesh-call-controls>`
          : html`<mesh-call-view .call=${call}></mesh-call-view>`
      }
    </section>`;
  }

  #waiting(): TemplateResult[] {
    const { screen } = this;
    if (!screen?.busy) return [];
    return screen.ringing.map((call) => {
      const name = screen.member(call, call.caller)?.name ?? "";
      return html`<div class="banner" role="alert">
        <span
          ><b>${this.word("rings", { name })}</b><br /><small>${this.word("answer_leaves")}</small>
        </span>
        <button class="pill red" @click=${() => screen.reject(call.call_id)}>
          ${this.word("reject")}
        </button>
        <button class="pill green" @click=${() => void screen.answer(call.call_id)}>
          ${this.word("answer")}
        </button>
      </div>`;
    });
  }

  #notices(): TemplateResult[] {
    const { screen } = this;
    if (!screen) return [];
    return screen.notices.list.map(
      (notice) =>
        html`<div class="notice" role="status">
          <span>${noticeText(screen, notice)}</span>
          <button
            aria-label=${this.word("dismiss")}
            @click=${() => screen.notices.dismiss(notice.id)}
          >
            ${icon("close")}
          </button>
        </div>`,
    );
  }

  readonly #grab = (event: PointerEvent): void => {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.#grip = { x: event.clientX - this.#place.x, y: event.clientY - this.#place.y };
  };

  readonly #drag = (event: PointerEvent): void => {
    if (this.#grip) this.#move(event.clientX - this.#grip.x, event.clientY - this.#grip.y);
  };

  readonly #drop = (): void => {
    this.#grip = undefined;
  };

  readonly #nudge = (event: KeyboardEvent): void => {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    this.#move(this.#place.x + step[0], this.#place.y + step[1]);
  };

  // It starts in the lower right corner and stays on the page.
  #move(x: number, y: number): void {
    const box = this.renderRoot.querySelector(".window")?.getBoundingClientRect();
    if (!box) return;
    const least = { x: box.width - innerWidth + 32, y: box.height - innerHeight + 32 };
    this.#place = {
      x: Math.min(0, Math.max(least.x, x)),
      y: Math.min(0, Math.max(least.y, y)),
    };
    this.requestUpdate();
  }

  static override styles = [
    shared,
    css`
      .layer {
        position: fixed;
        inset: 0;
        width: auto;
        height: auto;
        margin: 0;
        padding: 0;
        border: 0;
        background: none;
        color: inherit;
        overflow: visible;
        pointer-events: none;
        z-index: 10000;
      }
      .stack {
        position: fixed;
        inset: 16px 16px auto;
        display: grid;
        gap: 10px;
        justify-items: center;
      }
      .banner,
      .notice,
      .window {
        pointer-events: auto;
        background: var(--surface);
        box-shadow: 0 6px 28px rgba(0, 0, 0, 0.32);
        border-radius: 18px;
      }
      .banner,
      .notice,
      .dialing {
        display: flex;
        align-items: center;
        flex-wrap: wrap;
        gap: 10px;
        padding: 10px 14px 10px 18px;
        max-width: 560px;
      }
      .banner > span,
      .notice > span {
        flex: 1 1 12em;
      }
      .notice button,
      header button {
        display: grid;
        place-items: center;
      }
      .window {
        position: fixed;
        right: max(16px, env(safe-area-inset-right));
        bottom: max(16px, env(safe-area-inset-bottom));
        width: min(420px, calc(100vw - 32px));
        overflow: hidden;
      }
      .small {
        width: auto;
        min-width: 220px;
        background: #14171c;
        color: #fff;
        padding-bottom: 12px;
      }
      header {
        display: flex;
        align-items: center;
      }
      .grip {
        flex: 1;
        text-align: start;
        padding: 0 16px;
        font-weight: 500;
        cursor: grab;
        touch-action: none;
        place-items: center start;
      }
    `,
  ];
}

define("mesh-call-overlay", Overlay);
