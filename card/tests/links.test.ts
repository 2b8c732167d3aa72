import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followLinks } from "../src/links";
import { Screen } from "../src/screen";
import { callOf, hassWith, FakeConnection } from "./fake-server";

const waiting = { timeout: 20_000 };

describe("a link of a notification", () => {
  let hass: FakeConnection;
  let screen: Screen;
  let answered: string[];

  const ring = (): void => hass.state(callOf({ my_state: "ringing" }));

  const open = (address: string): void => window.history.replaceState(null, "", address);

  beforeEach(() => {
    hass = new FakeConnection();
    screen = new Screen(hassWith(hass));
    answered = [];
    vi.spyOn(screen, "answer").mockImplementation((callId) => {
      answered.push(callId);
      return Promise.resolve();
    });
    screen.start();
  });
  afterEach(() => {
    open("/");
    vi.restoreAllMocks();
  });

  // First: what follows links listens as long as its page lives.
  it("answers in a page that is open already", async () => {
    followLinks(screen);
    await vi.waitFor(() => {
      ring();
      expect(screen.ringing).toHaveLength(1);
    }, waiting);
    expect(answered).toEqual([]);
    open("/lovelace?mesh_call_answer=call");
    window.dispatchEvent(new Event("location-changed"));
    expect(answered).toEqual(["call"]);
    expect(window.location.search).toBe("");
  });

  it("answers its call as soon as it rings, once", async () => {
    open("/lovelace?mesh_call_answer=call&edit=1");
    followLinks(screen);
    expect(window.location.search).toBe("?edit=1");
    await vi.waitFor(() => {
      ring();
      expect(answered).toEqual(["call"]);
    }, waiting);
    ring();
    expect(answered).toEqual(["call"]);
  });

  it.each(["/lovelace", "/?mesh_call=call", "/?mesh_call_answer=another"])(
    "to %s answers nothing",
    async (address) => {
      open(address);
      followLinks(screen);
      await vi.waitFor(() => {
        ring();
        expect(screen.ringing).toHaveLength(1);
      }, waiting);
      expect(answered).toEqual([]);
    },
  );
});
