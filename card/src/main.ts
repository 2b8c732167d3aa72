/** Loaded on every page of the frontend: the ring works without a card on any dashboard. */

import { startScreen } from "./phone";
import { languageOf, translate } from "./translations";
import "./ui/card";
import "./ui/overlay";

declare const __VERSION__: string;

interface CustomCard {
  type: string;
  name: string;
  description: string;
  preview: boolean;
}

declare global {
  interface Window {
    customCards?: CustomCard[];
    /** The version that runs on this page; a second copy of the module stays still. */
    meshCallVersion?: string;
  }
}

const begin = async (): Promise<void> => {
  const language = languageOf(navigator.language);
  (window.customCards ??= []).push({
    type: "mesh-call-card",
    name: translate(language, "card_name"),
    description: translate(language, "card_description"),
    preview: true,
  });
  console.info(
    `%c Mesh Call %c ${__VERSION__} `,
    "background:#1b7a3d;color:#fff",
    "background:#333;color:#fff",
  );
  document.body.append(document.createElement("mesh-call-overlay"));
  await startScreen();
};

if (!window.meshCallVersion) {
  window.meshCallVersion = __VERSION__;
  void begin();
}
