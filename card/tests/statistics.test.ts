import { describe, expect, it } from "vitest";
import { Meter } from "../src/statistics";

type Entry = Record<string, unknown>;

const report = (...entries: Entry[]): RTCStatsReport =>
  new Map(entries.map((entry, index) => [String(index), entry]));

const inbound = (fields: Entry): Entry => ({ type: "inbound-rtp", kind: "video", ...fields });
const outbound = (fields: Entry): Entry => ({ type: "outbound-rtp", kind: "video", ...fields });
const route = (fields: Entry): Entry => ({
  type: "candidate-pair",
  nominated: true,
  state: "succeeded",
  ...fields,
});

/** Measures twice, five seconds apart. */
const measured = (before: Entry[], after: Entry[]): ReturnType<Meter["measure"]> => {
  let time = 0;
  const meter = new Meter(() => time);
  meter.measure(report(...before));
  time = 5000;
  return meter.measure(report(...after));
};

describe("the statistics of a connection", () => {
  it("make rates of totals", () => {
    const { statistics } = measured(
      [inbound({ packetsReceived: 100, packetsLost: 0, bytesReceived: 0 })],
      [
        inbound({
          packetsReceived: 190,
          packetsLost: 10,
          bytesReceived: 625_000,
          frameWidth: 1280,
          frameHeight: 720,
          framesPerSecond: 25,
        }),
        outbound({ bytesSent: 62_500 }),
        route({ currentRoundTripTime: 0.04 }),
      ],
    );
    expect(statistics).toEqual({
      round_trip_time: 0.04,
      packet_loss: 0.1,
      bitrate_in: 1000,
      bitrate_out: 100,
      width: 1280,
      height: 720,
      frame_rate: 25,
    });
  });

  it("tell nothing where nothing is known", () => {
    const { statistics, quality } = new Meter().measure(report());
    expect(new Set(Object.values(statistics))).toEqual(new Set([null]));
    expect(quality).toEqual({ grade: "good", reason: null });
  });

  it("count packets that came late after all as received", () => {
    const { statistics } = measured(
      [inbound({ packetsReceived: 100, packetsLost: 5 })],
      [inbound({ packetsReceived: 205, packetsLost: 0 })],
    );
    expect(statistics.packet_loss).toBe(0);
  });

  it("leave out routes that carry nothing", () => {
    const { statistics } = measured([], [route({ nominated: false, currentRoundTripTime: 3 })]);
    expect(statistics.round_trip_time).toBeNull();
  });

  it.each([
    [{ packetsReceived: 990, packetsLost: 10 }, "good", null],
    [{ packetsReceived: 970, packetsLost: 30 }, "fair", "loss"],
    [{ packetsReceived: 900, packetsLost: 100 }, "poor", "loss"],
  ])("judge by what is lost: %o", (fields, grade, reason) => {
    const before = inbound({ packetsReceived: 0, packetsLost: 0 });
    expect(measured([before], [inbound(fields)]).quality).toEqual({ grade, reason });
  });

  it.each([
    [0.1, "good", null],
    [0.4, "fair", "delay"],
    [0.9, "poor", "delay"],
  ])("judge by the delay: %d s", (currentRoundTripTime, grade, reason) => {
    expect(measured([], [route({ currentRoundTripTime })]).quality).toEqual({ grade, reason });
  });

  it("know a narrow way and a weak device", () => {
    const limited = outbound({ qualityLimitationReason: "bandwidth" });
    const narrow = [limited, route({ availableOutgoingBitrate: 100_000 })];
    expect(measured([], narrow).quality).toEqual({ grade: "poor", reason: "bandwidth" });
    // Every call begins small and grows.
    const starting = [limited, route({ availableOutgoingBitrate: 900_000 })];
    expect(measured([], starting).quality.grade).toBe("good");
    const weak = outbound({ qualityLimitationReason: "cpu" });
    expect(measured([], [weak]).quality).toEqual({ grade: "fair", reason: "cpu" });
  });

  it("name the worst first", () => {
    const bad = [route({ currentRoundTripTime: 0.4, availableOutgoingBitrate: 50_000 })];
    const limited = outbound({ qualityLimitationReason: "bandwidth" });
    expect(measured([], [...bad, limited]).quality).toEqual({ grade: "poor", reason: "bandwidth" });
  });
});
