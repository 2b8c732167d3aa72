import { theScreen } from "../phone";
import { languageOf, translate, type Word } from "../translations";

export interface CardConfig {
  type: string;
  title?: string;
  /** Names or ids; without them everybody is shown. */
  parties?: string[];
  /** Whether calls begun here have a picture. */
  video?: boolean;
}

/** Checks what somebody typed; the message is shown in place of the card. */
export const checkedConfig = (config: unknown): CardConfig => {
  if (typeof config !== "object" || config === null) throw new Error("Configuration is missing");
  const { title, parties, video } = config as Record<string, unknown>;
  if (title !== undefined && typeof title !== "string") throw new Error("title must be text");
  if (video !== undefined && typeof video !== "boolean") {
    throw new Error("video must be true or false");
  }
  const isList = Array.isArray(parties) && parties.every((party) => typeof party === "string");
  if (parties !== undefined && !isList) throw new Error("parties must be a list of names or ids");
  return config as CardConfig;
};

interface FormSchema {
  name: string;
  /** What the form shows while nothing is set. */
  default?: boolean;
  selector: Record<string, unknown>;
}

export interface ConfigForm {
  schema: FormSchema[];
  computeLabel: (schema: FormSchema) => string;
  computeHelper: (schema: FormSchema) => string | undefined;
  assertConfig: (config: unknown) => void;
}

const LABELS: Partial<Record<string, Word>> = {
  title: "config_title",
  parties: "config_parties",
  video: "config_video",
};

export const configForm = (): ConfigForm => {
  const screen = theScreen();
  const language = screen?.language ?? languageOf(navigator.language);
  const options = (screen?.parties ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return {
    schema: [
      { name: "title", selector: { text: {} } },
      {
        name: "parties",
        selector: { select: { multiple: true, custom_value: true, options } },
      },
      { name: "video", default: true, selector: { boolean: {} } },
    ],
    computeLabel: ({ name }) => {
      const word = LABELS[name];
      return word ? translate(language, word) : name;
    },
    computeHelper: ({ name }) =>
      name === "parties" ? translate(language, "config_parties_help") : undefined,
    assertConfig: (config) => {
      checkedConfig(config);
    },
  };
};
