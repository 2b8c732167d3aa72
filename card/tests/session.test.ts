import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Screen } from "../src/screen";
import { callOf, DOOR, FakeConnection, joinedCall, ME, memberOf } from "./fake-server";
import { type FakeDevices, FakeStream, FakeTrack, lastPeer, settle } from "./fakes";
import { closeScreen, connectCall, openScreen } from "./open-screen";

describe("a screen in a call", () => {
  let hass: FakeConnection;
  let devices: FakeDevices;
  let screen: Screen;

  const inCall = (): Promise<void> => connectCall(hass);

  beforeEach(async () => {
    ({ hass, devices, screen } = await openScreen());
  });
  afterEach(() => closeScreen(screen));

  it("reports that it is ready without waiting for the microphone", async () => {
    devices.getUserMedia.mockReturnValue(new Promise(() => undefined));
    hass.tell({ type: "join", request_id: "1", call_id: "call", video: true });
    await settle();
    expect(hass.of("report")).toMatchObject([{ request_id: "1" }]);
  });

  it("answers an offer, trickles both ways and reports what it sees", async () => {
    hass.state(joinedCall());
    hass.open("link", { ice_servers: [{ urls: "turn:relay.example" }] });
    hass.tell({
      type: "candidate",
      connection_id: "link",
      candidate: { candidate: "early", sdpMid: "0", sdpMLineIndex: 0 },
    });
    await settle();
    lastPeer().found("before the answer");
    expect(lastPeer().candidates).toEqual([]);
    await hass.offer("link");
    lastPeer().found(null);
    lastPeer().become("connected");
    lastPeer().become("disconnected");
    lastPeer().become("failed");
    hass.tell({ type: "candidate", connection_id: "link", candidate: null });
    await settle();
    expect(lastPeer().configuration.iceServers).toEqual([{ urls: "turn:relay.example" }]);
    expect(lastPeer().candidates).toHaveLength(2);
    expect(hass.of("describe")).toMatchObject([{ description: { type: "answer" } }]);
    expect(hass.of("candidate").map(({ candidate }) => candidate)).toMatchObject([
      { candidate: "before the answer" },
      null,
    ]);
    // A fast network skips the state in between; the link shows it all the same.
    expect(hass.of("connection").map((sent) => sent["state"])).toEqual([
      "connecting",
      "connected",
      "disconnected",
      "failed",
    ]);
  });

  it("describes first where it is told to", async () => {
    hass.state(joinedCall());
    hass.open("link", { offer: true });
    await settle();
    expect(hass.of("describe")).toMatchObject([
      { description: { type: "offer", sdp: "audio:sendrecv video:sendrecv" } },
    ]);
  });

  it("reports the first picture or sound once", async () => {
    await inCall();
    await vi.advanceTimersByTimeAsync(500);
    expect(hass.of("media")).toEqual([]);
    lastPeer().stats = [{ type: "inbound-rtp", kind: "audio", packetsReceived: 3 }];
    await vi.advanceTimersByTimeAsync(500);
    lastPeer().stats.push({ type: "inbound-rtp", kind: "video", framesDecoded: 1 });
    await vi.advanceTimersByTimeAsync(500);
    expect(hass.of("media")).toMatchObject([{ connection_id: "link" }]);
  });

  it("tells of a description it can't use", async () => {
    hass.state(joinedCall());
    hass.open("link");
    await hass.offer("link", "nonsense");
    expect(hass.of("connection").at(-1)).toMatchObject({ state: "failed" });
  });

  it("sends sound to a station with a speaker, and no picture", async () => {
    await inCall();
    await settle();
    const [audio, video] = lastPeer().transceivers;
    expect(audio?.sender.track?.kind).toBe("audio");
    expect(video?.currentDirection).toBe("recvonly");
    expect(devices.opened.map(({ kind }) => kind)).toEqual(["audio"]);
  });

  it("opens the camera only where the other side takes it", async () => {
    hass.state(joinedCall());
    hass.open("link");
    await hass.offer("link", "audio:sendrecv video:sendrecv");
    await settle();
    expect(devices.opened.map(({ kind }) => kind).sort()).toEqual(["audio", "video"]);
  });

  it("lets the microphone go where nobody can hear", async () => {
    hass.state(joinedCall());
    hass.open("link");
    await hass.offer("link", "audio:sendonly video:sendonly");
    expect(screen.sessions.get("call")?.unheard).toBe(true);
    expect(devices.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
  });

  it("is heard and seen at a station only while somebody watches there", async () => {
    const deaf = memberOf(DOOR, { hears: false, sees: false });
    const watched = memberOf(DOOR, { hears: true, sees: true });
    hass.state(joinedCall({ members: [deaf, memberOf(ME)] }));
    hass.open("link");
    await hass.offer("link", "audio:sendrecv video:sendrecv");
    await settle();
    const sent = (): unknown[] => lastPeer().transceivers.map(({ sender }) => sender.track?.kind);
    expect(screen.sessions.get("call")?.unheard).toBe(true);
    expect(sent()).toEqual([undefined, undefined]);
    expect(devices.opened.some(({ kind }) => kind === "video")).toBe(false);

    hass.state(joinedCall({ viewers: 1, members: [watched, memberOf(ME)] }));
    await settle();
    expect(sent()).toEqual(["audio", "video"]);

    hass.state(joinedCall({ members: [deaf, memberOf(ME)] }));
    await settle();
    expect(sent()).toEqual([undefined, undefined]);
    expect(devices.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
  });

  it("caps its picture and lifts the cap", async () => {
    hass.state(joinedCall());
    hass.open("link");
    await hass.offer("link", "audio:sendrecv video:sendrecv");
    const cap = (): unknown =>
      lastPeer().transceivers[1]?.sender.parameters.encodings[0]?.maxBitrate;
    hass.tell({ type: "limit", request_id: "2", call_id: "call", max_bandwidth: 256 });
    await settle();
    expect(cap()).toBe(256_000);
    hass.tell({ type: "limit", request_id: "3", call_id: "call", max_bandwidth: 0 });
    await settle();
    expect(cap()).toBeUndefined();
    expect(hass.of("report")).toHaveLength(2);
  });

  it.each(["leave", "dismiss"] as const)("gives all devices back at %s", async (type) => {
    await inCall();
    await settle();
    hass.tell(
      type === "leave" ? { type, call_id: "call" } : { type, call_id: "call", reason: "hung_up" },
    );
    expect(devices.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(lastPeer().closed).toBe(true);
  });

  it("gives a microphone back that was granted too late", async () => {
    let grant: (stream: FakeStream) => void = () => undefined;
    devices.getUserMedia.mockReturnValue(new Promise((resolve) => (grant = resolve)));
    hass.state(joinedCall());
    hass.tell({ type: "leave", call_id: "call" });
    const track = new FakeTrack("audio");
    grant(new FakeStream([track]));
    await settle();
    expect(track.readyState).toBe("ended");
  });

  it("goes on listening without a microphone, and can try again", async () => {
    devices.getUserMedia.mockRejectedValueOnce(new DOMException("", "NotAllowedError"));
    await inCall();
    await settle();
    expect(screen.microphone.problem).toBe("denied");
    expect(screen.current?.call_id).toBe("call");
    screen.microphone.retry();
    await settle();
    expect(screen.microphone.problem).toBeNull();
    expect(lastPeer().transceivers[0]?.sender.track?.kind).toBe("audio");
  });

  it("knows plain HTTP by the missing devices", async () => {
    Object.defineProperty(navigator, "mediaDevices", { value: undefined, configurable: true });
    await inCall();
    expect(screen.microphone.problem).toBe("insecure");
    expect(screen.current?.call_id).toBe("call");
  });

  it("sends a recording only what it sends to others", async () => {
    await inCall();
    hass.open("recording", { peer: "recorder", recording: true });
    await hass.offer("recording", "audio:recvonly video:recvonly");
    const recorded = lastPeer();
    expect(recorded.transceivers.map(({ direction }) => direction)).toEqual([
      "sendonly",
      "sendonly",
    ]);
    recorded.become("connected");
    await settle();
    const tracks = recorded.getSenders().map(({ track }) => track?.kind ?? null);
    // The door takes no picture: the camera stays off.
    expect(tracks).toEqual(["audio", null]);
    expect(screen.sessions.get("call")?.sendsVideo).toBe(false);
  });

  describe("muted", () => {
    const muted = (): boolean | undefined => screen.sessions.get("call")?.mutedAudio;
    const enabled = (): boolean | undefined => devices.opened[0]?.enabled;
    const told = (audio: boolean): ReturnType<typeof callOf> =>
      joinedCall({ members: [memberOf(DOOR), memberOf(ME, { muted_audio: audio })] });

    beforeEach(async () => {
      await inCall();
      await settle();
    });

    it("is silent at once, then tells", async () => {
      screen.mute("call", { audio: true });
      expect(enabled()).toBe(false);
      await settle();
      expect(hass.of("mute")).toMatchObject([{ call_id: "call", audio: true }]);
    });

    it("stays so while the websocket is away, and tells it later", async () => {
      hass.plug(false);
      screen.mute("call", { audio: true });
      expect(enabled()).toBe(false);
      await settle();
      hass.plug(true);
      hass.welcome();
      hass.state(told(false));
      expect(muted()).toBe(true);
      await settle();
      expect(hass.of("mute")).toMatchObject([{ audio: true }]);
      hass.state(told(true));
      expect(enabled()).toBe(false);
    });

    it("does what Home Assistant asks for, and reports it", async () => {
      hass.tell({ type: "mute", request_id: "7", call_id: "call", audio: true, video: false });
      expect(enabled()).toBe(false);
      await settle();
      expect(hass.of("report")).toMatchObject([{ request_id: "7" }]);
    });

    it("is not undone by a request that crossed the tap", () => {
      screen.mute("call", { audio: false });
      screen.mute("call", { audio: true });
      hass.tell({ type: "mute", request_id: "8", call_id: "call", audio: false, video: false });
      expect(enabled()).toBe(false);
    });

    it("follows the server's word after a reload", async () => {
      hass.state(told(true));
      await settle();
      expect(muted()).toBe(true);
      expect(enabled()).toBe(false);
    });
  });

  describe("in a page that is hidden", () => {
    it("keeps the camera off while nobody looks, and the voice on", async () => {
      hass.state(joinedCall());
      hass.open("link");
      await hass.offer("link", "audio:sendrecv video:sendrecv");
      await settle();
      const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
      document.dispatchEvent(new Event("visibilitychange"));
      await settle();
      const camera = devices.opened.find(({ kind }) => kind === "video");
      expect(camera?.readyState).toBe("ended");
      expect(hass.of("mute").at(-1)).toMatchObject({ video: true });
      expect(devices.opened.find(({ kind }) => kind === "audio")?.enabled).toBe(true);
      hidden.mockReturnValue(false);
      document.dispatchEvent(new Event("visibilitychange"));
      await settle();
      expect(hass.of("mute").at(-1)).toMatchObject({ video: false });
      hidden.mockRestore();
    });

    it("turns the camera on again though the server repeats what the page said", async () => {
      hass.state(joinedCall());
      hass.open("link");
      await hass.offer("link", "audio:sendrecv video:sendrecv");
      await settle();
      const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
      document.dispatchEvent(new Event("visibilitychange"));
      hass.tell({ type: "mute", request_id: "r", call_id: "call", audio: false, video: true });
      await settle();
      hidden.mockReturnValue(false);
      document.dispatchEvent(new Event("visibilitychange"));
      await settle();
      expect(hass.of("mute").at(-1)).toMatchObject({ video: false });
      hidden.mockRestore();
    });
  });
});
