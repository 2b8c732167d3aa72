/**
 * Plays what the others say. The elements belong to the page, not to a card, so that a change of
 * view makes no gap; the pictures beside them are mute.
 */

export class Sound {
  /** The browser plays nothing before somebody taps. */
  blocked = false;
  #elements = new Map<string, HTMLAudioElement>();

  constructor(private readonly onChange: () => void) {}

  play(id: string, stream: MediaStream): void {
    if (this.#elements.has(id)) return;
    const element = document.createElement("audio");
    element.autoplay = true;
    element.srcObject = stream;
    element.style.display = "none";
    document.body.append(element);
    this.#elements.set(id, element);
    void this.#start(element);
  }

  stop(id: string): void {
    const element = this.#elements.get(id);
    if (!element) return;
    this.#elements.delete(id);
    element.srcObject = null;
    element.remove();
    if (this.#elements.size === 0) this.#setBlocked(false);
  }

  /** To be called from a tap. */
  unblock(): void {
    for (const element of this.#elements.values()) void this.#start(element);
  }

  async #start(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
      this.#setBlocked(false);
    } catch (error) {
      // Anything else (the stream changed, the element went away) sorts itself out.
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#setBlocked(true);
    }
  }

  #setBlocked(blocked: boolean): void {
    if (this.blocked === blocked) return;
    this.blocked = blocked;
    this.onChange();
  }
}
