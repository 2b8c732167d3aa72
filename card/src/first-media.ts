/** Watches a connection for its first decoded picture and its first sound. */

export interface FirstMedia {
  /** Called once, with whatever comes first. */
  media: () => void;
  /** Called once, with the first decoded picture. */
  picture: () => void;
}

/** What browsers report of a received stream; not all of them all of it. */
interface Inbound {
  type: string;
  kind?: string;
  framesDecoded?: number;
  packetsReceived?: number;
  totalSamplesReceived?: number;
  concealedSamples?: number;
}

const FAST = 60;
const SLOW = 500;
const FAST_ROUNDS = 200;

export const watchFirstMedia = (peer: RTCPeerConnection, tell: FirstMedia): (() => void) => {
  let stopped = false;
  let told = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let rounds = 0;

  const look = async (): Promise<void> => {
    const found = await inspect(peer);
    if (stopped) return;
    if (found.media && !told) {
      told = true;
      tell.media();
    }
    if (found.picture) {
      tell.picture();
      return;
    }
    timer = setTimeout(() => void look(), rounds++ < FAST_ROUNDS ? FAST : SLOW);
  };
  void look();

  return () => {
    stopped = true;
    clearTimeout(timer);
  };
};

const inspect = async (peer: RTCPeerConnection): Promise<{ media: boolean; picture: boolean }> => {
  const entries: Inbound[] = [];
  try {
    const report = await peer.getStats();
    report.forEach((entry: Inbound) => entries.push(entry));
  } catch {
    // A closed connection has nothing to tell.
  }
  const inbound = entries.filter(({ type }) => type === "inbound-rtp");
  const picture = inbound.some(({ kind, framesDecoded }) => kind === "video" && !!framesDecoded);
  const sound = inbound.some((entry) => entry.kind !== "video" && heard(entry));
  return { media: picture || sound, picture };
};

// Samples made up to fill gaps count as received, too; they are no sound of the other side.
const heard = (entry: Inbound): boolean =>
  (entry.packetsReceived ?? 0) > 0 &&
  (entry.totalSamplesReceived === undefined ||
    entry.totalSamplesReceived === 0 ||
    entry.totalSamplesReceived > (entry.concealedSamples ?? 0));
