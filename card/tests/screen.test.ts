import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OpenEvent } from "../src/protocol";
import { Screen } from "../src/screen";
import {
  callOf,
  DOOR,
  FakeConnection,
  type FakeDevices,
  FakePeerConnection,
  FakeStream,
  FakeTrack,
  hassWith,
  installMedia,
  joinedCall,
  ME,
  memberOf,
  settle,
} from "./fakes";

const party = { id: DOOR, name: "Front door", kind: "station", state: "idle" } as const;
const PARTIES = [{ ...party, video: true, audio: true }];

const open = (id: string, fields: Partial<OpenEvent> = {}): OpenEvent => ({
  type: "open",
  connection_id: id,
  call_id: "call",
  peer: DOOR,
  offer: false,
  preview: false,
  video: true,
  ice_servers: [],
  ...fields,
});

describe("the screen", () => {
  let hass: FakeConnection;
  let devices: FakeDevices;
  let screen: Screen;

  const state = (...calls: ReturnType<typeof callOf>[]): void =>
    hass.tell({ type: "state", parties: PARTIES, calls });

  const offer = async (id: string, sdp = "audio:sendrecv video:sendonly"): Promise<void> => {
    hass.tell({ type: "description", connection_id: id, description: { type: "offer", sdp } });
    await settle();
  };

  const last = (): FakePeerConnection => {
    const peer = FakePeerConnection.all.at(-1);
    if (!peer) throw new Error("no connection was opened");
    return peer;
  };

  const inCall = async (): Promise<void> => {
    state(joinedCall());
    hass.tell(open("link"));
    await offer("link");
    last().become("connected");
  };

  beforeEach(async () => {
    vi.useFakeTimers();
    localStorage.clear();
    devices = installMedia();
    hass = new FakeConnection();
    screen = new Screen(hassWith(hass));
    screen.start();
    await vi.advanceTimersByTimeAsync(6000);
    hass.welcome();
    state();
  });
  afterEach(() => {
    screen.connection.silence();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  describe("that rings", () => {
    it("says so once, and opens no microphone for it", async () => {
      state(callOf());
      state(callOf());
      await settle();
      expect(screen.ringing.map(({ call_id }) => call_id)).toEqual(["call"]);
      expect(hass.of("ringing")).toHaveLength(1);
      expect(devices.getUserMedia).not.toHaveBeenCalled();
    });

    it("looks at the caller without sending anything", async () => {
      state(callOf());
      hass.tell(open("preview", { preview: true }));
      await offer("preview", "video:sendrecv");
      expect(last().transceivers.map(({ direction }) => direction)).toEqual(["recvonly"]);
      expect(
        last()
          .getSenders()
          .every(({ track }) => track === null),
      ).toBe(true);
    });

    it("sends a recording only what it sends to others", async () => {
      await inCall();
      hass.tell(open("recording", { peer: "recorder", recording: true }));
      await offer("recording", "audio:recvonly video:recvonly");
      const recorded = last();
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

    it("falls silent when another page takes over", () => {
      state(callOf());
      hass.tell({ type: "replaced" });
      expect(screen.ringing).toEqual([]);
      expect(screen.standing).toBe("passive");
    });

    it("leaves the present call when a second one is answered", async () => {
      await inCall();
      const second = callOf({ call_id: "second" });
      state(joinedCall(), second);
      expect(screen.ringing.map(({ call_id }) => call_id)).toEqual(["second"]);
      void screen.answer("second");
      await settle();
      expect(hass.of("hangup")).toMatchObject([{ call_id: "call" }]);
      expect(hass.of("accept")).toMatchObject([{ call_id: "second", video: true }]);
    });

    it("goes on ringing when the answer is refused, and says why", async () => {
      hass.answers["mesh_call/accept"] = { code: "call_full", message: "It is full." };
      state(callOf());
      await screen.answer("call");
      expect(screen.ringing).toHaveLength(1);
      expect(screen.notices.list.at(-1)?.sentence).toBe("It is full.");
      expect(devices.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
    });

    it("says why a call is over", () => {
      state(callOf());
      hass.tell({ type: "dismiss", call_id: "call", reason: "answered_elsewhere" });
      expect(screen.notices.list).toMatchObject([
        { who: "Front door", reason: "answered_elsewhere", outgoing: false },
      ]);
    });

    it("says nothing of what the user rejected", () => {
      state(callOf());
      screen.reject("call");
      hass.tell({ type: "dismiss", call_id: "call", reason: "rejected" });
      expect(hass.of("reject")).toMatchObject([{ reason: "declined" }]);
      expect(screen.notices.list).toEqual([]);
    });
  });

  describe("in a call", () => {
    it("reports that it is ready without waiting for the microphone", async () => {
      devices.getUserMedia.mockReturnValue(new Promise(() => undefined));
      hass.tell({ type: "join", request_id: "1", call_id: "call", video: true });
      await settle();
      expect(hass.of("report")).toMatchObject([{ request_id: "1" }]);
    });

    it("answers an offer, trickles both ways and reports what it sees", async () => {
      state(joinedCall());
      hass.tell(open("link", { ice_servers: [{ urls: "turn:relay.example" }] }));
      hass.tell({
        type: "candidate",
        connection_id: "link",
        candidate: { candidate: "early", sdpMid: "0", sdpMLineIndex: 0 },
      });
      await settle();
      last().found("before the answer");
      expect(last().candidates).toEqual([]);
      await offer("link");
      last().found(null);
      last().become("connected");
      last().become("disconnected");
      last().become("failed");
      hass.tell({ type: "candidate", connection_id: "link", candidate: null });
      await settle();
      expect(last().configuration.iceServers).toEqual([{ urls: "turn:relay.example" }]);
      expect(last().candidates).toHaveLength(2);
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
      state(joinedCall());
      hass.tell(open("link", { offer: true }));
      await settle();
      expect(hass.of("describe")).toMatchObject([
        { description: { type: "offer", sdp: "audio:sendrecv video:sendrecv" } },
      ]);
    });

    it("reports the first picture or sound once", async () => {
      await inCall();
      await vi.advanceTimersByTimeAsync(500);
      expect(hass.of("media")).toEqual([]);
      last().stats = [{ type: "inbound-rtp", kind: "audio", packetsReceived: 3 }];
      await vi.advanceTimersByTimeAsync(500);
      last().stats.push({ type: "inbound-rtp", kind: "video", framesDecoded: 1 });
      await vi.advanceTimersByTimeAsync(500);
      expect(hass.of("media")).toMatchObject([{ connection_id: "link" }]);
    });

    it("tells of a description it can't use", async () => {
      state(joinedCall());
      hass.tell(open("link"));
      await offer("link", "nonsense");
      expect(hass.of("connection").at(-1)).toMatchObject({ state: "failed" });
    });

    it("sends sound to a station with a speaker, and no picture", async () => {
      await inCall();
      await settle();
      const [audio, video] = last().transceivers;
      expect(audio?.sender.track?.kind).toBe("audio");
      expect(video?.currentDirection).toBe("recvonly");
      expect(devices.opened.map(({ kind }) => kind)).toEqual(["audio"]);
    });

    it("opens the camera only where the other side takes it", async () => {
      state(joinedCall());
      hass.tell(open("link"));
      await offer("link", "audio:sendrecv video:sendrecv");
      await settle();
      expect(devices.opened.map(({ kind }) => kind).sort()).toEqual(["audio", "video"]);
    });

    it("lets the microphone go where nobody can hear", async () => {
      state(joinedCall());
      hass.tell(open("link"));
      await offer("link", "audio:sendonly video:sendonly");
      expect(screen.sessions.get("call")?.unheard).toBe(true);
      expect(devices.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
    });

    it("is heard and seen at a station only while somebody watches there", async () => {
      const deaf = memberOf(DOOR, { hears: false, sees: false });
      const watched = memberOf(DOOR, { hears: true, sees: true });
      state(joinedCall({ members: [deaf, memberOf(ME)] }));
      hass.tell(open("link"));
      await offer("link", "audio:sendrecv video:sendrecv");
      await settle();
      const sent = (): unknown[] => last().transceivers.map(({ sender }) => sender.track?.kind);
      expect(screen.sessions.get("call")?.unheard).toBe(true);
      expect(sent()).toEqual([undefined, undefined]);
      expect(devices.opened.some(({ kind }) => kind === "video")).toBe(false);

      state(joinedCall({ viewers: 1, members: [watched, memberOf(ME)] }));
      await settle();
      expect(sent()).toEqual(["audio", "video"]);

      state(joinedCall({ members: [deaf, memberOf(ME)] }));
      await settle();
      expect(sent()).toEqual([undefined, undefined]);
      expect(devices.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
    });

    it("caps its picture and lifts the cap", async () => {
      state(joinedCall());
      hass.tell(open("link"));
      await offer("link", "audio:sendrecv video:sendrecv");
      const cap = (): unknown => last().transceivers[1]?.sender.parameters.encodings[0]?.maxBitrate;
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
      expect(last().closed).toBe(true);
    });

    it("gives a microphone back that was granted too late", async () => {
      let grant: (stream: FakeStream) => void = () => undefined;
      devices.getUserMedia.mockReturnValue(new Promise((resolve) => (grant = resolve)));
      state(joinedCall());
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
      expect(last().transceivers[0]?.sender.track?.kind).toBe("audio");
    });

    it("knows plain HTTP by the missing devices", async () => {
      Object.defineProperty(navigator, "mediaDevices", { value: undefined, configurable: true });
      await inCall();
      expect(screen.microphone.problem).toBe("insecure");
      expect(screen.current?.call_id).toBe("call");
    });
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
      state(told(false));
      expect(muted()).toBe(true);
      await settle();
      expect(hass.of("mute")).toMatchObject([{ audio: true }]);
      state(told(true));
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
      state(told(true));
      await settle();
      expect(muted()).toBe(true);
      expect(enabled()).toBe(false);
    });
  });

  describe("that lost its websocket", () => {
    it("keeps the old connections until fresh ones work", async () => {
      await inCall();
      const old = last();
      hass.plug(false);
      expect(screen.current?.call_id).toBe("call");
      hass.plug(true);
      hass.welcome();
      state(joinedCall());
      hass.tell(open("fresh"));
      await offer("fresh");
      expect(old.closed).toBe(false);
      last().become("connected");
      await vi.advanceTimersByTimeAsync(1000);
      expect(old.closed).toBe(true);
      expect(screen.sessions.get("call")?.linkTo(DOOR)?.id).toBe("fresh");
    });

    it("gives up after a while, and says so", async () => {
      await inCall();
      hass.plug(false);
      await vi.advanceTimersByTimeAsync(16_000);
      expect(screen.current).toBeUndefined();
      expect(devices.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
      expect(screen.notices.list.at(-1)?.reason).toBe("connection_lost");
    });

    it("doesn't bring a call back that was hung up meanwhile", async () => {
      await inCall();
      hass.plug(false);
      screen.hangup("call");
      await settle();
      hass.plug(true);
      hass.welcome();
      state(joinedCall());
      hass.tell(open("fresh"));
      await settle();
      expect(screen.current).toBeUndefined();
      expect(FakePeerConnection.all).toHaveLength(1);
      expect(hass.of("hangup")).toMatchObject([{ call_id: "call" }]);
    });

    it("goes on in a call after a reload, microphone included", async () => {
      state(joinedCall());
      await settle();
      expect(screen.current?.call_id).toBe("call");
      expect(devices.opened.map(({ kind }) => kind)).toContain("audio");
    });
  });

  it("keeps the camera off while nobody looks, and the voice on", async () => {
    state(joinedCall());
    hass.tell(open("link"));
    await offer("link", "audio:sendrecv video:sendrecv");
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
    state(joinedCall());
    hass.tell(open("link"));
    await offer("link", "audio:sendrecv video:sendrecv");
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
