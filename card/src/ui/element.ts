import { LitElement } from "lit";
import { theScreen, Watch } from "../phone";
import type { Screen } from "../screen";
import { languageOf, translate, type Word } from "../translations";

/** An element that shows the screen's state in the user's language. */
export class ScreenElement extends LitElement {
  protected readonly watch = new Watch(this);

  protected get screen(): Screen | undefined {
    return theScreen();
  }

  protected word(word: Word, fill?: Record<string, string>): string {
    return translate(this.screen?.language ?? languageOf(navigator.language), word, fill);
  }
}

/** Defines an element unless another copy of this module was faster. */
export const define = (name: string, element: CustomElementConstructor): void => {
  if (!customElements.get(name)) customElements.define(name, element);
};
