import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Ringtone } from "../src/ringtone";
import { Sound } from "../src/sound";
import { FakeStream, installMedia } from "./fakes";

/** A browser that lets sound out only once somebody tapped. */
let tapped = false;
let struck = 0;

class FakeContext {
  state: AudioContextState = "suspended";
  currentTime = 0;
  readonly destination = {};

  resume(): Promise<void> {
    if (!tapped) return new Promise(() => undefined);
    this.state = "running";
    return Promise.resolve();
  }

  suspend(): Promise<void> {
    this.state = "suspended";
    return Promise.resolve();
  }

  createGain(): object {
    const ramp = (): void => undefined;
    const gain = {
      setValueAtTime: ramp,
      linearRampToValueAtTime: ramp,
      exponentialRampToValueAtTime: ramp,
    };
    return { gain, connect: ramp, disconnect: ramp };
  }

  createOscillator(): object {
    const connect = <T>(next: T): T => next;
    return { frequency: {}, connect, start: () => struck++, stop: () => undefined };
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("AudioContext", FakeContext);
  Object.assign(window, { AudioContext: FakeContext });
  tapped = false;
  struck = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("the ring", () => {
  it("sounds until it is stopped", async () => {
    tapped = true;
    const ringtone = new Ringtone(() => undefined);
    ringtone.play("ring");
    await vi.advanceTimersByTimeAsync(6000);
    expect(ringtone.blocked).toBe(false);
    const before = struck;
    expect(before).toBeGreaterThan(0);
    ringtone.play(undefined);
    await vi.advanceTimersByTimeAsync(6000);
    expect(struck).toBe(before);
  });

  it("says that the browser blocks it, and rings from the tap on", async () => {
    const changed = vi.fn();
    const ringtone = new Ringtone(changed);
    ringtone.play("ring");
    await vi.advanceTimersByTimeAsync(1000);
    expect([ringtone.blocked, struck]).toEqual([true, 0]);
    expect(changed).toHaveBeenCalled();
    tapped = true;
    await ringtone.unblock();
    await vi.advanceTimersByTimeAsync(1000);
    expect(ringtone.blocked).toBe(false);
    expect(struck).toBeGreaterThan(0);
  });
});

describe("what the others say", () => {
  it("asks for a tap where the browser plays nothing without", async () => {
    installMedia();
    const play = vi.spyOn(HTMLMediaElement.prototype, "play");
    play.mockRejectedValueOnce(new DOMException("", "NotAllowedError"));
    const sound = new Sound(() => undefined);
    sound.play("link", new FakeStream() as unknown as MediaStream);
    await vi.advanceTimersByTimeAsync(0);
    expect(sound.blocked).toBe(true);
    sound.unblock();
    await vi.advanceTimersByTimeAsync(0);
    expect(sound.blocked).toBe(false);
    sound.stop("link");
    expect(document.querySelectorAll("audio")).toHaveLength(0);
  });
});
