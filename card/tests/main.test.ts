import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

describe("the module", () => {
  beforeEach(() => {
    document.body.replaceChildren();
    delete window.customCards;
    delete window.meshCallVersion;
    vi.spyOn(console, "info").mockReturnValue();
  });
  afterEach(() => void vi.restoreAllMocks());

  const load = async (): Promise<void> => {
    vi.resetModules();
    await import("../src/main");
  };

  it("offers the card and lies over every page", async () => {
    await load();
    expect(window.customCards).toMatchObject([{ type: "mesh-call-card" }]);
    expect(document.querySelectorAll("mesh-call-overlay")).toHaveLength(1);
  });

  // After an update a page may hold the old file and the new one.
  it("does nothing when it is loaded once more", async () => {
    await load();
    await load();
    expect(window.customCards).toHaveLength(1);
    expect(document.querySelectorAll("mesh-call-overlay")).toHaveLength(1);
  });

  it("leaves the cards of others alone", async () => {
    const theirs = { type: "other", name: "", description: "", preview: false };
    window.customCards = [theirs];
    await load();
    expect(window.customCards?.map(({ type }) => type)).toEqual(["other", "mesh-call-card"]);
  });
});
