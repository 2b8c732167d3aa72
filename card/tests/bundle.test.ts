// @vitest-environment node
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const card = join(import.meta.dirname, "..");
const folders: string[] = [];

const build = (): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), "mesh-call-card-"));
  folders.push(folder);
  const env = { ...process.env, CARD_OUTPUT: folder };
  execFileSync(process.execPath, ["build.mjs"], { cwd: card, env });
  return readFileSync(join(folder, "mesh-call.js"));
};

const json = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(card, path), "utf8")) as Record<string, unknown>;

describe("the bundle", () => {
  let bundle: Buffer;

  beforeAll(() => {
    bundle = build();
  });
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it("is smaller than 150 kB", () => {
    expect(bundle.length).toBeLessThan(150_000);
  });

  it("comes out the same every time", () => {
    expect(build().equals(bundle)).toBe(true);
  });

  it("asks nobody outside for anything", () => {
    const addresses = bundle.toString().match(/\b(?:https?|wss?):\/\/[^\s"'`)]+/g) ?? [];
    // Namespaces and Lit's own hint are names, they are never fetched.
    const fetched = addresses.filter((url) => !/^https?:\/\/(www\.w3\.org|lit\.dev)\//.test(url));
    expect(fetched).toEqual([]);
  });

  it("is one module that imports nothing", () => {
    expect(bundle.toString()).not.toMatch(/\bimport\s*\(|^import\s|[;}]import[\s{"']/);
  });

  it("has the version of the integration", () => {
    const manifest = "../custom_components/mesh_call/manifest.json";
    if (!existsSync(join(card, manifest))) return;
    const { version } = json("package.json");
    expect(json(manifest)["version"]).toBe(version);
    expect(bundle.toString()).toContain(String(version));
  });

  it("is made of packages whose lock file names no address", () => {
    expect(readFileSync(join(card, "package-lock.json"), "utf8")).not.toContain('"resolved"');
  });
});
