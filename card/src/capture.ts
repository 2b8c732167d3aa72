/** The microphone, or the camera, of this device: held by calls, released with the last of them. */

export type CaptureProblem = "insecure" | "denied" | "missing" | "busy" | "lost" | "unknown";

const CONSTRAINTS: Record<"audio" | "video", MediaStreamConstraints> = {
  audio: { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } },
  video: { video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" } },
};

const ASKING_TIME = 700;

export class Capture {
  track: MediaStreamTrack | null = null;
  problem: CaptureProblem | null = null;
  /** The browser may be asking the user right now. */
  asking = false;
  /** It takes long: most likely the browser's question is still open. */
  slow = false;
  /** What the device sends, for a look at oneself. */
  picture: MediaStream | null = null;
  #holders = new Set<string>();
  #enabled = true;
  #attempt = 0;

  constructor(
    readonly kind: "audio" | "video",
    private readonly onChange: () => void,
  ) {}

  get held(): boolean {
    return this.#holders.size > 0;
  }

  /** Opens the device for a call; what stands against it is `problem` afterwards. */
  hold(holder: string): void {
    const known = this.#holders.has(holder);
    this.#holders.add(holder);
    if (!known && !this.track && !this.asking) void this.#open();
  }

  /** The device goes off with the last holder, even if the browser is still asking. */
  release(holder: string): void {
    if (this.#holders.delete(holder) && !this.held) this.#close();
  }

  retry(): void {
    if (this.held && !this.track && !this.asking) void this.#open();
  }

  /** Takes effect at once; nothing of what is said after it leaves the device. */
  enable(enabled: boolean): void {
    this.#enabled = enabled;
    if (this.track) this.track.enabled = enabled;
  }

  async #open(): Promise<void> {
    const attempt = ++this.#attempt;
    this.problem = null;
    // Browsers hide their devices from pages that came over plain HTTP.
    if (!(navigator.mediaDevices as MediaDevices | undefined)?.getUserMedia) {
      this.problem = "insecure";
      this.onChange();
      return;
    }
    this.asking = true;
    this.onChange();
    const patience = setTimeout(() => {
      this.slow = true;
      this.onChange();
    }, ASKING_TIME);
    try {
      const stream = await navigator.mediaDevices.getUserMedia(CONSTRAINTS[this.kind]);
      const [track] = stream.getTracks();
      if (attempt !== this.#attempt || !this.held || !track) {
        for (const unwanted of stream.getTracks()) unwanted.stop();
        return;
      }
      track.enabled = this.#enabled;
      track.addEventListener("ended", () => this.#ended(track));
      this.track = track;
      this.picture = stream;
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.problem = problemOf(error);
    } finally {
      clearTimeout(patience);
      if (attempt === this.#attempt) {
        this.asking = this.slow = false;
        this.onChange();
      }
    }
  }

  // Only the device ends a track by itself: unplugged, or the permission was taken back.
  #ended(track: MediaStreamTrack): void {
    if (this.track !== track) return;
    this.track = this.picture = null;
    this.problem = "lost";
    this.onChange();
  }

  #close(): void {
    this.#attempt++;
    this.track?.stop();
    this.track = this.picture = null;
    this.asking = this.slow = false;
    this.problem = null;
    this.onChange();
  }
}

export const problemOf = (error: unknown): CaptureProblem => {
  switch (error instanceof Error || error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "unknown";
  }
};
