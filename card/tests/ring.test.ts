import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Screen } from "../src/screen";
import { callOf, FakeConnection, joinedCall, ME, memberOf } from "./fake-server";
import { addCard, all, button, closePage, draw, GATE, openPage, type Page, show } from "./page";

describe("a ring", () => {
  let page: Page;
  let hass: FakeConnection;
  let screen: Screen;

  beforeEach(async () => {
    page = await openPage();
    ({ hass, screen } = page);
  });
  afterEach(() => closePage(page));

  it("rings with a dialog that takes the focus, but not onto a button", async () => {
    await addCard();
    await show(hass, callOf());
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
    await show(hass, callOf());
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
    await show(hass, callOf());
    button("Answer").click();
    await draw();
    expect(hass.of("accept")).toMatchObject([{ call_id: "call", video: true }]);
    await show(hass, callOf({ call_id: "other" }));
    screen.answering.clear();
    await show(hass, callOf({ call_id: "other" }));
    button("Reject").click();
    await draw();
    expect(hass.of("reject")).toMatchObject([{ call_id: "other", reason: "declined" }]);
  });

  it("says above everything why an answer was refused", async () => {
    await show(hass, callOf());
    hass.answers["mesh_call/accept"] = { code: "call_full", message: "The call is full." };
    button("Answer").click();
    await draw();
    await draw();
    expect(all("dialog")[0]?.textContent).toContain("The call is full.");
    button("Reject");
  });

  it("knocks while there is a call", async () => {
    await show(
      hass,
      joinedCall(),
      callOf({
        call_id: "second",
        caller: GATE,
        members: [memberOf(GATE, { name: "Gate" }), memberOf(ME, { state: "ringing" })],
      }),
    );
    expect(all("dialog")).toHaveLength(0);
    expect(all(".banner")[0]?.textContent).toContain("Gate");
    expect(all(".banner")[0]?.textContent).toContain("Answering ends the present call.");
    button("Answer");
    button("Hang up");
  });
});
