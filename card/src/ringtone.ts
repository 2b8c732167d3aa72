/** Rings by generated tones: no file, no download, and a sound of its own for each occasion. */

export type Tone = "ring" | "waiting" | "calling";

interface Note {
  /** Seconds from the begin of the bar. */
  at: number;
  length: number;
  pitch: number;
  volume: number;
}

interface Bar {
  seconds: number;
  notes: Note[];
}

const chime = (at: number, pitch: number): Note => ({ at, length: 0.9, pitch, volume: 0.5 });

const BARS: Record<Tone, Bar> = {
  // Two falling pairs, like a door chime that means it.
  ring: {
    seconds: 2.6,
    notes: [chime(0, 659.3), chime(0.32, 523.3), chime(0.85, 784), chime(1.17, 659.3)],
  },
  waiting: { seconds: 4, notes: [{ at: 0, length: 0.35, pitch: 587.3, volume: 0.12 }] },
  calling: { seconds: 4, notes: [{ at: 0, length: 1, pitch: 425, volume: 0.08 }] },
};

export class Ringtone {
  /** The browser lets no sound out before somebody taps. */
  blocked = false;
  #context: AudioContext | undefined;
  #playing: Tone | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #out: GainNode | undefined;

  constructor(private readonly onChange: () => void) {}

  play(tone: Tone | undefined): void {
    if (this.#playing === tone) return;
    this.#playing = tone;
    this.#stop();
    if (tone) void this.#begin(tone);
    else this.#setBlocked(false);
  }

  /** To be called from a tap; afterwards the page may ring by itself. */
  async unblock(): Promise<void> {
    const context = this.#ensureContext();
    if (!context) return;
    await resume(context);
    this.#setBlocked(this.#playing !== undefined && context.state !== "running");
    this.#rest();
  }

  async #begin(tone: Tone): Promise<void> {
    const context = this.#ensureContext();
    if (!context) return;
    await resume(context);
    if (this.#playing !== tone) return;
    this.#setBlocked(context.state !== "running");
    this.#out = context.createGain();
    this.#out.connect(context.destination);
    this.#bar(context, tone, this.#out);
  }

  #bar(context: AudioContext, tone: Tone, out: GainNode): void {
    const bar = BARS[tone];
    // A blocked context has no running clock: notes would pile up and burst out at the tap.
    if (context.state === "running") for (const note of bar.notes) strike(context, out, note);
    const pause = context.state === "running" ? bar.seconds * 1000 : 250;
    this.#timer = setTimeout(() => {
      this.#setBlocked(context.state !== "running");
      this.#bar(context, tone, out);
    }, pause);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    // Notes still sounding go with their way out.
    this.#out?.disconnect();
    this.#out = undefined;
    this.#rest();
  }

  // A clock that runs for nobody drains tablets; once unlocked it may start again at any time.
  #rest(): void {
    if (!this.#playing) void this.#context?.suspend().catch(() => undefined);
  }

  #ensureContext(): AudioContext | undefined {
    if (!this.#context && "AudioContext" in window) this.#context = new AudioContext();
    return this.#context;
  }

  #setBlocked(blocked: boolean): void {
    if (this.blocked === blocked) return;
    this.blocked = blocked;
    this.onChange();
  }
}

// A blocked context keeps `resume` waiting for the tap, possibly for ever.
const resume = async (context: AudioContext): Promise<void> => {
  if (context.state === "running") return;
  const patience = new Promise((resolve) => setTimeout(resolve, 150));
  await Promise.race([context.resume().catch(() => undefined), patience]);
};

const strike = (context: AudioContext, out: GainNode, note: Note): void => {
  const begin = context.currentTime + 0.02 + note.at;
  // A soft overtone makes a bell of a bare beep, and small tablet speakers carry it better.
  for (const [factor, share] of [
    [1, 1],
    [2, 0.35],
    [3, 0.12],
  ] as const) {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.frequency.value = note.pitch * factor;
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(note.volume * share, begin + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, begin + note.length);
    oscillator.connect(gain).connect(out);
    oscillator.start(begin);
    oscillator.stop(begin + note.length + 0.05);
  }
};
