/**
 * What a video call carries while the camera is off: black frames, not nothing, as some ends take
 * a silent video track for a broken one. The camera itself goes off, and its light with it.
 */

const SIZE = { width: 640, height: 360 };
const FRAME_TIME = 500;

export class BlackPicture {
  readonly #holders = new Set<string>();
  #track: MediaStreamTrack | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** The track for a call; null where this browser can't draw one. */
  hold(holder: string): MediaStreamTrack | null {
    this.#holders.add(holder);
    this.#track ??= this.#begin();
    return this.#track ?? null;
  }

  release(holder: string): void {
    if (!this.#holders.delete(holder) || this.#holders.size > 0) return;
    clearInterval(this.#timer);
    this.#track?.stop();
    this.#track = undefined;
  }

  #begin(): MediaStreamTrack | undefined {
    const canvas = Object.assign(document.createElement("canvas"), SIZE);
    const pen = canvas.getContext("2d");
    if (!pen || !("captureStream" in canvas)) return undefined;
    // Only what is drawn anew becomes a frame.
    const draw = (): void => pen.fillRect(0, 0, SIZE.width, SIZE.height);
    const [track] = canvas.captureStream().getVideoTracks();
    draw();
    this.#timer = setInterval(draw, FRAME_TIME);
    return track;
  }
}
