/** Which words fit a state; shared by the card and the overlay. */

import type { CaptureProblem } from "../capture";
import type { Notice } from "../notices";
import type { Call, Member } from "../protocol";
import type { Screen } from "../screen";
import type { Session } from "../session";
import { isWord, translate, type Word } from "../translations";

const REASONS = [
  "hung_up",
  "rejected",
  "busy",
  "not_answered",
  "cancelled",
  "answered_elsewhere",
  "failed",
  "stopped",
  "connection_lost",
];

/** Why a call is over, or what could not be done. */
export const noticeText = (screen: Screen, notice: Notice): string => {
  const say = (word: Word, fill?: Record<string, string>): string =>
    translate(screen.language, word, fill);
  if (notice.sentence) return notice.sentence;
  if (!notice.who) {
    const word = `refused_${notice.reason}`;
    return isWord(word) ? say(word) : say("refused_other", { reason: notice.reason });
  }
  const name = notice.who;
  // Nobody "does not answer" who called us: we missed it.
  const unanswered = ["not_answered", "hung_up"].includes(notice.reason) && !notice.answered;
  if (unanswered && !notice.outgoing) return say("ended_missed", { name });
  if (notice.reason === "no_path" || notice.reason === "no_path_relay") {
    return say(notice.reason, { name });
  }
  const word = `ended_${REASONS.includes(notice.reason) ? notice.reason : "failed"}`;
  return isWord(word) ? say(word, { name }) : name;
};

/** How the connection of this screen's call stands, in words. */
export const connectionText = (screen: Screen, call: Call): string => {
  const say = (word: Word, fill?: Record<string, string>): string =>
    translate(screen.language, word, fill);
  if (screen.connection.availability === "lost") return say("server_lost");
  if (call.my_state === "joined" && call.state === "ringing") return say("calling");
  const session = screen.sessions.get(call.call_id);
  const joined = screen.others(call).filter(({ state }) => state === "joined");
  const states = joined.map(({ id }) => session?.linkTo(id)?.state ?? "undefined");
  if (states.some((state) => state === "connected" || state === "completed")) {
    // With several it is the worst one that somebody wonders about.
    if (states.includes("disconnected")) return say("disconnected");
    return qualityText(joined, session, say);
  }
  if (states.includes("failed")) return say("connection_failed");
  if (states.includes("disconnected")) return say("disconnected");
  return say("connecting");
};

const qualityText = (
  joined: Member[],
  session: Session | undefined,
  say: (word: Word, fill?: Record<string, string>) => string,
): string => {
  const known = joined.flatMap(({ id, name }) => {
    const quality = session?.linkTo(id)?.quality;
    return quality ? [{ name, ...quality }] : [];
  });
  const worst =
    known.find(({ grade }) => grade === "poor") ?? known.find(({ grade }) => grade === "fair");
  if (!worst?.reason) return say(known.length > 0 ? "quality_good" : "connected");
  const text = say(`quality_${worst.grade}`, { reason: say(`reason_${worst.reason}`) });
  return joined.length > 1 ? `${worst.name}: ${text}` : text;
};

/** Why this screen can't reach a member who is there, and what to do about it. */
export const noPathText = (
  screen: Screen,
  session: Session,
  { id, name, state }: Member,
): string | undefined => {
  const word = state === "joined" ? session.noPath(id) : undefined;
  return word && translate(screen.language, word, { name });
};

export const problemText = (screen: Screen, member: Member): string | undefined => {
  if (!member.problem) return undefined;
  const word = `problem_${member.problem}`;
  if (isWord(word)) return translate(screen.language, word);
  return translate(screen.language, "problem_other", { problem: member.problem });
};

/** By which way a station's camera is read, and why by no better one. */
export const sourceText = (screen: Screen, { name, source }: Member): string | undefined => {
  if (!source?.way) return undefined;
  const say = (word: string, fill?: Record<string, string>): string =>
    isWord(word) ? translate(screen.language, word, fill) : "";
  const failed = Object.entries(source.passed_over).map(([way, reason]) => {
    const [problem = "", ...detail] = reason.split(" ");
    const more = detail.length > 0 ? ` (${detail.join(" ")})` : "";
    return `${say(`way_${way}`)}: ${say(`because_${problem}`) || problem}${more}.`;
  });
  return [say("read_by", { name, way: say(`way_${source.way}`) }), ...failed].join(" ");
};

/** Why microphone or camera can't be had, and what to do about it. */
export const captureText = (
  screen: Screen,
  kind: "audio" | "video",
  problem: CaptureProblem,
): string => translate(screen.language, `${kind}_${problem}`);

export const duration = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0(\d)/, "$1");
};
