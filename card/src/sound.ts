/**
 * Plays what the others say. The elements belong to the page, not to a card, so that a change of
 * view makes no gap; the pictures beside them are mute.
 */

export class Sound {
  /** The browser plays nothing before somebody taps. */
  blocked = false;
  /** The speaker in use; empty for the one the device prefers. */
  speaker = "";
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
    // An unplugged speaker is no reason for silence: the usual one plays then.
    if (this.speaker) void direct(element, this.speaker);
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

  /** Plays through another speaker; tells whether this browser and that speaker can. */
  async use(speaker: string): Promise<boolean> {
    const before = this.speaker;
    this.speaker = speaker;
    const elements = [...this.#elements.values()];
    const probe = elements.length > 0 ? elements : [document.createElement("audio")];
    const done = await Promise.all(probe.map((element) => direct(element, speaker)));
    if (done.every(Boolean)) return true;
    this.speaker = before;
    for (const element of elements) void direct(element, before);
    return false;
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

const direct = async (element: HTMLAudioElement, speaker: string): Promise<boolean> => {
  // Some browsers leave the choice of the speaker to the system.
  if (!("setSinkId" in element)) return false;
  try {
    await element.setSinkId(speaker);
    return true;
  } catch {
    return false;
  }
};
