/** Every word the page says, in every language it speaks. */

import { de } from "./translations.de";
import { en } from "./translations.en";

export type Word = keyof typeof en;
export type Words = Record<Word, string>;
export type Language = "en" | "de";

export const LANGUAGES: Record<Language, Words> = { en, de };

export const languageOf = (wish: string): Language => {
  const [base] = wish.toLowerCase().split(/[-_]/);
  return base === "de" ? "de" : "en";
};

/** The words of a language with names filled in for `{name}` and the like. */
export const translate = (
  language: Language,
  word: Word,
  fill: Record<string, string> = {},
): string =>
  LANGUAGES[language][word].replace(/\{(\w+)\}/g, (gap, key: string) => fill[key] ?? gap);

export const isWord = (word: string): word is Word => Object.hasOwn(en, word);
