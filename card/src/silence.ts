/** Notices that the other side is muted: apps have no word for it, but send digital silence. */

const LOOK_TIME = 250;
/** A quiet room comes near it, too. */
const PATIENCE = 2000;

interface Source {
  audioLevel?: number | undefined;
  rtpTimestamp: number;
}

/** Tells when it is known whether only silence comes, and when that is otherwise; returns the end of it. */
export const watchSilence = (
  newest: () => Source | undefined,
  tell: (silent: boolean) => void,
): (() => void) => {
  let told: boolean | undefined;
  let since: number | undefined;
  let last: number | undefined;

  const look = (): void => {
    const source = newest();
    // Browsers repeat the last level for a while after the last packet.
    if (source?.audioLevel === undefined || source.rtpTimestamp === last) return;
    last = source.rtpTimestamp;
    const now = performance.now();
    since = source.audioLevel === 0 ? (since ?? now) : undefined;
    if (since !== undefined && now - since < PATIENCE) return;
    const silent = since !== undefined;
    if (silent === told) return;
    told = silent;
    tell(silent);
  };

  const timer = setInterval(look, LOOK_TIME);
  return () => clearInterval(timer);
};
