/** Looks at what a labelled picture shows, frame by frame, wherever it moves to. */

const visible = (label: string, root: ParentNode): HTMLVideoElement | undefined => {
  for (const element of root.querySelectorAll("*")) {
    if (element instanceof HTMLVideoElement && element.getAttribute("aria-label") === label) {
      return element;
    }
    const inside = element.shadowRoot && visible(label, element.shadowRoot);
    if (inside) return inside;
  }
  return undefined;
};

export class BlackWatch {
  frames = 0;
  black = 0;
  readonly #pen = new OffscreenCanvas(16, 9).getContext("2d", { willReadFrequently: true });

  constructor(private readonly label: string) {
    this.#look();
  }

  #look(): void {
    const video = visible(this.label, document);
    if (video?.videoWidth && this.#pen) {
      this.#pen.drawImage(video, 0, 0, 16, 9);
      const { data } = this.#pen.getImageData(0, 0, 16, 9);
      this.frames++;
      if (data.every((value, index) => index % 4 === 3 || value < 12)) this.black++;
    }
    requestAnimationFrame(() => this.#look());
  }
}
