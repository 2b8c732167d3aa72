/** Who speaks right now, by how loud what comes from them is. */

interface Voice {
  party: string;
  loudness: number;
}

const LOOK_TIME = 250;
/** Quieter than this is breathing and traffic. */
const LOUD = 0.02;
/** A pause between two words is not the end of speaking. */
const PAUSE = 1200;

export class Speaking {
  /** Who spoke last, even if it's quiet now. */
  last: string | undefined;
  readonly #until = new Map<string, number>();
  #now = "";
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly voices: () => Voice[],
    private readonly onChange: () => void,
  ) {}

  start(): void {
    this.#timer ??= setInterval(() => this.#listen(), LOOK_TIME);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#until.clear();
  }

  has(party: string): boolean {
    return this.#until.has(party);
  }

  #listen(): void {
    const time = Date.now();
    for (const { party, loudness } of this.voices()) {
      if (loudness < LOUD) continue;
      if (!this.has(party)) this.last = party;
      this.#until.set(party, time + PAUSE);
    }
    for (const [party, until] of this.#until) if (until <= time) this.#until.delete(party);
    const now = [...this.#until.keys()].sort().join(" ");
    if (now === this.#now) return;
    this.#now = now;
    this.onChange();
  }
}
