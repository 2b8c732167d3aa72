/** The screen of this device in place of its camera, for one call. */

/** Text stays readable at few frames; more would only cost. */
const OPTIONS: DisplayMediaStreamOptions = {
  video: { frameRate: { ideal: 15, max: 15 } },
  audio: false,
};

/** Phones and most webviews can't. */
export const canShare = (): boolean =>
  typeof (navigator.mediaDevices as Partial<MediaDevices> | undefined)?.getDisplayMedia ===
  "function";

export class Sharing {
  track: MediaStreamTrack | null = null;
  /** Home Assistant wants it; only a tap of the user may begin it. */
  asked = false;
  // Each attempt has a number: what the user chooses after the call ended comes too late.
  #attempt = 0;

  constructor(private readonly onChange: () => void) {}

  ask(): void {
    this.asked = true;
    this.onChange();
  }

  decline(): void {
    this.asked = false;
    this.onChange();
  }

  /** To be called from a tap. */
  async start(): Promise<void> {
    if (this.track) return;
    const attempt = ++this.#attempt;
    this.asked = false;
    this.onChange();
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia(OPTIONS);
    } catch {
      // The user thought better of it.
      return;
    }
    const [track] = stream.getVideoTracks();
    if (!track || attempt !== this.#attempt) {
      for (const unwanted of stream.getTracks()) unwanted.stop();
      return;
    }
    track.contentHint = "detail";
    // The browser's own "stop sharing" button.
    track.addEventListener("ended", () => this.stop());
    this.track = track;
    this.onChange();
  }

  stop(): void {
    const { track } = this;
    this.asked = false;
    this.track = null;
    track?.stop();
    this.onChange();
  }

  /** The call is over; nobody has to be told. */
  end(): void {
    this.#attempt++;
    this.track?.stop();
    this.track = null;
    this.asked = false;
  }
}
