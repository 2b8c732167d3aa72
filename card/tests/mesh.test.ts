import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Call, OpenEvent } from "../src/protocol";
import type { Screen } from "../src/screen";
import { FakeConnection, joinedCall, ME, memberOf, partyOf, startedScreen } from "./fake-server";
import {
  type FakeDevices,
  FakePeerConnection,
  FakeStream,
  FakeTrack,
  installMedia,
  settle,
} from "./fakes";

const HALL = "screen:hall";
const ATTIC = "screen:attic";

describe("a call between screens", () => {
  let hass: FakeConnection;
  let devices: FakeDevices;
  let screen: Screen;
  let black: FakeTrack[];
  let shared: FakeTrack[];

  const open = (id: string, fields: Partial<OpenEvent> = {}): void =>
    hass.open(id, { peer: HALL, ...fields });
  const meshCall = (mine = {}): Call =>
    joinedCall({ caller: ME, members: [memberOf(ME, mine), memberOf(HALL)] });

  /** What the other screen gets of us now. */
  const sent = (kind: "audio" | "video"): FakeTrack | null => {
    const peer = FakePeerConnection.all.at(-1);
    const found = peer?.transceivers.find(({ receiver }) => receiver.track.kind === kind);
    return found?.sender.track ?? null;
  };
  const camera = (): FakeTrack | undefined =>
    devices.opened.filter(({ kind }) => kind === "video").at(-1);

  const begin = async (mine = {}): Promise<void> => {
    hass.state(meshCall(mine));
    open("link");
    await hass.offer("link", "audio:sendrecv video:sendrecv");
    FakePeerConnection.all.at(-1)?.become("connected");
    await settle();
  };

  beforeEach(async () => {
    vi.useFakeTimers();
    localStorage.clear();
    devices = installMedia();
    black = [];
    shared = [];
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue({
      fillRect: () => undefined,
    } as unknown as null);
    HTMLCanvasElement.prototype.captureStream = () => {
      black.push(new FakeTrack("video"));
      return new FakeStream(black.slice(-1)) as unknown as MediaStream;
    };
    Object.assign(navigator.mediaDevices, {
      getDisplayMedia: () => {
        shared.push(new FakeTrack("video"));
        return Promise.resolve(new FakeStream(shared.slice(-1)));
      },
    });
    hass = new FakeConnection();
    hass.parties = [partyOf(HALL), partyOf(ATTIC)];
    screen = await startedScreen(hass);
    hass.state();
  });
  afterEach(() => {
    hass.state();
    screen.connection.silence();
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  describe("whose camera is off", () => {
    it("carries black while the camera and its light are off", async () => {
      await begin();
      expect(sent("video")).toBe(camera());
      screen.mute("call", { video: true });
      await settle();
      expect(camera()?.readyState).toBe("ended");
      expect(sent("video")).toBe(black[0]);
      screen.mute("call", { video: false });
      await settle();
      expect(sent("video")).toBe(camera());
      expect(camera()?.readyState).toBe("live");
      expect(black[0]?.readyState).toBe("ended");
    });

    it("begins black when it is joined so", async () => {
      await begin({ muted_video: true });
      expect(camera()).toBeUndefined();
      expect(sent("video")).toBe(black[0]);
    });

    it("shows nothing black while the camera opens for the first time", async () => {
      devices.getUserMedia.mockReturnValue(new Promise(() => undefined));
      await begin();
      expect(sent("video")).toBeNull();
      expect(black).toEqual([]);
    });

    it("carries black where there is no camera at all", async () => {
      devices.getUserMedia.mockRejectedValue(new DOMException("", "NotFoundError"));
      await begin();
      expect(sent("video")).toBe(black[0]);
    });

    it("draws no black after the call", async () => {
      await begin({ muted_video: true });
      screen.hangup("call");
      expect(black[0]?.readyState).toBe("ended");
    });

    it("stays so when somebody switched it off while nobody looked", async () => {
      await begin();
      const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
      document.dispatchEvent(new Event("visibilitychange"));
      await settle();
      hass.tell({ type: "mute", request_id: "r", call_id: "call", video: true });
      hidden.mockReturnValue(false);
      document.dispatchEvent(new Event("visibilitychange"));
      await settle();
      expect(sent("video")).toBe(black[0]);
    });
  });

  describe("that shares the screen", () => {
    const share = async (): Promise<void> => {
      void screen.session("call").sharing.start();
      await settle();
    };

    it("shows it in place of the camera, and says so", async () => {
      await begin();
      await share();
      expect(sent("video")).toBe(shared[0]);
      expect(camera()?.readyState).toBe("ended");
      expect(hass.of("sharing")).toMatchObject([{ call_id: "call", on: true }]);
    });

    it("goes back to the camera by the browser's own button", async () => {
      await begin();
      await share();
      shared[0]?.dispatchEvent(new Event("ended"));
      await settle();
      expect(sent("video")).toBe(camera());
      expect(hass.of("sharing").at(-1)).toMatchObject({ on: false });
    });

    it("is seen even if the camera was off, which it is again afterwards", async () => {
      await begin({ muted_video: true });
      await share();
      expect(sent("video")).toBe(shared[0]);
      expect(hass.of("mute").at(-1)).toMatchObject({ video: false });
      screen.session("call").sharing.stop();
      await settle();
      expect(hass.of("mute").at(-1)).toMatchObject({ video: true });
      expect(camera()).toBeUndefined();
    });

    it("goes on while its user looks at what is shared", async () => {
      await begin();
      await share();
      const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
      document.dispatchEvent(new Event("visibilitychange"));
      await settle();
      expect(sent("video")).toBe(shared[0]);
      hidden.mockRestore();
    });

    it("only asks when Home Assistant wants it", async () => {
      await begin();
      hass.tell({ type: "share", request_id: "r1", call_id: "call", on: true });
      await settle();
      expect(screen.session("call").sharing.asked).toBe(true);
      expect(shared).toEqual([]);
      expect(hass.of("report").at(-1)).toEqual({ type: "mesh_call/report", request_id: "r1" });
      await share();
      hass.tell({ type: "share", request_id: "r2", call_id: "call", on: false });
      await settle();
      expect(shared[0]?.readyState).toBe("ended");
      expect(sent("video")).toBe(camera());
    });

    it("says when this browser can't", async () => {
      Reflect.deleteProperty(navigator.mediaDevices, "getDisplayMedia");
      await begin();
      hass.tell({ type: "share", request_id: "r", call_id: "call", on: true });
      await settle();
      expect(hass.of("report").at(-1)).toMatchObject({ error: "device_failed" });
    });

    it("takes no choice that comes after the call", async () => {
      await begin();
      const late = new FakeTrack("video");
      let choose: (stream: FakeStream) => void = () => undefined;
      const choice = new Promise((resolve) => (choose = resolve));
      Object.assign(navigator.mediaDevices, { getDisplayMedia: () => choice });
      const { sharing } = screen.session("call");
      void sharing.start();
      screen.hangup("call");
      choose(new FakeStream([late]));
      await settle();
      expect(late.readyState).toBe("ended");
      expect(sharing.track).toBeNull();
    });
  });

  it("switches devices when Home Assistant asks, and reports what became of it", async () => {
    await begin();
    hass.tell({ type: "switch", request_id: "r", kind: "camera", device: "none" });
    await settle();
    expect(hass.of("report").at(-1)).toMatchObject({ request_id: "r", error: "unknown_device" });
  });

  it("measures every five seconds", async () => {
    await begin();
    await vi.advanceTimersByTimeAsync(5100);
    expect(hass.of("statistics")).toMatchObject([{ connection_id: "link", width: null }]);
    FakePeerConnection.all.at(-1)?.become("disconnected");
    await vi.advanceTimersByTimeAsync(5100);
    expect(hass.of("statistics")).toHaveLength(1);
  });

  it("uses relays only where it is told to", async () => {
    await begin();
    open("relayed", { relay: true });
    const policies = FakePeerConnection.all.map(
      ({ configuration }) => configuration.iceTransportPolicy,
    );
    expect(policies).toEqual(["all", "relay"]);
  });

  describe("that finds no way", () => {
    const TURN = { urls: ["turn:relay.home:3478"] };
    const agree = async (fields: Partial<OpenEvent> = {}): Promise<void> => {
      hass.state(meshCall());
      open("link", fields);
      await hass.offer("link", "audio:sendrecv video:sendrecv");
    };
    const fail = (): void => {
      hass.tell({ type: "close", connection_id: "link" });
      hass.tell({ type: "leave", call_id: "call" });
      hass.tell({ type: "dismiss", call_id: "call", reason: "failed" });
    };
    const reason = (): string | undefined => screen.notices.list.at(-1)?.reason;

    it("says so while others are in it, until there is one", async () => {
      await agree();
      const session = screen.sessions.get("call");
      expect(session?.noPath(HALL)).toBeUndefined();
      FakePeerConnection.all.at(-1)?.become("failed");
      expect(session?.noPath(HALL)).toBe("no_path");
      hass.tell({ type: "close", connection_id: "link" });
      expect(session?.noPath(HALL)).toBe("no_path");
      open("link 2");
      expect(session?.noPath(HALL)).toBeUndefined();
    });

    it("says why it is over, for longer than other news", async () => {
      await agree();
      fail();
      expect(reason()).toBe("no_path");
      await vi.advanceTimersByTimeAsync(20_000);
      expect(reason()).toBe("no_path");
    });

    it("knows that relays were no help", async () => {
      await agree({ ice_servers: [{ urls: "stun:home" }, TURN] });
      fail();
      expect(reason()).toBe("no_path_relay");
    });

    it("blames no network for what was connected, or never agreed on", async () => {
      await begin();
      fail();
      expect(reason()).toBe("failed");
      hass.state(meshCall());
      open("link");
      await settle();
      fail();
      expect(reason()).toBe("failed");
    });
  });

  it("checks the way to Home Assistant when a link is interrupted", async () => {
    await begin();
    hass.silent = true;
    FakePeerConnection.all.at(-1)?.become("disconnected");
    await vi.advanceTimersByTimeAsync(5000);
    expect(hass.reconnected).toBe(1);
  });

  it("knows who speaks, through pauses between words", async () => {
    await begin();
    const [transceiver] = FakePeerConnection.all.at(-1)?.transceivers ?? [];
    let rtpTimestamp = 0;
    let audioLevel = 0.3;
    transceiver!.receiver.getSynchronizationSources = () => [
      { audioLevel, rtpTimestamp: ++rtpTimestamp } as never,
    ];
    const { speaking } = screen.session("call");
    await vi.advanceTimersByTimeAsync(300);
    expect(speaking.has(HALL)).toBe(true);
    audioLevel = 0;
    await vi.advanceTimersByTimeAsync(800);
    expect(speaking.has(HALL)).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(speaking.has(HALL)).toBe(false);
    expect(speaking.last).toBe(HALL);
  });

  it("calls several together, or everybody", async () => {
    hass.answers["mesh_call/call"] = { call_id: "call" };
    await screen.dial([partyOf(HALL)], true);
    await screen.dial([partyOf(HALL), partyOf(ATTIC)], false);
    await screen.dial("screens", true);
    expect(hass.of("call")).toMatchObject([
      { to: [HALL], video: true, ring_mode: "first" },
      { to: [HALL, ATTIC], video: false, ring_mode: "all" },
      { to: ["screens"], video: true, ring_mode: "all" },
    ]);
  });

  it("takes one more in, and says why not", async () => {
    await begin();
    await screen.add("call", partyOf(ATTIC));
    expect(hass.of("add")).toMatchObject([{ call_id: "call", to: [ATTIC] }]);
    hass.answers["mesh_call/add"] = { code: "call_full", message: "Four are in it." };
    await screen.add("call", partyOf(ATTIC));
    expect(screen.notices.list).toMatchObject([{ sentence: "Four are in it." }]);
  });
});
