// Takes pictures of the card and the overlay in many states and sizes into dev/out/pictures.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";
import { serve } from "./serve.mjs";

const pictures = join(dirname(fileURLToPath(import.meta.url)), "out/pictures");
mkdirSync(pictures, { recursive: true });
const SIZES = { phone: [390, 844], wall: [1280, 800] };
const only = process.argv[2];

const { url, stop } = await serve();
const browser = await launch();
try {
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    for (const theme of ["light", "dark"]) {
      const open = async (query = "") => {
        const page = await browser.newPage({ viewport: { width, height } });
        page.on("pageerror", (error) => console.log(size, theme, "page error:", error.message));
        page.on("console", (message) => {
          if (message.type() === "error") console.log(size, theme, "console:", message.text());
        });
        await page.goto(`${url}?theme=${theme}${query}`);
        await page.waitForFunction(() => window.home.log.length > 0);
        await page.waitForTimeout(200);
        return page;
      };
      const shoot = async (page, name) => {
        if (only && !name.includes(only)) return;
        await page.screenshot({ path: join(pictures, `${name}-${size}-${theme}.png`) });
      };
      const ring = (page) => page.evaluate(() => void window.home.ring("station:door"));
      const shown = (page) => page.waitForTimeout(1200);

      const card = await open();
      await shoot(card, "idle");
      await card.getByRole("button", { name: /^Settings/ }).click();
      await shoot(card, "settings");
      await ring(card);
      await shown(card);
      await shoot(card, "ring");
      await card.getByRole("button", { name: /^Answer/ }).click();
      await shown(card);
      await shoot(card, "call");
      await card.getByRole("button", { name: /^More/ }).click();
      await card.getByRole("button", { name: /^Push to talk/ }).click();
      await card.waitForTimeout(200);
      await shoot(card, "talk-menu");
      await card.getByRole("button", { name: /^Close the menu/ }).click();
      await shoot(card, "talk");
      await card.getByRole("button", { name: /^Unmute microphone/ }).hover();
      await card.mouse.down();
      await card.waitForTimeout(200);
      await shoot(card, "talking");
      await card.mouse.up();
      await card.evaluate(() => window.home.join(window.home.calls[0], "xmpp:anna@example.org"));
      await card.evaluate(() => {
        window.home.calls[0].recording = true;
        window.home.calls[0].members[0].problem = "source_lost";
        window.home.calls[0].members[2].muted_audio = true;
        window.home.push();
      });
      await shown(card);
      await card.evaluate(() => void window.home.ring("screen:kitchen"));
      await shown(card);
      await shoot(card, "waiting");
      await card.getByRole("button", { name: /^Hang up/ }).click();
      await card.evaluate(() => window.home.end(window.home.calls[0], "cancelled"));
      await card.waitForTimeout(300);
      await shoot(card, "ended");
      await card.getByRole("button", { name: /^Call Anna/ }).click();
      await card.waitForTimeout(300);
      await shoot(card, "calling");
      await card.close();

      const bare = await open("&bare=1&language=de");
      await ring(bare);
      await bare.waitForTimeout(600);
      await shoot(bare, "ring-german");
      await bare.getByRole("button", { name: /^Annehmen/ }).click();
      await shown(bare);
      await shoot(bare, "window");
      await bare.getByRole("button", { name: /^Verkleinern/ }).click();
      await bare.waitForTimeout(200);
      await shoot(bare, "bar");
      await bare.close();
    }
  }
} finally {
  await browser.close();
  await stop();
}
