/** Lets a window be moved by finger, mouse or arrow keys, and keeps it on the display. */

import type { ReactiveControllerHost } from "lit";

const STEP = 24;
const LEFT = 60;

export class Drag {
  #x = 0;
  #y = 0;

  constructor(private readonly host: ReactiveControllerHost) {}

  get style(): string {
    return `--x:${this.#x}px;--y:${this.#y}px`;
  }

  readonly begin = (event: PointerEvent): void => {
    const grip = event.currentTarget;
    if (!(grip instanceof HTMLElement)) return;
    event.preventDefault();
    grip.focus();
    grip.setPointerCapture(event.pointerId);
    const [x, y] = [event.clientX - this.#x, event.clientY - this.#y];
    const move = (next: PointerEvent): void => this.#to(next.clientX - x, next.clientY - y);
    grip.addEventListener("pointermove", move);
    const over = (): void => grip.removeEventListener("pointermove", move);
    grip.addEventListener("pointerup", over, { once: true });
    grip.addEventListener("pointercancel", over, { once: true });
  };

  readonly key = (event: KeyboardEvent): void => {
    const steps: Partial<Record<string, [number, number]>> = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    this.#to(this.#x + step[0], this.#y + step[1]);
  };

  // It rests in the lower right corner, so it moves to negative values.
  #to(x: number, y: number): void {
    this.#x = Math.round(Math.min(0, Math.max(x, LEFT * 2 - innerWidth)));
    this.#y = Math.round(Math.min(0, Math.max(y, LEFT * 2 - innerHeight)));
    this.host.requestUpdate();
  }
}
