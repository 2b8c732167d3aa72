/** The microphone, or the camera, of this device: held by calls, released with the last of them. */

export type CaptureProblem = "insecure" | "denied" | "missing" | "busy" | "lost" | "unknown";

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 } };

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
  #device: string | undefined;
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

  /** The id of the device in use, or of the one that will be. */
  get device(): string | null {
    return this.track?.getSettings().deviceId ?? this.#device ?? null;
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

  /** Which device to open from now on. */
  prefer(device: string): void {
    this.#device = device;
  }

  /** Changes to another device, in mid-call too; tells whether it could be had. */
  async use(device: string): Promise<boolean> {
    const before = this.#device;
    const old = this.track;
    this.#device = device;
    if (!old) {
      this.retry();
      return true;
    }
    const attempt = ++this.#attempt;
    const stream = await this.#exchange(old);
    if (attempt !== this.#attempt) {
      stop(stream);
      return false;
    }
    if (stream && this.#adopt(stream)) {
      old.stop();
      this.onChange();
      return true;
    }
    this.#device = before;
    if (old.readyState === "ended") {
      this.track = this.picture = null;
      void this.#open();
    }
    return false;
  }

  async #exchange(old: MediaStreamTrack): Promise<MediaStream | null> {
    try {
      return await this.#get();
    } catch (error) {
      if (problemOf(error) !== "busy") return null;
      // Phones open one camera at a time.
      old.stop();
      return this.#get().catch(() => null);
    }
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
      const stream = await this.#getAny();
      if (attempt !== this.#attempt || !this.held) stop(stream);
      else this.#adopt(stream);
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

  #get(): Promise<MediaStream> {
    const deviceId = this.#device ? { deviceId: { exact: this.#device } } : {};
    const facing = this.#device ? {} : { facingMode: "user" };
    return navigator.mediaDevices.getUserMedia(
      this.kind === "audio"
        ? { audio: { ...AUDIO, ...deviceId } }
        : { video: { ...VIDEO, ...deviceId, ...facing } },
    );
  }

  async #getAny(): Promise<MediaStream> {
    try {
      return await this.#get();
    } catch (error) {
      // The one that was chosen once may be unplugged today.
      if (!this.#device || problemOf(error) !== "missing") throw error;
      this.#device = undefined;
      return this.#get();
    }
  }

  #adopt(stream: MediaStream): boolean {
    const [track] = stream.getTracks();
    if (!track) return false;
    track.enabled = this.#enabled;
    track.addEventListener("ended", () => this.#ended(track));
    this.track = track;
    this.picture = stream;
    return true;
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

const stop = (stream: MediaStream | null): void => {
  for (const track of stream?.getTracks() ?? []) track.stop();
};

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
