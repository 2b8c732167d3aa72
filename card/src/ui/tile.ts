import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { define } from "./element";
import type { Face } from "./face";
import { icon } from "./icons";
import { shared } from "./styles";

/**
 * The picture of one member. Always mute: sound is played by the page, not by what happens to be
 * on the view. A new stream takes over at its first frame, so that no black comes between.
 */
export class Tile extends LitElement {
  static override properties = {
    stream: { attribute: false },
    label: {},
    kind: {},
    mirrored: { type: Boolean },
    covered: { type: Boolean },
    whole: { type: Boolean },
    poster: {},
    shows: { state: true },
  };

  stream: MediaStream | undefined;
  label = "";
  kind: Face = "station";
  /** People know themselves from mirrors. */
  mirrored = false;
  /** There is no picture to expect: the camera is off. */
  covered = false;
  /** Nothing may be cut off: doors always, and screens that are shared. */
  whole = false;
  /** A picture from before, until the first one comes. */
  poster: string | undefined;
  private shows = false;

  readonly #holder = document.createElement("div");
  readonly #glow = document.createElement("canvas");
  #glowing: ReturnType<typeof setInterval> | undefined;
  #current: HTMLVideoElement | undefined;
  #next: HTMLVideoElement | undefined;

  constructor() {
    super();
    this.#holder.className = "holder";
    Object.assign(this.#glow, { width: 32, height: 18, className: "glow" });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Decoding for nobody costs as much as for somebody.
    for (const video of [this.#current, this.#next]) drop(video);
    this.#current = this.#next = undefined;
    this.shows = false;
    clearInterval(this.#glowing);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // A door's picture is never cropped; what it leaves free glows in its colours.
    this.#glowing = setInterval(() => this.#paint(), 600);
    this.requestUpdate("stream");
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("stream")) this.#follow();
    this.#current?.setAttribute("aria-label", this.label);
  }

  #follow(): void {
    const { stream } = this;
    if (!stream) {
      drop(this.#current);
      drop(this.#next);
      this.#current = this.#next = undefined;
      this.shows = false;
      return;
    }
    if ((this.#next ?? this.#current)?.srcObject === stream) return;
    drop(this.#next);
    this.#next = undefined;
    const video = this.#make(stream);
    if (!this.#current || !this.shows) {
      drop(this.#current);
      this.#current = video;
    } else {
      video.setAttribute("aria-hidden", "true");
      this.#next = video;
    }
    this.#holder.append(video);
    onFirstFrame(video, () => this.#arrived(video));
    void video.play().catch(() => undefined);
  }

  #make(stream: MediaStream): HTMLVideoElement {
    const video = document.createElement("video");
    // Without these two, phones show their own player or nothing at all.
    video.muted = true;
    video.playsInline = true;
    video.autoplay = true;
    video.disablePictureInPicture = true;
    video.srcObject = stream;
    return video;
  }

  #arrived(video: HTMLVideoElement): void {
    if (video === this.#next) {
      drop(this.#current);
      this.#current = video;
      this.#next = undefined;
      video.removeAttribute("aria-hidden");
      video.setAttribute("aria-label", this.label);
    }
    if (video === this.#current) this.shows = true;
    this.#paint();
  }

  #paint(): void {
    if (this.kind !== "station" || !this.shows || !this.#current || document.hidden) return;
    const { width, height } = this.#glow;
    this.#glow.getContext("2d")?.drawImage(this.#current, 0, 0, width, height);
  }

  override render(): TemplateResult {
    const empty = this.covered || !this.shows;
    const whole = this.whole || this.kind === "station" ? "whole" : "";
    return html`
      <div class="frame ${whole} ${this.mirrored ? "mirrored" : ""} ${empty ? "empty" : ""}">
        ${this.kind === "station" ? this.#glow : nothing} ${this.#holder}
        ${empty ? html`<div class="instead">${this.#instead()}</div>` : nothing}
      </div>
    `;
  }

  #instead(): TemplateResult {
    return this.poster && !this.covered
      ? html`<img src=${this.poster} alt="" />`
      : html`<div class="face">
          <div class="disc">${icon(this.kind)}</div>
          ${this.kind === "speaker" ? html`<span>${this.label}</span>` : nothing}
        </div>`;
  }

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        overflow: hidden;
        background: #14171c;
        color: #fff;
      }
      .frame,
      .holder,
      .glow,
      .instead,
      video {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      video {
        object-fit: cover;
      }
      .whole video {
        object-fit: contain;
      }
      video[aria-hidden] {
        opacity: 0;
      }
      .glow {
        filter: blur(24px) brightness(0.45);
        transform: scale(1.2);
      }
      .empty .glow {
        display: none;
      }
      .mirrored video {
        transform: scaleX(-1);
      }
      .empty video {
        opacity: 0;
      }
      .instead {
        display: grid;
        place-items: center;
        background: radial-gradient(circle at 50% 40%, #2d3642, #14171c 75%);
      }
      .instead img {
        width: 100%;
        height: 100%;
        object-fit: contain;
      }
      .face {
        display: grid;
        justify-items: center;
        gap: 10px;
        width: 100%;
        font-size: 1.1rem;
      }
      .disc {
        display: grid;
        place-items: center;
        width: clamp(40px, 26%, 112px);
        aspect-ratio: 1;
        border-radius: 50%;
        background: rgba(255, 255, 255, 0.12);
      }
      .disc .icon {
        width: 50%;
        height: 50%;
      }
    `,
  ];
}

const drop = (video: HTMLVideoElement | undefined): void => {
  if (!video) return;
  video.srcObject = null;
  video.remove();
};

const onFirstFrame = (video: HTMLVideoElement, tell: () => void): void => {
  // Old webviews can't tell of frames; loaded data is nearly one.
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(tell);
  else (video as HTMLVideoElement).addEventListener("loadeddata", tell, { once: true });
};

define("mesh-call-tile", Tile);
