import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Party } from "../src/protocol";
import { useScreen } from "../src/phone";
import { PushToTalk } from "../src/push-to-talk";
import { Screen } from "../src/screen";
import { stage } from "../src/stage";
import { Card } from "../src/ui/card";
import { checkedConfig, configForm } from "../src/ui/card-config";
import "../src/ui/overlay";
import {
  callOf,
  DOOR,
  FakeConnection,
  hassWith,
  installMedia,
  joinedCall,
  ME,
  memberOf,
} from "./fakes";

const party = (id: string, name: string): Party => ({
  id,
  name,
  kind: "station",
  state: "idle",
  video: true,
  audio: true,
});
const PARTIES = [party(DOOR, "Front door"), party("station:gate", "Gate")];

/** All elements that fit, in shadow roots, too. */
const all = (selector: string, root: ParentNode = document): HTMLElement[] => [
  ...root.querySelectorAll<HTMLElement>(selector),
  ...[...root.querySelectorAll("*")].flatMap((element) =>
    element.shadowRoot ? all(selector, element.shadowRoot) : [],
  ),
];

const nameOf = (element: Element): string =>
  element.getAttribute("aria-label") ?? element.textContent.replace(/\s+/g, " ").trim();

const buttons = (): string[] => all("button").map(nameOf);

const button = (start: string): HTMLElement => {
  const found = all("button").filter((element) => nameOf(element).startsWith(start));
  // A name that fits twice leaves people who can't see guessing.
  expect([start, found.length]).toEqual([start, 1]);
  return found[0]!;
};

// One for the page, as in real life: it listens to where the focus goes.
const overlay = document.createElement("mesh-call-overlay");

describe("what people see", () => {
  let hass: FakeConnection;
  let screen: Screen;

  const draw = async (): Promise<void> => {
    for (let turn = 0; turn < 6; turn++) await vi.advanceTimersByTimeAsync(10);
  };

  const state = async (...calls: ReturnType<typeof callOf>[]): Promise<void> => {
    hass.tell({ type: "state", parties: PARTIES, calls });
    await draw();
  };

  const addCard = async (config: object = {}): Promise<Card> => {
    const card = document.createElement("mesh-call-card") as Card;
    card.setConfig({ type: "custom:mesh-call-card", ...config });
    document.body.append(card);
    await draw();
    return card;
  };

  const begin = async (language = "en"): Promise<void> => {
    hass = new FakeConnection();
    screen = new Screen(hassWith(hass, language));
    useScreen(screen);
    screen.start();
    await vi.advanceTimersByTimeAsync(6000);
    hass.welcome();
    document.body.append(overlay);
    await state();
  };

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.stubGlobal("IntersectionObserver", undefined);
    Reflect.deleteProperty(window, "IntersectionObserver");
    localStorage.clear();
    installMedia();
    await begin();
  });
  afterEach(() => {
    document.body.replaceChildren();
    stage.resize("window");
    screen.connection.silence();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it("offers a call to everybody", async () => {
    await addCard();
    button("Call Front door").click();
    await draw();
    expect(hass.of("call")).toMatchObject([{ to: [DOOR], video: true }]);
  });

  it("shows only those that were chosen, in their order", async () => {
    await addCard({ parties: ["Gate", DOOR, "nobody"] });
    const calls = buttons().filter((name) => /^Call (Gate|Front door)/.test(name));
    expect(calls).toEqual(["Call Gate", "Call Front door"]);
  });

  it("can hang up before the server has heard of the call", async () => {
    await addCard();
    let answer: (value: unknown) => void = () => undefined;
    hass.answers["mesh_call/call"] = new Promise((resolve) => (answer = resolve));
    button("Call Front door").click();
    await draw();
    button("Hang up").click();
    answer({ call_id: "call" });
    await draw();
    expect(hass.of("hangup")).toMatchObject([{ call_id: "call" }]);
  });

  it("rings with a dialog that takes the focus, but not onto a button", async () => {
    await addCard();
    await state(callOf());
    const [dialog] = all("dialog");
    expect(dialog?.getAttribute("role")).toBe("alertdialog");
    expect(dialog?.getAttribute("aria-modal")).toBe("true");
    const title = all(`#${dialog?.getAttribute("aria-labelledby") ?? ""}`)[0];
    expect(title?.textContent).toBe("Front door");
    button("Answer");
    button("Reject");
    expect((dialog?.getRootNode() as ShadowRoot).activeElement?.tagName).not.toBe("BUTTON");
  });

  it("keeps ringing at Esc, only more quietly", async () => {
    await state(callOf());
    const [dialog] = all("dialog");
    const key = new KeyboardEvent("keydown", { key: "Escape", cancelable: true, bubbles: true });
    dialog?.dispatchEvent(key);
    await draw();
    expect(key.defaultPrevented).toBe(true);
    expect(hass.of("reject")).toEqual([]);
    expect(screen.alerts.silenced("call")).toBe(true);
    button("Answer");
  });

  it("answers and rejects", async () => {
    await state(callOf());
    button("Answer").click();
    await draw();
    expect(hass.of("accept")).toMatchObject([{ call_id: "call", video: true }]);
    await state(callOf({ call_id: "other" }));
    screen.answering.clear();
    await state(callOf({ call_id: "other" }));
    button("Reject").click();
    await draw();
    expect(hass.of("reject")).toMatchObject([{ call_id: "other", reason: "declined" }]);
  });

  it("says above everything why an answer was refused", async () => {
    await state(callOf());
    hass.answers["mesh_call/accept"] = { code: "call_full", message: "The call is full." };
    button("Answer").click();
    await draw();
    await draw();
    expect(all("dialog")[0]?.textContent).toContain("The call is full.");
    button("Reject");
  });

  it("shows the call in a window, and in the card where there is one", async () => {
    await state(joinedCall());
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
    await state(joinedCall());
    button("Mute microphone").click();
    await draw();
    button("Unmute microphone").click();
    await draw();
    expect(hass.of("mute").map(({ audio }) => audio)).toEqual([true, false]);
    button("Hang up").click();
    await draw();
    expect(hass.of("hangup")).toHaveLength(1);
  });

  describe("push-to-talk", () => {
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
      await state(joinedCall());
    });

    it("begins muted and says so", () => {
      expect(screen.sessions.get("call")?.mutedAudio).toBe(true);
      expect(hass.of("mute")).toMatchObject([{ call_id: "call", audio: true }]);
      button("Unmute microphone: hold to talk");
    });

    it("tells nobody of it before the call is answered", async () => {
      await state(callOf({ call_id: "second", my_state: "ringing" }));
      void screen.answer("second");
      await draw();
      const { sessions } = screen;
      expect(sessions.get("second")?.mutedAudio).toBe(true);
      expect(hass.of("mute").filter(({ call_id }) => call_id === "second")).toEqual([]);
      await state(joinedCall({ call_id: "second" }));
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
      await state();
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

  it("has no unnamed button in any state", async () => {
    await addCard();
    for (const calls of [
      [],
      [callOf()],
      [joinedCall()],
      [joinedCall(), callOf({ call_id: "2" })],
    ]) {
      await state(...calls);
      expect(buttons().filter((name) => name === "")).toEqual([]);
    }
  });

  it("labels pictures with the member's name", async () => {
    await addCard();
    await state(joinedCall());
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

  it("knocks while there is a call", async () => {
    await state(
      joinedCall(),
      callOf({
        call_id: "second",
        caller: "station:gate",
        members: [memberOf("station:gate", { name: "Gate" }), memberOf(ME, { state: "ringing" })],
      }),
    );
    expect(all("dialog")).toHaveLength(0);
    expect(all(".banner")[0]?.textContent).toContain("Gate");
    expect(all(".banner")[0]?.textContent).toContain("Answering ends the present call.");
    button("Answer");
    button("Hang up");
  });

  it("says in words what is wrong", async () => {
    await addCard();
    Object.defineProperty(navigator, "mediaDevices", { value: undefined, configurable: true });
    const door = memberOf(DOOR, { problem: "source_lost", muted_audio: true });
    await state(joinedCall({ recording: true, members: [door, memberOf(ME)] }));
    const text = all("mesh-call-view")[0]?.shadowRoot?.textContent ?? "";
    expect(text).toContain("only allow the microphone over HTTPS");
    expect(text).toContain("The camera stopped sending");
    expect(text).toContain("Recording");
    expect(text).toContain("Microphone off");
  });

  it("says that a media player is heard late", async () => {
    await addCard();
    const door = memberOf(DOOR, { problem: "speaker_late" });
    await state(joinedCall({ members: [door, memberOf(ME)] }));
    expect(all("mesh-call-view")[0]?.shadowRoot?.textContent).toContain(
      "You are heard there some seconds late.",
    );
  });

  it.each([
    [1, "1 watching"],
    [3, "3 watching"],
  ])("shows that %d watch the call", async (viewers, words) => {
    await addCard();
    await state(joinedCall({ viewers }));
    expect(all("mesh-call-view")[0]?.shadowRoot?.textContent).toContain(words);
    await state(joinedCall({ viewers: 0 }));
    expect(all("mesh-call-view")[0]?.shadowRoot?.textContent).not.toContain("watching");
  });

  it("says by which way a camera is read, and why by no better one", async () => {
    await addCard();
    const passed_over = { rtsp: "no_media no stream address", webrtc: "odd" };
    const source = { state: "ready", error: null, way: "stills", passed_over } as const;
    await state(joinedCall({ members: [memberOf(DOOR, { source }), memberOf(ME)] }));
    button("More").click();
    await draw();
    expect(all("mesh-call-more")[0]?.shadowRoot?.textContent).toContain(
      "Camera of Front door: single pictures. " +
        "RTSP: none offered (no stream address). WebRTC: odd.",
    );
  });

  it("shows the last picture of a door in the list and until a ring has a live one", async () => {
    hass.answers["auth/sign_path"] = { path: "/signed" };
    const jpeg = { status: 200, blob: () => Promise.resolve(new Blob(["jpeg"])) };
    const fetched = vi.fn(() => Promise.resolve(jpeg));
    vi.stubGlobal("fetch", fetched);
    URL.createObjectURL = () => "blob:last";
    URL.revokeObjectURL = () => undefined;
    const card = await addCard();
    await draw();
    const posters = (): (string | null)[] => all("img").map((image) => image.getAttribute("src"));
    expect(posters()).toEqual(["blob:last", "blob:last"]);
    expect(fetched).toHaveBeenCalledWith("/signed");
    expect(hass.sent.find(({ type }) => type === "auth/sign_path")).toMatchObject({
      path: `/api/mesh_call/thumbnail/${DOOR}?fallback=none`,
    });
    card.remove();
    await state(callOf({ direction: "incoming" }));
    expect(posters()).toEqual(["blob:last"]);
  });

  it("shows an icon where there is no last picture", async () => {
    hass.answers["auth/sign_path"] = { path: "/signed" };
    vi.stubGlobal("fetch", () => Promise.resolve(new Response(null, { status: 204 })));
    await addCard();
    await draw();
    expect(all("img")).toEqual([]);
    expect(all(".disc")).toHaveLength(2);
  });

  it("shows a station without a camera as a speaker, by its name", async () => {
    await addCard();
    const kitchen = { ...party("station:kitchen", "Kitchen"), video: false };
    hass.tell({ type: "state", parties: [kitchen], calls: [] });
    await draw();
    expect(button("Call Kitchen").textContent).toContain("Speaker");
    expect(hass.sent.filter(({ path }) => String(path).includes("kitchen"))).toEqual([]);
    button("Call Kitchen").click();
    await draw();
    expect(hass.of("call")).toMatchObject([{ video: false }]);
    const member = memberOf("station:kitchen", { name: "Kitchen", video: false });
    await state(joinedCall({ caller: ME, members: [memberOf(ME), member] }));
    expect(all("mesh-call-tile")[0]?.shadowRoot?.textContent).toContain("Kitchen");
    expect(all("mesh-call-tile video")).toEqual([]);
  });

  it("says why a call is over, for some seconds", async () => {
    const card = await addCard();
    await state(joinedCall());
    hass.tell({ type: "dismiss", call_id: "call", reason: "hung_up" });
    await draw();
    expect(card.shadowRoot?.textContent).toContain("Call with Front door ended");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(card.shadowRoot?.textContent).not.toContain("Call with Front door ended");
  });

  it("says when another window has the calls", async () => {
    const card = await addCard();
    hass.tell({ type: "replaced" });
    await draw();
    expect(card.shadowRoot?.textContent).toContain("Another window of this browser");
    button("Use this window").click();
    await draw();
    expect(hass.subscribed).toHaveLength(2);
  });

  it("names and forgets this browser", async () => {
    await addCard();
    button("Settings").click();
    await draw();
    const input = all("input")[0] as HTMLInputElement;
    expect(all("label[for=name]")[0]?.textContent).toContain("This browser's name");
    input.value = "Hall";
    all("form")[0]?.dispatchEvent(new Event("submit", { cancelable: true }));
    await draw();
    expect(hass.of("screen/name")).toMatchObject([{ name: "Hall" }]);
    hass.welcome("Hall");
    await draw();
    button("Settings").click();
    await draw();
    button("Forget").click();
    await draw();
    expect(hass.of("screen/forget")).toHaveLength(1);
  });

  it("speaks German", async () => {
    document.body.replaceChildren();
    screen.connection.silence();
    await begin("de-DE");
    await addCard();
    button("Front door anrufen");
    await state(callOf());
    button("Annehmen");
    button("Ablehnen");
  });
});

describe("the card's configuration", () => {
  it.each([
    [null],
    ["text"],
    [{ title: 1 }],
    [{ parties: "Front door" }],
    [{ parties: [1] }],
    [{ video: "yes" }],
  ])("refuses %o", (config) => {
    expect(() => checkedConfig(config)).toThrow();
    expect(() => new Card().setConfig(config)).toThrow();
  });

  it("has a form whose fields are all labelled", () => {
    const { schema, computeLabel, assertConfig } = configForm();
    for (const field of schema) expect(computeLabel(field)).not.toBe(field.name);
    expect(() => assertConfig({ type: "custom:mesh-call-card", title: "Hall" })).not.toThrow();
  });

  it("knows its size", () => {
    const card = new Card();
    expect(card.getCardSize()).toBeGreaterThan(0);
    expect(card.getGridOptions()).toMatchObject({ columns: 12 });
    expect(Card.getStubConfig()).toEqual({});
  });
});
