// @vitest-environment node
import { existsSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FakeHome } from "../dev/fake-home";
import { CHROMIUM, launch } from "../dev/browser.mjs";
import { serve } from "../dev/serve.mjs";

declare const window: { home: FakeHome };

const missing = !existsSync(CHROMIUM);
if (missing && process.env["CI"] === "true") throw new Error(`${CHROMIUM} is missing`);

/** The card in a real browser, with real peer connections to a home of straw. */
describe.skipIf(missing)("in a browser", { timeout: 90_000 }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let server: { url: string; stop: () => Promise<void> };
  let errors: string[];

  const open = async (query = ""): Promise<Page> => {
    const opened = await context.newPage();
    opened.on("pageerror", ({ message }) => errors.push(message));
    opened.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await opened.goto(`${server.url}?${query}`);
    await opened.waitForFunction(() => window.home.welcomed);
    return opened;
  };

  const ring = (): Promise<void> =>
    page.evaluate(() => {
      window.home.ring("station:door");
    });

  const press = (name: RegExp): Promise<void> => page.getByRole("button", { name }).click();

  const sent = (type: string): Promise<Record<string, unknown>[]> =>
    page.evaluate(
      (wanted) =>
        window.home.log.filter((entry) => entry.type === wanted).map(({ fields }) => fields),
      `mesh_call/${type}`,
    );

  const tracks = (kind: "audio" | "video"): Promise<number> =>
    page.evaluate((wanted) => window.home.arriving(wanted), kind);

  /** Waits for moving pictures, not merely for an element. */
  const seen = async (name: string): Promise<void> => {
    const video = page.locator(`video[aria-label="${name}"]`);
    const frame = (): Promise<boolean> =>
      video.evaluate(
        (element) =>
          new Promise<boolean>((resolve) => {
            (element as HTMLVideoElement).requestVideoFrameCallback(() => resolve(true));
            setTimeout(() => resolve(false), 1000);
          }),
      );
    await expect.poll(frame).toBe(true);
  };

  /** Waits until somebody is in the call: a preview brings pictures before. */
  const reached = (id: string): Promise<void> =>
    expect.poll(() => page.evaluate(() => window.home.reaching)).toContain(id);

  const answered = async (): Promise<void> => {
    await ring();
    await press(/^Answer/);
    await page.getByRole("button", { name: /^Hang up/ }).waitFor();
    await reached("station:door");
  };

  beforeAll(async () => {
    server = await serve();
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });
  beforeEach(async () => {
    errors = [];
    context = await browser.newContext();
    page = await open();
  });
  afterEach(async () => {
    await context.close();
    expect(errors).toEqual([]);
  });

  it("rings, shows the door, answers, hears, mutes and hangs up", async () => {
    await ring();
    await seen("Front door");
    expect(await sent("ringing")).toHaveLength(1);
    expect(await tracks("audio")).toBe(0);
    await press(/^Answer/);
    await expect.poll(() => tracks("audio")).toBe(1);
    await seen("Front door");
    const sound = page.locator("audio");
    await expect
      .poll(() =>
        sound.evaluateAll((all) => all.some((each) => !(each as HTMLAudioElement).paused)),
      )
      .toBe(true);
    await press(/^Mute microphone/);
    await page.getByRole("button", { name: /^Unmute microphone/ }).waitFor();
    expect(await sent("mute")).toMatchObject([{ audio: true }]);
    await press(/^Hang up/);
    await page.getByRole("button", { name: /^Call Front door/ }).waitFor();
    expect(await sent("hangup")).toHaveLength(1);
    await expect.poll(() => page.locator("audio").count()).toBe(0);
  });

  it("is heard only while a button is held", async () => {
    await press(/^Settings/);
    await page.getByLabel("Push to talk").check();
    await press(/^Close/);
    await answered();
    const talk = page.getByRole("button", { name: /^Unmute microphone: hold/ });
    await talk.waitFor();
    await talk.hover();
    await page.mouse.down();
    const held = page.getByRole("button", { name: /^Mute microphone/ });
    await held.waitFor();
    // Whoever slides off it still holds it.
    await page.mouse.move(5, 5);
    expect(await held.isVisible()).toBe(true);
    await page.mouse.up();
    await talk.waitFor();
    await talk.focus();
    await page.keyboard.down("Space");
    await held.waitFor();
    await page.keyboard.press("Tab");
    await talk.waitFor();
    await page.keyboard.up("Space");
    const told = (await sent("mute")).map(({ audio }) => audio);
    expect(told).toEqual([true, false, true, false, true]);
    await page.reload();
    await page.getByRole("button", { name: /^Settings/ }).click();
    expect(await page.getByLabel("Push to talk").isChecked()).toBe(true);
  });

  it("shows no black between the preview and the call", async () => {
    await ring();
    await seen("Front door");
    // From now on every frame on the display is looked at.
    await page.evaluate(() => window.home.watchForBlack("Front door"));
    await press(/^Answer/);
    await reached("station:door");
    const looked = async (): Promise<number> =>
      (await page.evaluate(() => window.home.blackness())).frames;
    const before = await looked();
    await expect.poll(looked).toBeGreaterThan(before + 20);
    expect((await page.evaluate(() => window.home.blackness())).black).toBe(0);
  });

  it("keeps the call and its sound through a change of view", async () => {
    await answered();
    await page.evaluate(() => document.querySelector("mesh-call-card")?.remove());
    await seen("Front door");
    expect(await page.locator("audio").count()).toBe(1);
    await press(/^Minimise/);
    await page.getByRole("button", { name: /^Show picture/ }).waitFor();
    await press(/^Hang up/);
    await expect.poll(() => page.getByRole("button", { name: /^Hang up/ }).count()).toBe(0);
  });

  it("goes on over fresh connections after a lost websocket", async () => {
    await answered();
    await page.evaluate(() => window.home.plug(false));
    await page.getByText("The call goes on").first().waitFor();
    await seen("Front door");
    await press(/^Mute microphone/);
    const before = await sent("media");
    await page.evaluate(() => window.home.plug(true));
    await expect.poll(() => sent("media")).toHaveLength(before.length + 1);
    await seen("Front door");
    expect(await sent("mute")).toMatchObject([{ audio: true }]);
  });

  it("calls, and hangs up while it rings there", async () => {
    await press(/^Call Anna/);
    await page.getByText("Calling…").first().waitFor();
    await press(/^Hang up/);
    await page.getByRole("button", { name: /^Call Anna/ }).waitFor();
  });

  it("sends its camera where it is asked for, and takes it away", async () => {
    await press(/^Call Anna/);
    await expect.poll(() => sent("call")).toHaveLength(1);
    await page.evaluate(() => {
      const [call] = window.home.calls;
      if (call) window.home.answered(call);
    });
    await seen("Anna");
    await expect.poll(() => tracks("video")).toBe(1);
    await press(/^Turn camera off/);
    await page.getByRole("button", { name: /^Turn camera on/ }).click();
    await page.getByRole("button", { name: /^Turn camera off/ }).waitFor();
    await press(/^Hang up/);
  });

  it("does not go away or answer by keys", async () => {
    await ring();
    const answer = page.getByRole("button", { name: /^Answer/ });
    await answer.waitFor();
    for (const key of ["Escape", "Escape", "Enter", "Space"]) await page.keyboard.press(key);
    await page.waitForTimeout(200);
    expect(await answer.isVisible()).toBe(true);
    expect([await sent("accept"), await sent("reject")]).toEqual([[], []]);
  });

  it("lies above a modal dialog of the page", async () => {
    await page.evaluate(() => {
      const dialog = document.createElement("dialog");
      dialog.textContent = "More information";
      document.body.append(dialog);
      dialog.showModal();
    });
    await answered();
  });

  it("rings on one page of the browser only", async () => {
    const second = await open();
    await expect
      .poll(() => page.getByText("Another window of this browser").isVisible())
      .toBe(true);
    await expect
      .poll(() => second.getByRole("button", { name: /^Call Front door/ }).isVisible())
      .toBe(true);
    await second.close();
    await page.bringToFront();
    await page.getByRole("button", { name: /^Call Front door/ }).waitFor();
  });
});
