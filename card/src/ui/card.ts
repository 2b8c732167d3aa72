import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Party } from "../protocol";
import type { Screen } from "../screen";
import { isWord } from "../translations";
import "./call-view";
import { type CardConfig, configForm, parseConfig } from "./config";
import { define, ScreenElement } from "./element";
import { icon } from "./icons";
import { showsCall } from "./presence";
import "./settings";
import { shared } from "./styles";

/** The card: whom to call, and the call itself while there is one. */
export class Card extends ScreenElement {
  static override properties = { open: { state: true } };

  /** Set by the frontend; all that is needed comes over the websocket. */
  hass: unknown;
  private open = false;
  #config: CardConfig = { type: "custom:mesh-call-card" };
  #inSight = false;
  readonly #sight = new IntersectionObserver((entries) => {
    this.#inSight = entries.some((entry) => entry.isIntersecting);
    this.#tellPresence();
  });

  static getStubConfig(): Partial<CardConfig> {
    return {};
  }

  static getConfigForm(): unknown {
    return configForm();
  }

  setConfig(config: unknown): void {
    this.#config = parseConfig(config);
    this.requestUpdate();
  }

  getCardSize(): number {
    return 4;
  }

  getGridOptions(): object {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sight.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sight.disconnect();
    this.#inSight = false;
    this.#tellPresence();
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.#tellPresence();
  }

  #tellPresence(): void {
    showsCall(this, this.isConnected && this.#inSight);
  }

  override render(): TemplateResult {
    const { screen } = this;
    const call = screen?.current;
    return html`<ha-card>
      ${call ? html`<mesh-call-view .call=${call}></mesh-call-view>` : this.#idle(screen)}
    </ha-card>`;
  }

  #idle(screen: Screen | undefined): TemplateResult {
    const name = screen?.welcome?.name;
    return html`
      <header>
        <h2>${this.#config.title ?? "Mesh Call"}</h2>
        <button
          aria-expanded=${this.open}
          aria-label=${this.word("settings")}
          @click=${() => (this.open = !this.open)}
        >
          ${icon("settings")}
        </button>
      </header>
      ${screen?.dialing ? this.#dialing(screen, screen.dialing.names) : this.#parties(screen)}
      ${this.#standing(screen)}
      ${this.open ? html`<mesh-call-settings></mesh-call-settings>` : nothing}
      <footer class="soft">
        ${icon("screen")}${name ? this.word("name_shown", { name }) : this.word("nameless")}
      </footer>
    `;
  }

  #dialing(screen: Screen, names: string[]): TemplateResult {
    return html`<div class="dialing" role="status">
      <span>${names.join(", ")}<br /><small class="soft">${this.word("calling")}</small></span>
      <button class="pill red" @click=${() => screen.cancelDialing()}>
        ${icon("hang_up")}${this.word("hang_up")}
      </button>
    </div>`;
  }

  #parties(screen: Screen | undefined): TemplateResult {
    const chosen = this.#config.parties ?? [];
    const all = screen?.parties ?? [];
    const parties = all.filter(
      ({ id, name }) => chosen.length === 0 || chosen.includes(id) || chosen.includes(name),
    );
    if (!screen || screen.standing !== "ready") return html``;
    if (parties.length === 0) {
      const word = chosen.length > 0 && all.length > 0 ? "none_chosen" : "nobody";
      return html`<p class="empty soft">${this.word(word)}</p>`;
    }
    return html`<ul>
      ${parties.map((party) => this.#party(screen, party))}
    </ul>`;
  }

  #party(screen: Screen, party: Party): TemplateResult {
    const state = `state_${party.state}`;
    const label = this.word("call_party", { name: party.name });
    return html`<li>
      <span class="avatar">${icon(party.kind)}</span>
      <span class="who">
        <span class="name">${party.name}</span>
        <small class="soft"
          >${isWord(state) ? this.word(state) : this.word(`kind_${party.kind}`)}</small
        >
      </span>
      <button
        class="pill green"
        aria-label=${label}
        @click=${() => void screen.dial(party, party.video && (this.#config.video ?? true))}
      >
        ${icon("answer")}
      </button>
    </li>`;
  }

  #standing(screen: Screen | undefined): TemplateResult | typeof nothing {
    const standing = screen?.standing ?? "waiting";
    if (standing === "ready" && screen?.welcome?.rings !== false) return nothing;
    if (standing === "ready") return html`<p class="empty soft">${this.word("never_rings")}</p>`;
    const busy = standing === "passive" && screen?.leader.busyElsewhere;
    const word = busy ? "standing_passive_busy" : `standing_${standing}`;
    return html`<div class="hint">
      <span>${isWord(word) ? this.word(word) : ""}</span>
      ${
        standing === "passive"
          ? html`<button class="pill" @click=${() => screen?.leader.take()}>
              ${this.word("use_here")}
            </button>`
          : nothing
      }
    </div>`;
  }

  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      ha-card {
        display: block;
        overflow: hidden;
        border-radius: var(--round);
      }
      header {
        display: flex;
        align-items: center;
        padding: 8px 8px 0 16px;
      }
      h2 {
        flex: 1;
        margin: 0;
        font-size: 1.15rem;
        font-weight: 500;
      }
      header button {
        display: grid;
        place-items: center;
        color: var(--ink-soft);
        border-radius: 50%;
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 4px 16px;
      }
      li {
        display: flex;
        align-items: center;
        gap: 14px;
        padding: 8px 0;
      }
      .avatar {
        display: grid;
        place-items: center;
        width: 44px;
        height: 44px;
        border-radius: 50%;
        background: color-mix(in srgb, var(--accent) 16%, transparent);
        color: var(--accent);
      }
      .who {
        flex: 1;
        min-width: 0;
        display: grid;
      }
      .name {
        font-weight: 500;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .dialing {
        display: flex;
        align-items: center;
        justify-content: space-between;
        padding: 12px 16px;
      }
      .hint {
        margin: 8px 16px;
      }
      .empty {
        margin: 0;
        padding: 12px 16px;
      }
      footer {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 6px 16px 14px;
        font-size: 0.85rem;
      }
      footer .icon {
        width: 18px;
        height: 18px;
      }
    `,
  ];
}

define("mesh-call-card", Card);
