/** A screen without a page, connected to Home Assistant. */

import { vi } from "vitest";
import type { Screen } from "../src/screen";
import { FakeConnection, joinedCall, startedScreen } from "./fake-server";
import { type FakeDevices, installMedia, lastPeer } from "./fakes";

export interface OpenScreen {
  hass: FakeConnection;
  devices: FakeDevices;
  screen: Screen;
}

export const openScreen = async (): Promise<OpenScreen> => {
  vi.useFakeTimers();
  localStorage.clear();
  const devices = installMedia();
  const hass = new FakeConnection();
  const screen = await startedScreen(hass);
  hass.state();
  return { hass, devices, screen };
};

export const closeScreen = (screen: Screen): void => {
  screen.connection.silence();
  vi.useRealTimers();
  vi.unstubAllGlobals();
};

/** Lets the screen be in a call whose one connection works. */
export const connectCall = async (hass: FakeConnection): Promise<void> => {
  hass.state(joinedCall());
  hass.open("link");
  await hass.offer("link");
  lastPeer().become("connected");
};
