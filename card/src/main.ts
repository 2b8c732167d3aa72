/** Loaded on every page of the frontend: makes the page a screen and offers the card. */

import { startScreen } from "./phone";
import { en } from "./translations.en";
import "./ui/card";
import "./ui/overlay";

declare const __VERSION__: string;

interface CustomCard {
  type: string;
  name: string;
  description: string;
  preview: boolean;
  documentationURL: string;
}

declare global {
  interface Window {
    customCards?: CustomCard[];
    meshCallLoaded?: boolean;
  }
}

const offerCard = (): void => {
  (window.customCards ??= []).push({
    type: "mesh-call-card",
    name: en.card_name,
    description: en.card_description,
    preview: false,
    documentationURL: "https://github.com/mesh-call/mesh-call",
  });
};

// After an update both the old and the new file may be loaded; one of them is enough.
if (!window.meshCallLoaded) {
  window.meshCallLoaded = true;
  console.info(`Mesh Call ${__VERSION__}`);
  offerCard();
  document.body.append(document.createElement("mesh-call-overlay"));
  void startScreen();
}
