import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Hass } from "../hass";
import type { Screen } from "../screen";
import { stage } from "../stage";
import { type Word } from "../translations";
import "./call-view";
import { type CardConfig, checkedConfig, configForm, type ConfigForm } from "./card-config";
import { cardStyles } from "./card.styles";
import { define, ScreenElement } from "./element";
import { icon } from "./icons";
import "./party-list";
import "./settings";
import { shared } from "./styles";
import { noticeText } from "./words";

/** The card: whom to call, and the call while it is on the view. */
export class Card extends ScreenElement {
  static override properties = {
    config: { state: true },
    settingsOpen: { state: true },
    preview: { type: Boolean },
  };

  /** Set by the dashboard's editor. */
  preview = false;
  private config: CardConfig | undefined;
  private settingsOpen = false;
  #seen: IntersectionObserver | undefined;

  static getStubConfig(): Omit<CardConfig, "type"> {
    return {};
  }

  static getConfigForm(): ConfigForm {
    return configForm();
  }

  setConfig(config: unknown): void {
    this.config = checkedConfig(config);
  }

  set hass(hass: Hass) {
    if (this.screen) this.screen.hass = hass;
  }

  getCardSize(): number {
    return 4;
  }

  getGridOptions(): Record<string, number | string> {
    return { columns: 12, rows: "auto", min_columns: 6, min_rows: 3 };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!("IntersectionObserver" in window)) {
      this.#show(true);
      return;
    }
    // Scrolled away is as good as on another view: then the window has to show the call.
    this.#seen = new IntersectionObserver(
      (entries) => this.#show(entries.at(-1)?.isIntersecting ?? false),
      { threshold: 0.25 },
    );
    this.#seen.observe(this);
    // A new view takes the call over at once, not a moment after the window has flashed up.
    this.#show(true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#seen?.disconnect();
    stage.visible(this, false);
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("preview") && this.preview) stage.visible(this, false);
  }

  #show(visible: boolean): void {
    // In the editor it is only a sample.
    stage.visible(this, visible && !this.preview && this.isConnected);
  }

  override render(): TemplateResult {
    const { screen, config } = this;
    const busy = screen?.busy ?? false;
    const here = busy && stage.belongsTo(this);
    return html`
      <ha-card>
        ${
          here
            ? html`<mesh-call-view>
                <button
                  class="round full"
                  aria-label=${this.word("full_screen")}
                  title=${this.word("full_screen")}
                  @click=${() => stage.resize("full")}
                >
                  ${icon("full")}
                </button>
              </mesh-call-view>`
            : html`<div class="content">
                ${config?.title ? html`<h2>${config.title}</h2>` : nothing}
                ${screen ? this.#idle(screen, busy) : this.#standing("standing_waiting")}
              </div>`
        }
      </ha-card>
    `;
  }

  #idle(screen: Screen, busy: boolean): TemplateResult {
    const ready = screen.standing === "ready";
    return html`
      ${this.#notices(screen)} ${ready ? nothing : this.#whyNot(screen)}
      ${busy ? this.#standing("call_elsewhere") : nothing}
      ${
        ready && !busy
          ? html`<mesh-call-parties
              .wanted=${this.config?.parties ?? []}
              ?video=${this.config?.video ?? true}
            ></mesh-call-parties>`
          : nothing
      }
      ${ready && !busy ? this.#foot(screen) : nothing}
    `;
  }

  #notices(screen: Screen): TemplateResult {
    const list = stage.belongsTo(this) ? screen.notices.list : [];
    return html`<div class="notices" role="status">
      ${list.map(
        (notice) =>
          html`<div class="hint">
            <span>${noticeText(screen, notice)}</span>
            <button class="pill" @click=${() => screen.notices.dismiss(notice.id)}>
              ${this.word("dismiss")}
            </button>
          </div>`,
      )}
    </div>`;
  }

  #foot(screen: Screen): TemplateResult {
    if (this.settingsOpen) {
      return html`<mesh-call-settings
        @close=${() => (this.settingsOpen = false)}
      ></mesh-call-settings>`;
    }
    const name = screen.welcome?.name;
    return html`
      <div class="foot">
        <span class="soft">
          ${name ? this.word("name_shown", { name }) : this.word("nameless")}${
            screen.welcome?.rings === false ? html`<br />${this.word("never_rings")}` : nothing
          }
        </span>
        <button
          class="round"
          aria-label=${this.word("settings")}
          title=${this.word("settings")}
          @click=${() => (this.settingsOpen = true)}
        >
          ${icon("settings")}
        </button>
      </div>
    `;
  }

  #whyNot(screen: Screen): TemplateResult {
    const { standing } = screen;
    if (standing === "passive") {
      const busyElsewhere = screen.leader.busyElsewhere;
      return html`<div class="hint">
        <span>${this.word(busyElsewhere ? "standing_passive_busy" : "standing_passive")}</span>
        ${
          busyElsewhere
            ? nothing
            : html`<button class="pill" @click=${() => screen.leader.take()}>
                ${this.word("use_here")}
              </button>`
        }
      </div>`;
    }
    return this.#standing(
      standing === "off" || standing === "ready" ? "standing_waiting" : `standing_${standing}`,
    );
  }

  #standing(word: Word): TemplateResult {
    return html`<div class="hint" role="status"><span>${this.word(word)}</span></div>`;
  }

  static override styles = [shared, cardStyles];
}

define("mesh-call-card", Card);
