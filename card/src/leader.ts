/**
 * One page per browser rings. The page somebody looks at is the one, unless another page is in
 * a call. With Web Locks the holder of the lock leads; without (plain HTTP, old webviews) the
 * pages settle it by messages; without these the server's `replaced` has the last word.
 */

export interface LeaderOptions {
  name: string;
  /** Whether this page is in a call and must not be robbed of it. */
  busy: () => boolean;
  onChange: (leading: boolean) => void;
  locks?: LockManager | undefined;
  channel?: BroadcastChannel | undefined;
  visible?: () => boolean;
}

type Message = { from: string } & (
  { type: "who" } | { type: "here"; busy: boolean } | { type: "take" } | { type: "gone" }
);

const ANSWER_TIME = 150;
/** A reloaded page is back within this time and goes before a page nobody sees. */
const HIDDEN_DELAY = 4000;
const TIE = 400;

export class Leader {
  leading = false;
  /** Whether another page of this browser is known to be in a call. */
  busyElsewhere = false;

  readonly #id = Math.random().toString(36).slice(2);
  readonly #visible: () => boolean;
  #release: (() => void) | undefined;
  #queued: AbortController | undefined;
  #contending = false;
  #takenAt = 0;
  #heard: ((busy: boolean) => void) | undefined;
  #delayed: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: LeaderOptions) {
    this.#visible = options.visible ?? (() => document.visibilityState === "visible");
    options.channel?.addEventListener("message", (event: MessageEvent<Message>) =>
      this.#hear(event.data),
    );
  }

  start(): void {
    document.addEventListener("visibilitychange", () => {
      if (this.#visible()) void this.contend();
    });
    window.addEventListener("focus", () => void this.contend());
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) void this.contend();
    });
    window.addEventListener("pagehide", () => {
      if (this.leading) this.#tell({ type: "gone" });
    });
    void this.contend();
  }

  /** Leads if nothing stands against it; called whenever somebody turns to this page. */
  async contend(): Promise<void> {
    if (this.leading || this.#contending) return;
    this.#contending = true;
    try {
      const holder = await this.#ask();
      this.busyElsewhere = holder === "busy";
      if (this.#visible() && holder !== "busy") this.take();
      else if (this.options.locks) this.#queue();
      else if (holder === "none") this.#gainUnseen();
    } finally {
      this.#contending = false;
    }
  }

  /** Leads in any case; what the user asked for by a tap. */
  take(): void {
    if (this.leading) return;
    this.#queued?.abort();
    this.#queued = undefined;
    if (this.options.locks) void this.#hold(this.options.locks, { steal: true });
    else this.#gain();
  }

  /** Steps back without a fight: another page took over. */
  yield(): void {
    const release = this.#release;
    this.#release = undefined;
    this.#lose();
    release?.();
  }

  /** Lets the other pages know when a call begins or ends. */
  announce(): void {
    if (this.leading) this.#tell({ type: "here", busy: this.options.busy() });
  }

  #queue(): void {
    const { locks } = this.options;
    if (!locks || this.#queued) return;
    const controller = new AbortController();
    this.#queued = controller;
    void this.#hold(locks, { signal: controller.signal });
  }

  async #hold(locks: LockManager, lockOptions: LockOptions): Promise<void> {
    const lock = { held: false };
    try {
      await locks.request(this.options.name, lockOptions, async () => {
        lock.held = true;
        this.#queued = undefined;
        const over = new Promise<void>((resolve) => (this.#release = resolve));
        if (this.#visible()) this.#gain();
        else this.#gainUnseen();
        await over;
      });
    } catch {
      // Aborted: either no longer wanted, or stolen by another page while we held it.
      if (!lock.held) return;
      this.#release = undefined;
      this.#lose();
      this.#queue();
    }
  }

  #gainUnseen(): void {
    clearTimeout(this.#delayed);
    this.#delayed = setTimeout(() => {
      // Without locks a page that came back meanwhile has said so.
      if (this.options.locks ? this.#release : Date.now() - this.#takenAt > TIE) this.#gain();
    }, HIDDEN_DELAY);
  }

  #gain(): void {
    clearTimeout(this.#delayed);
    if (this.leading) return;
    this.leading = true;
    this.busyElsewhere = false;
    this.#takenAt = Date.now();
    this.#tell({ type: "take" });
    this.options.onChange(true);
  }

  #lose(): void {
    clearTimeout(this.#delayed);
    if (!this.leading) return;
    this.leading = false;
    this.options.onChange(false);
  }

  async #ask(): Promise<"none" | "idle" | "busy"> {
    if (!this.options.channel) return "none";
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve("none"), ANSWER_TIME);
      this.#heard = (busy) => {
        clearTimeout(timer);
        resolve(busy ? "busy" : "idle");
      };
      this.#tell({ type: "who" });
    });
  }

  #hear(message: Message): void {
    switch (message.type) {
      case "who":
        this.announce();
        break;
      case "here":
        this.busyElsewhere = message.busy && !this.leading;
        this.#heard?.(message.busy);
        break;
      case "take":
        clearTimeout(this.options.locks ? undefined : this.#delayed);
        // With locks the lock itself says who leads.
        if (this.options.locks || !this.leading) break;
        // Two pages took at the same moment: the lower id keeps it, and says so.
        if (Date.now() - this.#takenAt < TIE && this.#id < message.from)
          this.#tell({ type: "take" });
        else this.#lose();
        break;
      case "gone":
        this.busyElsewhere = false;
        if (this.#visible()) void this.contend();
        else if (!this.options.locks) this.#gainUnseen();
        break;
    }
  }

  #tell(message: { type: "who" | "take" | "gone" } | { type: "here"; busy: boolean }): void {
    this.options.channel?.postMessage({ ...message, from: this.#id });
  }
}
