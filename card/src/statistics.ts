/** Measures a connection, and says in one word how good it is. */

import type { Statistics } from "./protocol";

export type Grade = "good" | "fair" | "poor";
export type Reason = "loss" | "delay" | "bandwidth" | "cpu";

export interface Quality {
  grade: Grade;
  /** What it suffers from most; null where all is well. */
  reason: Reason | null;
}

export interface Measurement {
  statistics: Statistics;
  quality: Quality;
}

/** What browsers report; not all of them all of it. */
interface Entry {
  id: string;
  type: string;
  kind?: string;
  packetsReceived?: number;
  packetsLost?: number;
  bytesReceived?: number;
  bytesSent?: number;
  frameWidth?: number;
  frameHeight?: number;
  framesPerSecond?: number;
  currentRoundTripTime?: number;
  availableOutgoingBitrate?: number;
  nominated?: boolean;
  state?: string;
  qualityLimitationReason?: string;
}

interface Totals {
  time: number;
  received: number;
  lost: number;
  bytesIn: number;
  bytesOut: number;
}

/** From here on a connection is fair, or poor: lost share of packets, seconds there and back. */
const LIMITS = { loss: [0.02, 0.08], delay: [0.3, 0.6] } as const;
/** Pictures of fewer bits per second than these are hardly worth looking at. */
const NARROW = { fair: 300_000, poor: 120_000 };

/** Totals become rates by the difference to the measurement before. */
export class Meter {
  #before: Totals | undefined;

  constructor(private readonly now: () => number = () => performance.now()) {}

  measure(report: RTCStatsReport): Measurement {
    const entries: Entry[] = [];
    report.forEach((entry: Entry) => entries.push(entry));
    const totals = totalsOf(entries, this.now());
    const before = this.#before;
    this.#before = totals;
    const route = entries.find(
      ({ type, nominated, state }) =>
        type === "candidate-pair" && nominated && state === "succeeded",
    );
    const picture = entries.find(({ type, kind }) => type === "inbound-rtp" && kind === "video");
    const statistics: Statistics = {
      round_trip_time: route?.currentRoundTripTime ?? null,
      packet_loss: before ? lossBetween(before, totals) : null,
      bitrate_in: before ? rate(before, totals, "bytesIn") : null,
      bitrate_out: before ? rate(before, totals, "bytesOut") : null,
      width: picture?.frameWidth ?? null,
      height: picture?.frameHeight ?? null,
      frame_rate: picture?.framesPerSecond ?? null,
    };
    return { statistics, quality: judge(statistics, entries, route?.availableOutgoingBitrate) };
  }
}

const totalsOf = (entries: Entry[], time: number): Totals => {
  const totals = { time, received: 0, lost: 0, bytesIn: 0, bytesOut: 0 };
  for (const entry of entries) {
    if (entry.type === "inbound-rtp") {
      totals.received += entry.packetsReceived ?? 0;
      totals.lost += entry.packetsLost ?? 0;
      totals.bytesIn += entry.bytesReceived ?? 0;
    } else if (entry.type === "outbound-rtp") {
      totals.bytesOut += entry.bytesSent ?? 0;
    }
  }
  return totals;
};

// Late packets are taken back from the lost ones, so a difference may even be negative.
const lossBetween = (before: Totals, now: Totals): number | null => {
  const lost = Math.max(0, now.lost - before.lost);
  const all = lost + now.received - before.received;
  return all > 0 ? lost / all : null;
};

const rate = (before: Totals, now: Totals, what: "bytesIn" | "bytesOut"): number => {
  const seconds = Math.max(0.001, (now.time - before.time) / 1000);
  return Math.max(0, Math.round(((now[what] - before[what]) * 8) / 1000 / seconds));
};

const judge = (
  { packet_loss: loss, round_trip_time: delay }: Statistics,
  entries: Entry[],
  available: number | undefined,
): Quality => {
  const limits = entries
    .filter(({ type, kind }) => type === "outbound-rtp" && kind === "video")
    .map(({ qualityLimitationReason }) => qualityLimitationReason);
  const narrow = limits.includes("bandwidth") && available !== undefined ? available : Infinity;
  const found: Quality[] = [
    { grade: gradeOf(loss, LIMITS.loss), reason: "loss" },
    { grade: gradeOf(delay, LIMITS.delay), reason: "delay" },
    {
      grade: narrow < NARROW.poor ? "poor" : narrow < NARROW.fair ? "fair" : "good",
      reason: "bandwidth",
    },
    { grade: limits.includes("cpu") ? "fair" : "good", reason: "cpu" },
  ];
  const grades: Grade[] = ["poor", "fair"];
  const worst = grades.flatMap((grade) => found.filter((each) => each.grade === grade))[0];
  return worst ?? { grade: "good", reason: null };
};

const gradeOf = (value: number | null, [fair, poor]: readonly [number, number]): Grade => {
  if (value === null || value < fair) return "good";
  return value < poor ? "fair" : "poor";
};
