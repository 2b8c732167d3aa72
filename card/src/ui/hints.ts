import { html, nothing, type TemplateResult } from "lit";
import type { Capture } from "../capture";
import type { Call } from "../protocol";
import type { Screen } from "../screen";
import { translate, type Word } from "../translations";
import { captureText, problemText } from "./words";

/** What stands against a good call, in words, with the tap that helps where there is one. */
export const hints = (screen: Screen, call: Call): (TemplateResult | typeof nothing)[] => [
  blockedSound(screen),
  captureHint(screen, call, screen.microphone, "audio"),
  captureHint(screen, call, screen.camera, "video"),
  ...screen.others(call).map((member) => {
    const text = problemText(screen, member);
    return text
      ? html`<div class="hint" role="status"><span>${member.name}: ${text}</span></div>`
      : nothing;
  }),
  unheard(screen, call),
];

const say = (screen: Screen, word: Word, fill?: Record<string, string>): string =>
  translate(screen.language, word, fill);

const blockedSound = (screen: Screen): TemplateResult | typeof nothing =>
  screen.sound.blocked
    ? html`<button class="pill green" @click=${() => screen.sound.unblock()}>
        ${say(screen, "tap_to_hear")}
      </button>`
    : nothing;

const captureHint = (
  screen: Screen,
  call: Call,
  capture: Capture,
  kind: "audio" | "video",
): TemplateResult | typeof nothing => {
  if (!capture.problem || !screen.sessions.get(call.call_id)?.active) return nothing;
  // Nothing that is tried again helps on a page that came by plain HTTP.
  const retry = capture.problem !== "insecure";
  return html`<div class="hint" role="alert">
    <span>${captureText(screen, kind, capture.problem)}</span>
    ${
      retry
        ? html`<button class="pill" @click=${() => capture.retry()}>
            ${say(screen, "try_again")}
          </button>`
        : nothing
    }
  </div>`;
};

const unheard = (screen: Screen, call: Call): TemplateResult | typeof nothing => {
  if (!screen.sessions.get(call.call_id)?.unheard) return nothing;
  const name = screen
    .others(call)
    .map((member) => member.name)
    .join(", ");
  return html`<div class="hint" role="status">
    <span>${say(screen, "unheard", { name })}</span>
  </div>`;
};
