import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Leader } from "../src/leader";
import { FakeLocks } from "./fakes";

/** Messages between the pages of one browser; a page doesn't hear itself. */
class Channel extends EventTarget {
  static readonly all = new Set<Channel>();
  constructor() {
    super();
    Channel.all.add(this);
  }
  postMessage(data: unknown): void {
    for (const other of Channel.all) {
      if (other !== this) other.dispatchEvent(new MessageEvent("message", { data }));
    }
  }
}

interface Page {
  leader: Leader;
  visible: boolean;
  busy: boolean;
}

const open = (locks: FakeLocks | undefined, visible = true, channel = true): Page => {
  const page: Page = { visible, busy: false } as Page;
  page.leader = new Leader({
    name: "screen",
    busy: () => page.busy,
    onChange: () => undefined,
    locks: locks as unknown as LockManager | undefined,
    channel: channel ? (new Channel() as unknown as BroadcastChannel) : undefined,
    visible: () => page.visible,
  });
  void page.leader.contend();
  return page;
};

const turnTo = async (page: Page): Promise<void> => {
  page.visible = true;
  void page.leader.contend();
  await vi.advanceTimersByTimeAsync(500);
};

describe.each([
  ["with Web Locks", true],
  ["without Web Locks", false],
])("one page per browser %s", (_title, withLocks) => {
  let locks: FakeLocks | undefined;

  beforeEach(() => {
    vi.useFakeTimers();
    Channel.all.clear();
    locks = withLocks ? new FakeLocks() : undefined;
  });
  afterEach(() => void vi.useRealTimers());

  it("lets the only page lead", async () => {
    const page = open(locks);
    await vi.advanceTimersByTimeAsync(500);
    expect(page.leader.leading).toBe(true);
  });

  it("hands over to the page somebody turns to", async () => {
    const first = open(locks);
    await vi.advanceTimersByTimeAsync(500);
    const second = open(locks, false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([first.leader.leading, second.leader.leading]).toEqual([true, false]);
    first.visible = false;
    await turnTo(second);
    expect([first.leader.leading, second.leader.leading]).toEqual([false, true]);
    await turnTo(first);
    expect([first.leader.leading, second.leader.leading]).toEqual([true, false]);
  });

  it("leaves a page in a call alone, and says why", async () => {
    const first = open(locks);
    await vi.advanceTimersByTimeAsync(500);
    first.busy = true;
    const second = open(locks);
    await vi.advanceTimersByTimeAsync(500);
    expect([first.leader.leading, second.leader.leading]).toEqual([true, false]);
    expect(second.leader.busyElsewhere).toBe(true);
    first.busy = false;
    first.leader.announce();
    expect(second.leader.busyElsewhere).toBe(false);
    await turnTo(second);
    expect([first.leader.leading, second.leader.leading]).toEqual([false, true]);
  });

  it("gives a page nobody sees the lead only after a while", async () => {
    const page = open(locks, false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(page.leader.leading).toBe(false);
    await vi.advanceTimersByTimeAsync(5000);
    expect(page.leader.leading).toBe(true);
  });

  it("steps back when the server says so", async () => {
    const page = open(locks);
    await vi.advanceTimersByTimeAsync(500);
    page.leader.yield();
    expect(page.leader.leading).toBe(false);
    await turnTo(page);
    expect(page.leader.leading).toBe(true);
  });

  it("never has two leaders when two pages begin at the same moment", async () => {
    const pages = [open(locks), open(locks)];
    await vi.advanceTimersByTimeAsync(2000);
    expect(pages.filter(({ leader }) => leader.leading)).toHaveLength(1);
  });

  it("works without messages between pages", async () => {
    const page = open(locks, true, false);
    await vi.advanceTimersByTimeAsync(500);
    expect(page.leader.leading).toBe(true);
  });
});
