import { html, nothing, type TemplateResult } from "lit";
import type { Capture } from "../capture";
import type { Member } from "../protocol";
import type { Screen } from "../screen";
import type { Session } from "../session";
import { translate, type Word } from "../translations";
import { icon } from "./icons";
import { captureText, noPathText } from "./words";

/** What stands against a good call, in words, with the tap that helps where there is one. */
export const callHints = (screen: Screen, session: Session, others: Member[]): TemplateResult => {
  const say = (word: Word, fill?: Record<string, string>): string =>
    translate(screen.language, word, fill);
  const { microphone, camera, sound } = screen;
  const { sharing } = session;
  const unheard = session.unheard ? others.find(({ state }) => state === "joined") : undefined;
  return html`
    ${
      sound.blocked
        ? html`<button class="pill tap" @click=${() => sound.unblock()}>
            ${icon("sound")}${say("tap_to_hear")}
          </button>`
        : nothing
    }
    ${session.unheard ? nothing : captureHint(screen, "audio", microphone)}
    ${microphone.slow ? hint(say("asking_microphone")) : nothing}
    ${captureHint(screen, "video", camera)} ${camera.slow ? hint(say("asking_camera")) : nothing}
    ${others.map((member) => {
      const text = noPathText(screen, session, member);
      return text ? hint(text) : nothing;
    })}
    ${sharing.asked ? askedToShare(session, say) : nothing}
    ${
      sharing.track
        ? hint(say("you_share"), { word: say("stop_sharing"), act: () => sharing.stop() })
        : nothing
    }
    ${unheard ? hint(say("unheard", { name: unheard.name })) : nothing}
  `;
};

interface Help {
  word: string;
  act: () => void;
}

const hint = (text: string, help?: Help): TemplateResult => html`
  <div class="hint" role="status">
    <span>${text}</span>
    ${help ? html`<button class="pill" @click=${help.act}>${help.word}</button>` : nothing}
  </div>
`;

const captureHint = (
  screen: Screen,
  kind: "audio" | "video",
  capture: Capture,
): TemplateResult | typeof nothing => {
  const { problem } = capture;
  if (!problem) return nothing;
  const text = captureText(screen, kind, problem);
  // Nothing that is tried again helps on a page that came by plain HTTP.
  if (problem === "insecure") return hint(text);
  const word = translate(screen.language, "try_again");
  return hint(text, { word, act: () => capture.retry() });
};

// Browsers let nobody share who hasn't tapped.
const askedToShare = (session: Session, say: (word: Word) => string): TemplateResult => html`
  <div class="hint" role="alert">
    <span>${say("asked_to_share")}</span>
    <button class="pill" @click=${() => session.sharing.decline()}>${say("not_now")}</button>
    <button class="pill tap" @click=${() => void session.sharing.start()}>
      ${icon("share")}${say("share_screen")}
    </button>
  </div>
`;
