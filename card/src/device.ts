/** Small services of the device that are nice to have: staying awake and buzzing. */

export class WakeLock {
  #wanted = false;
  #lock: WakeLockSentinel | undefined;

  constructor() {
    // The browser takes the lock back whenever the page is hidden.
    document.addEventListener("visibilitychange", () => void this.#apply());
  }

  keep(awake: boolean): void {
    if (this.#wanted === awake) return;
    this.#wanted = awake;
    void this.#apply();
  }

  async #apply(): Promise<void> {
    if (!this.#wanted) {
      const lock = this.#lock;
      this.#lock = undefined;
      await lock?.release().catch(() => undefined);
      return;
    }
    if (document.visibilityState !== "visible" || (this.#lock && !this.#lock.released)) return;
    try {
      this.#lock = await (navigator.wakeLock as WakeLock_ | undefined)?.request("screen");
    } catch {
      // Low battery or no permission: the screen may go dark, the call goes on.
    }
    // The call may have ended while the browser thought about it.
    if (!this.#stillWanted()) void this.#apply();
  }

  #stillWanted(): boolean {
    return this.#wanted;
  }
}

type WakeLock_ = Navigator["wakeLock"];

export class Vibration {
  #timer: ReturnType<typeof setInterval> | undefined;

  ring(on: boolean): void {
    if (on === (this.#timer !== undefined)) return;
    if (on) {
      this.#buzz();
      this.#timer = setInterval(() => this.#buzz(), 2600);
    } else {
      clearInterval(this.#timer);
      this.#timer = undefined;
      if (mayVibrate()) navigator.vibrate(0);
    }
  }

  #buzz(): void {
    if (mayVibrate()) navigator.vibrate([400, 150, 400]);
  }
}

// Before the first tap browsers refuse it, loudly.
const mayVibrate = (): boolean =>
  "vibrate" in navigator &&
  ((navigator.userActivation as UserActivation | undefined)?.hasBeenActive ?? false);
