/** Pictures of connections that are gone, shown until the next ones bring anything. */

import type { Peer } from "./peer";

/** So long a last picture stays at most. */
const STAY = 6000;
/** What replaces it needs a moment to get onto the display. */
const FADE = 500;

export class LastPictures {
  // Retired connections, by party.
  readonly #peers = new Map<string, Peer>();

  constructor(private readonly onChange: () => void) {}

  of(party: string): Peer | undefined {
    return this.#peers.get(party);
  }

  keep(peer: Peer): void {
    const party = peer.open.peer;
    this.drop(party);
    this.#peers.set(party, peer);
    peer.retire();
    setTimeout(() => {
      if (this.#peers.get(party) !== peer) return;
      this.drop(party);
      this.onChange();
    }, STAY);
  }

  drop(party: string): void {
    const peer = this.#peers.get(party);
    this.#peers.delete(party);
    if (peer) setTimeout(() => peer.close(), FADE);
  }

  end(): void {
    for (const party of [...this.#peers.keys()]) this.drop(party);
  }
}
