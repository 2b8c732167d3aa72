/** A small picture of the call that stays in sight beside other programs. */

import type { Screen } from "./screen";

export class PictureInPicture {
  // An element of its own: one on a view would go with the view.
  #video: HTMLVideoElement | undefined;

  constructor(private readonly screen: Screen) {
    screen.addEventListener("change", () => this.#follow());
  }

  get possible(): boolean {
    // Phones and webviews lack it.
    return (document as Partial<Document>).pictureInPictureEnabled ?? false;
  }

  get on(): boolean {
    return this.#video !== undefined;
  }

  /** To be called from a tap. */
  async toggle(): Promise<void> {
    if (this.on) {
      this.#leave();
      return;
    }
    const stream = this.#picture();
    if (!stream) return;
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    video.addEventListener("leavepictureinpicture", () => this.#left(video));
    try {
      await video.play();
      await video.requestPictureInPicture();
      this.#video = video;
      this.screen.changed();
    } catch {
      // Refused by the browser or without a picture; the call is still on the page.
      video.srcObject = null;
    }
  }

  /** Who spoke last, or else the first who is there. */
  #picture(): MediaStream | undefined {
    const { screen } = this;
    const call = screen.current;
    const session = call && screen.sessions.get(call.call_id);
    if (!session) return undefined;
    const joined = screen.others(call).filter(({ state }) => state === "joined");
    const shown = joined.find(({ id }) => id === session.speaking.last) ?? joined[0];
    return shown && session.picture(shown.id);
  }

  #follow(): void {
    const video = this.#video;
    if (!video) return;
    const stream = this.#picture();
    if (!stream && !this.screen.busy) this.#leave();
    else if (stream && video.srcObject !== stream) {
      video.srcObject = stream;
      video.play().catch(() => undefined);
    }
  }

  #leave(): void {
    const video = this.#video;
    if (!video) return;
    document.exitPictureInPicture().catch(() => undefined);
    this.#left(video);
  }

  #left(video: HTMLVideoElement): void {
    video.srcObject = null;
    if (this.#video !== video) return;
    this.#video = undefined;
    this.screen.changed();
  }
}
