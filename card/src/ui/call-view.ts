import { html, nothing, type TemplateResult } from "lit";
import { type Call, type Member, SEATS } from "../protocol";
import type { Screen } from "../screen";
import type { Session } from "../session";
import { define, ScreenElement } from "./element";
import { faceOf } from "./face";
import { type Icon, icon } from "./icons";
import { callHints } from "./call-hints";
import { barStyles } from "./call-bar.styles";
import { viewStyles } from "./call-view.styles";
import { controlStyles } from "./control.styles";
import "./more";
import { shared } from "./styles";
import "./talk";
import "./tile";
import { connectionText, duration, problemText } from "./words";

/** The call this screen is in: pictures, words and controls. Used by the card and the overlay. */
export class CallView extends ScreenElement {
  static override properties = {
    barred: { type: Boolean, reflect: true },
    menu: { state: true },
  };

  /** Only a bar: who, how long, and the controls. */
  barred = false;
  private menu = false;
  #ticking: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#ticking = setInterval(() => this.requestUpdate(), 1000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#ticking);
  }

  override render(): TemplateResult {
    const { screen } = this;
    if (!screen) return html``;
    const call = screen.current;
    const session = call && screen.sessions.get(call.call_id);
    if (call && session) return this.#call(screen, call, session);
    return this.#dialing(screen);
  }

  #dialing(screen: Screen): TemplateResult {
    const called = screen.dialing?.names ?? [];
    const names = called.length > 0 ? called.join(", ") : this.word("everybody");
    return html`
      <div class="stage" role="group" aria-label=${names}>
        ${this.barred ? nothing : html`<mesh-call-tile class="only"></mesh-call-tile>`}
        ${this.#head(names, this.word("calling"), nothing)}
        <div class="controls">${this.#hangUp(() => screen.cancelDialing())}</div>
      </div>
    `;
  }

  #call(screen: Screen, call: Call, session: Session): TemplateResult {
    const others = screen.others(call);
    const names = others.map(({ name }) => name).join(", ");
    const seconds = session.answeredAt;
    const counts = seconds !== undefined && call.state === "in_call";
    const status = connectionText(screen, call);
    return html`
      <div class="stage" role="group" aria-label=${this.word("call_with", { names })}>
        ${this.barred ? nothing : this.#pictures(screen, call, session, others)}
        ${this.#head(
          names,
          status,
          counts ? html`<time>${duration(Date.now() - seconds)}</time>` : nothing,
          call,
        )}
        <div class="foot">
          ${this.barred || this.menu ? nothing : callHints(screen, session, others)}
          ${
            this.menu && !this.barred
              ? html`<mesh-call-more id="menu" .call=${call}></mesh-call-more>`
              : nothing
          }
          <div class="controls">
            ${this.#microphone(screen, call, session)} ${this.#camera(screen, call, session)}
            ${this.barred ? nothing : this.#more()}
            ${this.#hangUp(() => screen.hangup(call.call_id))}
          </div>
        </div>
      </div>
    `;
  }

  #head(
    names: string,
    status: string,
    time: TemplateResult | typeof nothing,
    call?: Call,
  ): TemplateResult {
    return html`
      <div class="head">
        <div class="who">
          <strong>${names}</strong>
          <span class="status"><span role="status">${status}</span>${time}</span>
        </div>
        ${call ? this.#witnesses(call) : nothing}
        <slot></slot>
      </div>
    `;
  }

  /** What is kept of the call, and who sees it without being a member. */
  #witnesses(call: Call): TemplateResult {
    const { viewers = 0, recording } = call;
    const watching = this.word(viewers === 1 ? "one_watches" : "several_watch", {
      count: String(viewers),
    });
    return html`
      ${
        viewers > 0
          ? html`<span class="witness" role="status">${icon("watch")}${watching}</span>`
          : nothing
      }
      ${
        recording
          ? html`<span class="witness recording" role="status"
              >${icon("record")}${this.word("recording")}</span
            >`
          : nothing
      }
    `;
  }

  #tile(
    screen: Screen,
    session: Session,
    call: Call,
    member: Member,
    others: number,
  ): TemplateResult {
    const speaks = others > 1 && session.speaking.has(member.id);
    const cameraOff = member.muted_video || !member.video || !call.video;
    const problem = problemText(screen, member);
    const waits = member.state !== "joined";
    return html`
      <div class="member ${waits ? "waits" : ""} ${speaks ? "speaks" : ""}">
        <mesh-call-tile
          .stream=${session.picture(member.id)}
          label=${member.name}
          kind=${faceOf(member)}
          ?covered=${cameraOff}
          ?whole=${member.sharing ?? false}
        ></mesh-call-tile>
        <div class="plate">
          ${others > 1 ? html`<span>${member.name}</span>` : nothing}
          ${
            member.muted_audio
              ? html`<span class="mark">${icon("microphone_off")}${this.word("muted")}</span>`
              : nothing
          }
          ${
            member.sharing
              ? html`<span class="mark">${icon("share")}${this.word("shares")}</span>`
              : nothing
          }
          ${
            member.muted_video
              ? html`<span class="mark">${icon("camera_off")}${this.word("camera_is_off")}</span>`
              : nothing
          }
          ${
            waits && others > 1
              ? html`<span class="mark">${this.word("waiting_for")}</span>`
              : nothing
          }
        </div>
        ${
          problem
            ? html`<div class="problem" role="status">${icon("alert")}<span>${problem}</span></div>`
            : nothing
        }
      </div>
    `;
  }

  #pictures(screen: Screen, call: Call, session: Session, others: Member[]): TemplateResult {
    const own = this.#ownPicture(screen, session);
    // With three others we fill the fourth field; with fewer we would only be in the way.
    const inside = own !== undefined && others.length === SEATS - 1;
    const tiles = others.map((member) => this.#tile(screen, session, call, member, others.length));
    return html`
      <div class="pictures" data-count=${Math.min(others.length + Number(inside), SEATS)}>
        ${tiles}${
          inside
            ? html`<div class="member">
                ${own}
                <div class="plate"><span>${this.#ownName(screen)}</span></div>
              </div>`
            : nothing
        }
      </div>
      ${inside ? nothing : own}
    `;
  }

  #ownPicture(screen: Screen, session: Session): TemplateResult | undefined {
    const picture = screen.camera.picture;
    if (!picture || session.mutedVideo || session.sharing.track) return undefined;
    return html`<mesh-call-tile
      class="self"
      kind="screen"
      mirrored
      .stream=${picture}
      label=${this.#ownName(screen)}
    ></mesh-call-tile>`;
  }

  #ownName(screen: Screen): string {
    return this.word("you", { name: screen.welcome?.name ?? this.word("this_screen") });
  }

  #microphone(screen: Screen, call: Call, session: Session): TemplateResult {
    if (screen.pushToTalk.on) {
      return html`<mesh-call-talk .session=${session} ?small=${this.barred}></mesh-call-talk>`;
    }
    const muted = session.mutedAudio;
    return this.#control(
      muted ? "microphone_off" : "microphone",
      this.word(muted ? "unmute_microphone" : "mute_microphone"),
      muted ? "off" : "",
      () => screen.mute(call.call_id, { audio: !muted }),
    );
  }

  #camera(screen: Screen, call: Call, session: Session): TemplateResult | typeof nothing {
    // Where nobody asks for our picture there's nothing to switch.
    if (!call.video || !session.sendsVideo || session.sharing.track) return nothing;
    const off = session.mutedVideo;
    return this.#control(
      off ? "camera_off" : "camera",
      this.word(off ? "camera_on" : "camera_off"),
      off ? "off" : "",
      () => screen.mute(call.call_id, { video: !off }),
    );
  }

  #more(): TemplateResult {
    const label = this.word(this.menu ? "less" : "more");
    return html`<button
      class="control ${this.menu ? "off" : ""}"
      aria-label=${label}
      title=${label}
      aria-expanded=${this.menu}
      aria-controls="menu"
      @click=${() => (this.menu = !this.menu)}
    >
      ${icon(this.menu ? "close" : "more")}
    </button>`;
  }

  #hangUp(act: () => void): TemplateResult {
    return this.#control("hang_up", this.word("hang_up"), "red", act);
  }

  #control(drawing: Icon, label: string, kind: string, act: () => void): TemplateResult {
    return html`<button class="control ${kind}" aria-label=${label} title=${label} @click=${act}>
      ${icon(drawing)}
    </button>`;
  }

  static override styles = [shared, viewStyles, controlStyles, barStyles];
}

define("mesh-call-view", CallView);
