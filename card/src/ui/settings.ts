import { css, html, nothing, type TemplateResult } from "lit";
import { asRefusal } from "../connection";
import { define, ScreenElement } from "./element";
import { icon } from "./icons";
import { shared } from "./styles";

/** This browser's name: with one it is a screen that is remembered and can be called. */
export class Settings extends ScreenElement {
  static override properties = { error: { state: true }, busy: { state: true } };

  private error = "";
  private busy = false;

  override firstUpdated(): void {
    this.renderRoot.querySelector("input")?.focus();
  }

  override render(): TemplateResult {
    const name = this.screen?.welcome?.name ?? "";
    return html`
      <form @submit=${this.#save} @keydown=${this.#key}>
        <label for="name">${this.word("name_label")}</label>
        <div class="line">
          <input
            id="name"
            name="name"
            .value=${name}
            maxlength="64"
            required
            autocomplete="off"
            placeholder=${this.word("name_placeholder")}
            aria-describedby="hint"
          />
          <button class="pill strong" ?disabled=${this.busy}>
            ${icon("check")}${this.word("save")}
          </button>
        </div>
        <p id="hint" class="soft">${this.word("name_hint")}</p>
        <label class="check">
          <input
            type="checkbox"
            .checked=${this.screen?.pushToTalk.on ?? false}
            aria-describedby="talk"
            @change=${({ currentTarget }: Event) =>
              this.screen?.holdToTalk((currentTarget as HTMLInputElement).checked)}
          />
          ${this.word("push_to_talk")}
        </label>
        <p id="talk" class="soft">${this.word("push_to_talk_hint")}</p>
        ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
        <div class="line end">
          ${
            name
              ? html`<button
                  type="button"
                  class="pill"
                  ?disabled=${this.busy}
                  @click=${() => this.#do(() => this.screen?.forget())}
                >
                  ${this.word("forget")}
                </button>`
              : nothing
          }
          <button type="button" class="pill" @click=${this.#close}>${this.word("close")}</button>
        </div>
      </form>
    `;
  }

  readonly #save = (event: SubmitEvent): void => {
    event.preventDefault();
    const name = this.renderRoot.querySelector("input")?.value.trim();
    if (name) this.#do(() => this.screen?.rename(name));
  };

  // Home Assistant's single-letter shortcuts must not hear what is typed here.
  readonly #key = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Escape") this.#close();
  };

  readonly #close = (): void => {
    this.dispatchEvent(new Event("close"));
  };

  #do(job: () => Promise<void> | undefined): void {
    this.busy = true;
    this.error = "";
    void (async () => {
      try {
        await job();
        this.#close();
      } catch (error) {
        const { code, message } = asRefusal(error);
        this.error = message || this.word("refused_other", { reason: code });
      } finally {
        this.busy = false;
      }
    })();
  }

  static override styles = [
    shared,
    css`
      form {
        display: grid;
        gap: 8px;
        padding: 14px 16px 16px;
        border-radius: 14px;
        background: var(--tint);
      }
      label {
        font-weight: 500;
      }
      .check {
        display: flex;
        align-items: center;
        gap: 10px;
        min-height: 44px;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .end {
        justify-content: flex-end;
      }
      input[type="checkbox"] {
        width: 22px;
        height: 22px;
        margin: 0;
        accent-color: var(--accent);
      }
      input:not([type="checkbox"]) {
        flex: 1 1 160px;
        min-width: 0;
        min-height: 44px;
        padding: 0 14px;
        border: 1px solid var(--ink-soft);
        border-radius: 10px;
        background: var(--surface);
        color: var(--ink);
        font: inherit;
        font-size: 1rem;
      }
      .strong,
      .strong:hover {
        background: var(--ink);
        color: var(--surface);
      }
      p {
        margin: 0;
        font-size: 0.9rem;
        line-height: 1.4;
      }
      .error {
        color: var(--error-color, #b3261e);
      }
    `,
  ];
}

define("mesh-call-settings", Settings);
