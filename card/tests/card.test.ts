import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Card } from "../src/ui/card";
import { checkedConfig, configForm } from "../src/ui/card-config";
import { callOf, DOOR, FakeConnection, joinedCall, ME, memberOf, partyOf } from "./fake-server";
import { addCard, all, button, buttons, closePage, draw, openPage, type Page, show } from "./page";

describe("the card", () => {
  let page: Page;
  let hass: FakeConnection;

  beforeEach(async () => {
    page = await openPage();
    ({ hass } = page);
  });
  afterEach(() => closePage(page));

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
    await show(hass, callOf({ direction: "incoming" }));
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
    const kitchen = partyOf("station:kitchen", { name: "Kitchen", video: false });
    hass.parties = [kitchen];
    await show(hass);
    expect(button("Call Kitchen").textContent).toContain("Speaker");
    expect(hass.sent.filter(({ path }) => String(path).includes("kitchen"))).toEqual([]);
    button("Call Kitchen").click();
    await draw();
    expect(hass.of("call")).toMatchObject([{ video: false }]);
    const member = memberOf("station:kitchen", { name: "Kitchen", video: false });
    await show(hass, joinedCall({ caller: ME, members: [memberOf(ME), member] }));
    expect(all("mesh-call-tile")[0]?.shadowRoot?.textContent).toContain("Kitchen");
    expect(all("mesh-call-tile video")).toEqual([]);
  });

  it("says why a call is over, for some seconds", async () => {
    const card = await addCard();
    await show(hass, joinedCall());
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

  it("has no unnamed button in any state", async () => {
    await addCard();
    for (const calls of [
      [],
      [callOf()],
      [joinedCall()],
      [joinedCall(), callOf({ call_id: "2" })],
    ]) {
      await show(hass, ...calls);
      expect(buttons().filter((name) => name === "")).toEqual([]);
    }
  });

  it("speaks German", async () => {
    closePage(page);
    page = await openPage("de-DE");
    await addCard();
    button("Front door anrufen");
    await show(page.hass, callOf());
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
