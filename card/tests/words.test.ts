import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { problemOf } from "../src/capture";
import type { Notice } from "../src/notices";
import type { Screen } from "../src/screen";
import { LANGUAGES, languageOf, translate, type Word } from "../src/translations";
import { duration, noticeText } from "../src/ui/words";

const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe("translations", () => {
  const words = Object.keys(LANGUAGES.en) as Word[];

  it("know every word in every language, with the same gaps to fill", () => {
    for (const table of Object.values(LANGUAGES)) {
      expect(Object.keys(table).sort()).toEqual([...words].sort());
      for (const word of words) {
        expect(table[word].trim()).not.toBe("");
        expect([word, ...placeholders(table[word])]).toEqual([
          word,
          ...placeholders(LANGUAGES.en[word]),
        ]);
      }
    }
  });

  it("begin controls as the contract says", () => {
    const { en } = LANGUAGES;
    expect(en.answer).toMatch(/^Answer/);
    expect(en.reject).toMatch(/^Reject/);
    expect(en.hang_up).toMatch(/^Hang up/);
    expect(en.call_party).toMatch(/^Call /);
    expect(en.mute_microphone).toMatch(/^Mute microphone/);
    expect(en.unmute_microphone).toMatch(/^Unmute microphone/);
    expect(en.camera_off).toMatch(/^Turn camera off/);
    expect(en.camera_on).toMatch(/^Turn camera on/);
  });

  it("follow the user's language, else English", () => {
    expect(languageOf("de-AT")).toBe("de");
    expect(languageOf("fr")).toBe("en");
    expect(translate("de", "call_party", { name: "Anna" })).toBe("Anna anrufen");
  });

  it("are all used", () => {
    const folder = join(import.meta.dirname, "../src");
    const sources = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith(".ts") && !file.includes("translations."))
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .join("\n");
    const built =
      /^(audio|video|problem|ended|refused|state|kind|standing|quality|reason|way|because)_/;
    const unused = words.filter((word) => !built.test(word) && !sources.includes(`"${word}"`));
    expect(unused).toEqual([]);
  });
});

describe("words", () => {
  const screen = { language: "en" } as Screen;
  const notice = (fields: Partial<Notice>): Notice => ({
    id: 1,
    who: "Anna",
    reason: "hung_up",
    outgoing: true,
    answered: true,
    sentence: undefined,
    ...fields,
  });

  it.each([
    [{ reason: "hung_up" }, "Call with Anna ended"],
    [{ reason: "not_answered", answered: false }, "Anna did not answer"],
    [{ reason: "not_answered", answered: false, outgoing: false }, "Missed call from Anna"],
    [{ reason: "answered_elsewhere", outgoing: false }, "was answered elsewhere"],
    [{ reason: "busy" }, "Anna is busy"],
    [{ reason: "something_new" }, "failed"],
    [{ who: "", reason: "call_full", sentence: "Four are in it." }, "Four are in it."],
    [{ who: "", reason: "connection_lost" }, "No connection to Home Assistant"],
    [{ who: "", reason: "odd" }, "odd"],
  ])("say why a call is over: %o", (fields, text) => {
    expect(noticeText(screen, notice(fields))).toContain(text);
  });

  it.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "missing"],
    ["OverconstrainedError", "missing"],
    ["NotReadableError", "busy"],
    ["TypeError", "unknown"],
  ])("know what a browser means by %s", (name, problem) => {
    expect(problemOf(new DOMException("", name))).toBe(problem);
  });

  it("count the time", () => {
    expect([0, 65_000, 600_000, 3_661_000, -5].map(duration)).toEqual([
      "0:00",
      "1:05",
      "10:00",
      "1:01:01",
      "0:00",
    ]);
  });
});
