import { css, html, nothing, type TemplateResult } from "lit";
import { define, ScreenElement } from "./element";
import { shared } from "./styles";

/** Gives this browser a name, or takes it away. */
export class Settings extends ScreenElement {
  override render(): TemplateResult | typeof nothing {
    const { screen } = this;
    if (!screen?.welcome) return nothing;
    const { name } = screen.welcome;
    return html`
      <form @submit=${this.#save}>
        <label for="name">${this.word("name_label")}</label>
        <div class="line">
          <input
            id="name"
            maxlength="60"
            autocomplete="off"
            .value=${name ?? ""}
            placeholder=${this.word("name_placeholder")}
          />
          <button class="pill" type="submit">${this.word("save")}</button>
          ${
            name
              ? html`<button class="pill" type="button" @click=${this.#forget}>
                  ${this.word("forget")}
                </button>`
              : nothing
          }
        </div>
        <p class="soft">${this.word("name_hint")}</p>
      </form>
    `;
  }

  readonly #save = (event: SubmitEvent): void => {
    event.preventDefault();
    const name = this.renderRoot.querySelector("input")?.value.trim();
    if (name) this.#try((screen) => screen.rename(name));
  };

  readonly #forget = (): void => this.#try((screen) => screen.forget());

  #try(act: (screen: NonNullable<typeof this.screen>) => Promise<void>): void {
    const { screen } = this;
    if (screen) act(screen).catch((error: unknown) => screen.notices.refused(error));
  }

  static override styles = [
    shared,
    css`
      form {
        padding: 12px 16px 4px;
        border-top: 1px solid var(--line);
      }
      label {
        font-weight: 500;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 6px;
      }
      input {
        flex: 1 1 10em;
        min-height: 44px;
        padding: 0 12px;
        font: inherit;
        color: inherit;
        background: var(--tint);
        border: 1px solid var(--line);
        border-radius: 10px;
      }
      p {
        margin: 8px 0;
        font-size: 0.85rem;
      }
    `,
  ];
}

define("mesh-call-settings", Settings);
