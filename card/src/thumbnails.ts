/** The last pictures of stations, shown where no live one is. */

import type { HassConnection } from "./hass";

/** Milliseconds after which a picture is asked for again, if it is still shown. */
const FRESH = 60_000;

interface Thumbnail {
  asked: number;
  url?: string;
}

export class Thumbnails {
  readonly #known = new Map<string, Thumbnail>();

  constructor(
    private readonly hass: HassConnection,
    private readonly onChange: () => void,
  ) {}

  /** Gives what is known now, and tells by `onChange` of a newer one. */
  of(station: string): string | undefined {
    const known = this.#known.get(station) ?? { asked: -FRESH };
    this.#known.set(station, known);
    if (performance.now() - known.asked >= FRESH) {
      known.asked = performance.now();
      void this.#load(station, known);
    }
    return known.url;
  }

  async #load(station: string, known: Thumbnail): Promise<void> {
    const path = `/api/mesh_call/thumbnail/${station}?fallback=none`;
    try {
      // The page's own login travels in a header, which images don't send.
      const signed = (await this.hass.sendMessagePromise({
        type: "auth/sign_path",
        path,
      })) as { path: string };
      const answer = await fetch(signed.path);
      if (answer.status !== 200) return;
      const old = known.url;
      known.url = URL.createObjectURL(await answer.blob());
      if (old) URL.revokeObjectURL(old);
      this.onChange();
    } catch {
      // An icon stands in for it.
    }
  }
}
