import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Screen } from "../src/screen";
import { DOOR, FakeConnection, joinedCall, ME, memberOf } from "./fake-server";
import { addCard, all, button, closePage, draw, openPage, type Page, show } from "./page";

describe("a call that is shown", () => {
  let page: Page;
  let hass: FakeConnection;
  let screen: Screen;

  beforeEach(async () => {
    page = await openPage();
    ({ hass, screen } = page);
  });
  afterEach(() => closePage(page));

  it("shows the call in a window, and in the card where there is one", async () => {
    await show(hass, joinedCall());
    expect(all(".window mesh-call-view")).toHaveLength(1);
    const card = await addCard();
    expect(all(".window mesh-call-view")).toHaveLength(0);
    expect(all("mesh-call-view", card.shadowRoot!)).toHaveLength(1);
    card.remove();
    await draw();
    expect(all(".window mesh-call-view")).toHaveLength(1);
    expect(screen.current?.call_id).toBe("call");
  });

  it("names its controls as they act", async () => {
    await addCard();
    await show(hass, joinedCall());
    button("Mute microphone").click();
    await draw();
    button("Unmute microphone").click();
    await draw();
    expect(hass.of("mute").map(({ audio }) => audio)).toEqual([true, false]);
    button("Hang up").click();
    await draw();
    expect(hass.of("hangup")).toHaveLength(1);
  });

  it("labels pictures with the member's name", async () => {
    await addCard();
    await show(hass, joinedCall());
    hass.tell({
      type: "open",
      connection_id: "link",
      call_id: "call",
      peer: DOOR,
      offer: false,
      preview: false,
      video: true,
      ice_servers: [],
    });
    await draw();
    expect(all("video").map((video) => video.getAttribute("aria-label"))).toEqual(["Front door"]);
  });

  it("says in words what is wrong", async () => {
    await addCard();
    Object.defineProperty(navigator, "mediaDevices", { value: undefined, configurable: true });
    const door = memberOf(DOOR, { problem: "source_lost", muted_audio: true });
    await show(hass, joinedCall({ recording: true, members: [door, memberOf(ME)] }));
    const text = all("mesh-call-view")[0]?.shadowRoot?.textContent ?? "";
    expect(text).toContain("only allow the microphone over HTTPS");
    expect(text).toContain("The camera stopped sending");
    expect(text).toContain("Recording");
    expect(text).toContain("Microphone off");
  });

  it("says that a media player is heard late", async () => {
    await addCard();
    const door = memberOf(DOOR, { problem: "speaker_late" });
    await show(hass, joinedCall({ members: [door, memberOf(ME)] }));
    expect(all("mesh-call-view")[0]?.shadowRoot?.textContent).toContain(
      "You are heard there some seconds late.",
    );
  });

  it.each([
    [1, "1 watching"],
    [3, "3 watching"],
  ])("shows that %d watch the call", async (viewers, words) => {
    await addCard();
    await show(hass, joinedCall({ viewers }));
    expect(all("mesh-call-view")[0]?.shadowRoot?.textContent).toContain(words);
    await show(hass, joinedCall({ viewers: 0 }));
    expect(all("mesh-call-view")[0]?.shadowRoot?.textContent).not.toContain("watching");
  });

  it("says by which way a camera is read, and why by no better one", async () => {
    await addCard();
    const passed_over = { rtsp: "no_media no stream address", webrtc: "odd" };
    const source = { state: "ready", error: null, way: "stills", passed_over } as const;
    await show(hass, joinedCall({ members: [memberOf(DOOR, { source }), memberOf(ME)] }));
    button("More").click();
    await draw();
    expect(all("mesh-call-more")[0]?.shadowRoot?.textContent).toContain(
      "Camera of Front door: single pictures. " +
        "RTSP: none offered (no stream address). WebRTC: odd.",
    );
  });
});
