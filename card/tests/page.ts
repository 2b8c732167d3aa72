/** A page with the overlay, as people see it. */

import { expect, vi } from "vitest";
import { useScreen } from "../src/phone";
import type { Call } from "../src/protocol";
import type { Screen } from "../src/screen";
import { stage } from "../src/stage";
import "../src/ui/card";
import type { Card } from "../src/ui/card";
import "../src/ui/overlay";
import { DOOR, FakeConnection, partyOf, startedScreen } from "./fake-server";
import { installMedia } from "./fakes";

export const GATE = "station:gate";

// One for the page, as in real life: it listens to where the focus goes.
const overlay = document.createElement("mesh-call-overlay");

export interface Page {
  hass: FakeConnection;
  screen: Screen;
}

/** Opens it at Home Assistant, where there are two doors. */
export const openPage = async (language?: string): Promise<Page> => {
  vi.useFakeTimers();
  vi.stubGlobal("IntersectionObserver", undefined);
  Reflect.deleteProperty(window, "IntersectionObserver");
  localStorage.clear();
  installMedia();
  const hass = new FakeConnection();
  hass.parties = [partyOf(DOOR, { name: "Front door" }), partyOf(GATE, { name: "Gate" })];
  const screen = await startedScreen(hass, language);
  useScreen(screen);
  document.body.append(overlay);
  await show(hass);
  return { hass, screen };
};

export const closePage = ({ screen }: Page): void => {
  document.body.replaceChildren();
  stage.resize("window");
  screen.connection.silence();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
};

export const draw = async (): Promise<void> => {
  for (let turn = 0; turn < 6; turn++) await vi.advanceTimersByTimeAsync(10);
};

/** Shows these calls, as Home Assistant tells of them. */
export const show = async (hass: FakeConnection, ...calls: Call[]): Promise<void> => {
  hass.state(...calls);
  await draw();
};

export const addCard = async (config: object = {}): Promise<Card> => {
  const card = document.createElement("mesh-call-card") as Card;
  card.setConfig({ type: "custom:mesh-call-card", ...config });
  document.body.append(card);
  await draw();
  return card;
};

/** All elements that fit, in shadow roots, too. */
export const all = (selector: string, root: ParentNode = document): HTMLElement[] => [
  ...root.querySelectorAll<HTMLElement>(selector),
  ...[...root.querySelectorAll("*")].flatMap((element) =>
    element.shadowRoot ? all(selector, element.shadowRoot) : [],
  ),
];

export const nameOf = (element: Element): string =>
  element.getAttribute("aria-label") ?? element.textContent.replace(/\s+/g, " ").trim();

export const buttons = (): string[] => all("button").map(nameOf);

export const button = (start: string): HTMLElement => {
  const found = all("button").filter((element) => nameOf(element).startsWith(start));
  // A name that fits twice leaves people who can't see guessing.
  expect([start, found.length]).toEqual([start, 1]);
  return found[0]!;
};
