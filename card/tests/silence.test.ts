import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchSilence } from "../src/silence";

describe("silence", () => {
  let told: boolean[];
  let level: number | undefined;
  let flows: boolean;
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    level = 0.3;
    flows = true;
    let rtpTimestamp = 0;
    stop = watchSilence(
      () => ({ audioLevel: level, rtpTimestamp: flows ? ++rtpTimestamp : rtpTimestamp }),
      (silent) => told.push(silent),
    );
  });

  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  it("is told when it lasts, and when it ends", () => {
    vi.advanceTimersByTime(1000);
    expect(told).toEqual([false]);
    level = 0;
    vi.advanceTimersByTime(1500);
    expect(told).toEqual([false]);
    vi.advanceTimersByTime(1500);
    expect(told).toEqual([false, true]);
    level = 0.001;
    vi.advanceTimersByTime(1000);
    expect(told).toEqual([false, true, false]);
  });

  it("is no pause of what comes, and nothing without levels", () => {
    level = 0;
    vi.advanceTimersByTime(500);
    flows = false;
    vi.advanceTimersByTime(9000);
    expect(told).toEqual([]);
    flows = true;
    level = undefined;
    vi.advanceTimersByTime(9000);
    expect(told).toEqual([]);
  });

  it("is not listened for any more after the end", () => {
    stop();
    vi.advanceTimersByTime(5000);
    expect(told).toEqual([]);
  });
});
