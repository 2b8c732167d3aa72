import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PushToTalk } from "../src/push-to-talk";
import type { Screen } from "../src/screen";
import { callOf, FakeConnection, joinedCall } from "./fake-server";
import { addCard, all, button, closePage, draw, openPage, type Page, show } from "./page";

describe("push-to-talk", () => {
  let page: Page;
  let hass: FakeConnection;
  let screen: Screen;

  beforeEach(async () => {
    page = await openPage();
    ({ hass, screen } = page);
  });
  afterEach(() => closePage(page));

  const heard = (): boolean | undefined =>
    hass.of("mute").length > 0 ? !hass.of("mute").at(-1)?.["audio"] : undefined;

  /** A button that is pressed as it is now, whatever it is called then. */
  const act = async (event: Event): Promise<void> => {
    all("button.talk")[0]!.dispatchEvent(event);
    await draw();
  };

  const pointer = (type: string): PointerEvent =>
    new PointerEvent(type, { pointerId: 1, isPrimary: true, button: 0 });

  const key = (type: string, options: KeyboardEventInit = {}): KeyboardEvent =>
    new KeyboardEvent(type, { key: " ", cancelable: true, ...options });

  beforeEach(async () => {
    HTMLElement.prototype.setPointerCapture = () => undefined;
    screen.holdToTalk(true);
    await addCard();
    await show(hass, joinedCall());
  });

  it("begins muted and says so", () => {
    expect(screen.sessions.get("call")?.mutedAudio).toBe(true);
    expect(hass.of("mute")).toMatchObject([{ call_id: "call", audio: true }]);
    button("Unmute microphone: hold to talk");
  });

  it("tells nobody of it before the call is answered", async () => {
    await show(hass, callOf({ call_id: "second", my_state: "ringing" }));
    void screen.answer("second");
    await draw();
    const { sessions } = screen;
    expect(sessions.get("second")?.mutedAudio).toBe(true);
    expect(hass.of("mute").filter(({ call_id }) => call_id === "second")).toEqual([]);
    await show(hass, joinedCall({ call_id: "second" }));
    expect(hass.of("mute").filter(({ call_id }) => call_id === "second")).toHaveLength(1);
  });

  it.each(["pointerup", "pointercancel", "lostpointercapture"])(
    "is heard while it is held, until %s",
    async (end) => {
      await act(pointer("pointerdown"));
      expect(heard()).toBe(true);
      button("Mute microphone: let go");
      await act(pointer(end));
      expect(heard()).toBe(false);
      button("Unmute microphone");
    },
  );

  it("listens to the first button of a mouse only", async () => {
    await act(new PointerEvent("pointerdown", { isPrimary: true, button: 2 }));
    expect(heard()).toBe(false);
  });

  it("is heard while the space bar is held", async () => {
    const down = key("keydown");
    await act(down);
    expect(down.defaultPrevented).toBe(true);
    for (let times = 0; times < 3; times++) await act(key("keydown", { repeat: true }));
    expect(hass.of("mute")).toHaveLength(2);
    await act(key("keyup"));
    expect(heard()).toBe(false);
    expect(hass.of("mute")).toHaveLength(3);
  });

  it.each<[string, () => void]>([
    ["the button loses the focus", () => all("button.talk")[0]!.dispatchEvent(new Event("blur"))],
    ["the window does", () => window.dispatchEvent(new Event("blur"))],
    ["the page is hidden", () => document.dispatchEvent(new Event("visibilitychange"))],
    ["the button goes", () => all("mesh-call-talk")[0]!.remove()],
  ])("is heard no more when %s", async (_why, happen) => {
    await act(key("keydown"));
    expect(heard()).toBe(true);
    happen();
    await draw();
    expect(heard()).toBe(false);
  });

  it("goes on and off for those who can't hold", async () => {
    await act(new MouseEvent("click", { detail: 0 }));
    expect(heard()).toBe(true);
    await act(new MouseEvent("click", { detail: 0 }));
    expect(heard()).toBe(false);
  });

  it("is no click of a finger that was there anyway", async () => {
    await act(pointer("pointerdown"));
    await act(pointer("pointerup"));
    await act(new MouseEvent("click", { detail: 1 }));
    expect(hass.of("mute").map(({ audio }) => audio)).toEqual([true, false, true]);
  });

  it("is switched in the call, and remembered", async () => {
    expect(new PushToTalk(() => undefined).on).toBe(true);
    button("More").click();
    await draw();
    button("Talk without holding").click();
    await draw();
    button("Unmute microphone").click();
    await draw();
    expect(heard()).toBe(true);
    expect(new PushToTalk(() => undefined).on).toBe(false);
    button("Push to talk").click();
    await draw();
    expect(heard()).toBe(false);
    button("Unmute microphone: hold");
  });

  it("is switched in the settings of the browser", async () => {
    screen.holdToTalk(false);
    await show(hass);
    button("Settings").click();
    await draw();
    const box = all("input[type=checkbox]")[0] as HTMLInputElement;
    expect(box.closest("label")?.textContent).toContain("Push to talk");
    box.click();
    await draw();
    expect(screen.pushToTalk.on).toBe(true);
  });

  it("works where nothing may be stored", () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new Error("no storage");
    });
    const talk = new PushToTalk(() => undefined);
    talk.set(true);
    expect(talk.on).toBe(true);
  });
});
