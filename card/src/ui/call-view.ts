import { css, html, nothing, type TemplateResult } from "lit";
import type { Call, Member } from "../protocol";
import "./controls";
import { define, ScreenElement } from "./element";
import { hints } from "./hints";
import { icon } from "./icons";
import { shared } from "./styles";
import "./tile";
import { connectionText, duration } from "./words";

/** A call as it looks: the others' pictures, how it stands, what one can do. */
export class CallView extends ScreenElement {
  static override properties = { call: { attribute: false }, full: { state: true } };

  call: Call | undefined;
  private full = false;
  #clock: ReturnType<typeof setInterval> | undefined;
  readonly #followFullScreen = (): void => {
    this.full = this.matches(":fullscreen");
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.#clock = setInterval(() => this.requestUpdate(), 1000);
    this.addEventListener("fullscreenchange", this.#followFullScreen);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    this.removeEventListener("fullscreenchange", this.#followFullScreen);
  }

  override render(): TemplateResult | typeof nothing {
    const { screen, call } = this;
    if (!screen || !call) return nothing;
    const others = screen.others(call);
    return html`
      <div class="stage" @full-screen=${() => this.#toggleFullScreen()}>
        <div class="grid count${others.length}">
          ${others.map((member) => this.#member(call, member))}
        </div>
        ${this.#ownPicture(call)}
        <div class="top">${this.#status(call)}</div>
        <div class="bottom">
          <mesh-call-controls .call=${call} ?full=${this.full}></mesh-call-controls>
        </div>
      </div>
      <div class="hints">${hints(screen, call)}</div>
    `;
  }

  #member(call: Call, member: Member): TemplateResult {
    const picture = this.screen?.sessions.get(call.call_id)?.picture(member.id);
    const waits = member.state !== "joined";
    return html`
      <figure>
        <mesh-call-tile
          .stream=${picture}
          .label=${member.name}
          .kind=${member.kind}
          ?covered=${member.muted_video || !call.video}
        ></mesh-call-tile>
        <figcaption>
          <span>${member.name}</span>
          ${member.muted_audio ? icon("microphone_off") : nothing}
          ${waits ? html`<span class="faint">${this.word("waiting_for")}</span>` : nothing}
        </figcaption>
      </figure>
    `;
  }

  #ownPicture(call: Call): TemplateResult | typeof nothing {
    const { screen } = this;
    const track = screen?.camera.track;
    if (!screen || !track || !screen.sessions.get(call.call_id)?.sendsVideo) return nothing;
    const me = screen.id === undefined ? undefined : screen.member(call, screen.id);
    const label = this.word("you", { name: me?.name ?? this.word("this_screen") });
    return html`<mesh-call-tile
      class="own"
      .stream=${ownStream(track)}
      .label=${label}
      .kind=${"screen"}
      mirrored
    ></mesh-call-tile>`;
  }

  #status(call: Call): TemplateResult {
    const { screen } = this;
    const since = screen?.sessions.get(call.call_id)?.answeredAt;
    return html`
      ${
        call.recording
          ? html`<span class="chip rec">${icon("record")}${this.word("recording")}</span>`
          : nothing
      }
      <span class="chip" role="status">${screen ? connectionText(screen, call) : ""}</span>
      ${
        since === undefined
          ? nothing
          : html`<span class="chip time" role="timer">${duration(Date.now() - since)}</span>`
      }
    `;
  }

  #toggleFullScreen(): void {
    const change = this.full ? document.exitFullscreen() : this.requestFullscreen();
    change.catch(() => undefined);
  }

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        container-type: inline-size;
        min-height: 0;
      }
      .stage {
        position: relative;
        flex: 1 1 auto;
        min-height: 200px;
        aspect-ratio: 16 / 10;
        background: #0d0f13;
        color: #fff;
        overflow: hidden;
      }
      :host(:fullscreen) .stage {
        aspect-ratio: auto;
      }
      .grid {
        position: absolute;
        inset: 0;
        display: grid;
        gap: 2px;
        grid-auto-rows: 1fr;
      }
      .count2,
      .count3 {
        grid-template-columns: 1fr 1fr;
      }
      .count3 > :first-child {
        grid-column: 1 / -1;
      }
      @container (max-width: 420px) {
        .count2 {
          grid-template-columns: 1fr;
        }
      }
      figure {
        position: relative;
        margin: 0;
        min-width: 0;
        min-height: 0;
      }
      figure mesh-call-tile {
        position: absolute;
        inset: 0;
      }
      figcaption,
      .chip {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        padding: 4px 10px;
        border-radius: 999px;
        background: rgba(13, 15, 19, 0.62);
        font-size: 0.85rem;
        line-height: 1.3;
      }
      figcaption {
        position: absolute;
        left: 12px;
        bottom: 12px;
        max-width: calc(100% - 24px);
      }
      .count1 figcaption {
        bottom: auto;
        top: 12px;
        font-size: 1rem;
        font-weight: 500;
      }
      figcaption .icon,
      .chip .icon {
        width: 18px;
        height: 18px;
      }
      .faint {
        opacity: 0.8;
      }
      .top {
        position: absolute;
        top: 12px;
        right: 12px;
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 6px;
        max-width: 60%;
      }
      .time {
        font-variant-numeric: tabular-nums;
      }
      .rec {
        background: var(--red);
      }
      .bottom {
        position: absolute;
        inset: auto 0 0;
        padding: 32px 12px 14px;
        background: linear-gradient(transparent, rgba(13, 15, 19, 0.75));
        pointer-events: none;
      }
      .bottom > * {
        pointer-events: auto;
      }
      .own {
        position: absolute;
        right: 12px;
        bottom: 76px;
        width: clamp(88px, 22%, 220px);
        aspect-ratio: 4 / 3;
        border-radius: 12px;
        box-shadow: 0 2px 12px rgba(0, 0, 0, 0.45);
      }
      .hints {
        display: flex;
        flex-direction: column;
        gap: 8px;
        padding: 10px;
        background: var(--surface);
      }
      .hints:not(:has(*)) {
        display: none;
      }
    `,
  ];
}

// The same track always gives the same stream, or the picture would start anew at every draw.
const ownStreams = new WeakMap<MediaStreamTrack, MediaStream>();
const ownStream = (track: MediaStreamTrack): MediaStream => {
  let stream = ownStreams.get(track);
  if (!stream) {
    stream = new MediaStream([track]);
    ownStreams.set(track, stream);
  }
  return stream;
};

define("mesh-call-view", CallView);
