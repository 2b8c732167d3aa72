/** The card's configuration as written in a dashboard. */

import { languageOf, translate, type Word } from "../translations";

export interface CardConfig {
  type: string;
  title?: string;
  /** Names or ids of the parties to offer; all without it. */
  parties?: string[];
  video?: boolean;
}

/** Checks what a user wrote; throws what the dashboard then shows in place of the card. */
export const parseConfig = (config: unknown): CardConfig => {
  if (typeof config !== "object" || config === null) throw new Error("Invalid configuration");
  const { title, parties, video } = config as Partial<Record<keyof CardConfig, unknown>>;
  if (title !== undefined && typeof title !== "string") throw new Error("title must be text");
  if (parties !== undefined && !isTexts(parties))
    throw new Error("parties must be a list of names");
  if (video !== undefined && typeof video !== "boolean") {
    throw new Error("video must be true or false");
  }
  return config as CardConfig;
};

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => typeof entry === "string");

const LABELS: Record<string, Word> = {
  title: "config_title",
  parties: "config_parties",
  video: "config_video",
};

/** The form of the visual editor, made of the frontend's own selectors. */
export const configForm = (): unknown => {
  const say = (word: Word): string => translate(languageOf(navigator.language), word);
  return {
    schema: [
      { name: "title", selector: { text: {} } },
      { name: "parties", selector: { text: { multiple: true } } },
      { name: "video", default: true, selector: { boolean: {} } },
    ],
    computeLabel: ({ name }: { name: string }) => {
      const word = LABELS[name];
      return word ? say(word) : undefined;
    },
    computeHelper: ({ name }: { name: string }) =>
      name === "parties" ? say("config_parties_help") : undefined,
    assertConfig: parseConfig,
  };
};
