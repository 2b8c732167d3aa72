/** Stand-ins for what a browser has and a test has not: peer connections, devices, locks. */

import { type Mock, vi } from "vitest";

type Fields = Record<string, unknown>;

export class FakeTrack extends EventTarget {
  enabled = true;
  readyState: "live" | "ended" = "live";
  muted = false;
  contentHint = "";
  readonly stop = vi.fn(() => {
    this.readyState = "ended";
  });

  constructor(readonly kind: "audio" | "video") {
    super();
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: `${this.kind}-1` };
  }
}

export class FakeStream {
  readonly #tracks: FakeTrack[];

  constructor(tracks: FakeTrack[] = []) {
    this.#tracks = [...tracks];
  }

  addTrack(track: FakeTrack): void {
    this.#tracks.push(track);
  }

  getTracks(): FakeTrack[] {
    return [...this.#tracks];
  }

  getAudioTracks(): FakeTrack[] {
    return this.#tracks.filter(({ kind }) => kind === "audio");
  }

  getVideoTracks(): FakeTrack[] {
    return this.#tracks.filter(({ kind }) => kind === "video");
  }
}

class FakeSender {
  track: FakeTrack | null = null;
  parameters: { encodings: { maxBitrate?: number }[] } = { encodings: [{}] };

  replaceTrack(track: FakeTrack | null): Promise<void> {
    this.track = track;
    return Promise.resolve();
  }

  getParameters(): FakeSender["parameters"] {
    return structuredClone(this.parameters);
  }

  setParameters(parameters: FakeSender["parameters"]): Promise<void> {
    this.parameters = parameters;
    return Promise.resolve();
  }

  setStreams(): void {
    // Lip sync is the browser's.
  }
}

interface FakeTransceiver {
  direction: RTCRtpTransceiverDirection;
  currentDirection: RTCRtpTransceiverDirection | null;
  sender: FakeSender;
  receiver: { track: FakeTrack; getSynchronizationSources: () => never[] };
}

/** Understands descriptions of the form "audio:sendrecv video:sendonly". */
export class FakePeerConnection extends EventTarget {
  static readonly all: FakePeerConnection[] = [];

  iceConnectionState: RTCIceConnectionState = "new";
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  readonly transceivers: FakeTransceiver[] = [];
  readonly candidates: unknown[] = [];
  stats: Fields[] = [];
  closed = false;

  constructor(readonly configuration: RTCConfiguration) {
    super();
    FakePeerConnection.all.push(this);
  }

  addTransceiver(kind: "audio" | "video", init: { direction: RTCRtpTransceiverDirection }): void {
    this.transceivers.push(makeTransceiver(kind, init.direction));
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }

  getSenders(): FakeSender[] {
    return this.transceivers.map(({ sender }) => sender);
  }

  setRemoteDescription(description: { type: RTCSdpType; sdp: string }): Promise<void> {
    if (description.sdp === "nonsense") return Promise.reject(new Error("bad description"));
    this.remoteDescription = description;
    for (const part of description.sdp.split(" ")) {
      const [kind, direction] = part.split(":") as ["audio" | "video", string];
      let transceiver = this.transceivers.find(({ receiver }) => receiver.track.kind === kind);
      if (!transceiver) {
        transceiver = makeTransceiver(kind, "recvonly");
        this.transceivers.push(transceiver);
      }
      remote.set(transceiver, direction);
      if (description.type === "answer") agree(transceiver);
      if (direction.includes("send")) {
        const event = Object.assign(new Event("track"), { track: transceiver.receiver.track });
        this.dispatchEvent(event);
      }
    }
    return Promise.resolve();
  }

  setLocalDescription(): Promise<void> {
    const type = this.remoteDescription?.type === "offer" ? "answer" : "offer";
    if (type === "answer") this.transceivers.forEach(agree);
    const sdp = this.transceivers
      .map(({ receiver, direction }) => `${receiver.track.kind}:${direction}`)
      .join(" ");
    this.localDescription = { type, sdp };
    return Promise.resolve();
  }

  addIceCandidate(candidate: unknown): Promise<void> {
    this.candidates.push(candidate);
    return Promise.resolve();
  }

  getStats(): Promise<Map<string, Fields>> {
    return Promise.resolve(new Map(this.stats.map((entry, index) => [String(index), entry])));
  }

  close(): void {
    this.closed = true;
  }

  become(state: RTCIceConnectionState): void {
    this.iceConnectionState = state;
    this.dispatchEvent(new Event("iceconnectionstatechange"));
  }

  found(candidate: string | null): void {
    const plain = candidate === null ? null : { candidate, sdpMid: "0", sdpMLineIndex: 0 };
    this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate: plain }));
  }
}

/** The connection that the page opened last. */
export const lastPeer = (): FakePeerConnection => {
  const peer = FakePeerConnection.all.at(-1);
  if (!peer) throw new Error("no connection was opened");
  return peer;
};

const remote = new WeakMap<FakeTransceiver, string>();

const makeTransceiver = (
  kind: "audio" | "video",
  direction: RTCRtpTransceiverDirection,
): FakeTransceiver => ({
  direction,
  currentDirection: null,
  sender: new FakeSender(),
  receiver: { track: new FakeTrack(kind), getSynchronizationSources: () => [] },
});

const agree = (transceiver: FakeTransceiver): void => {
  const theirs = remote.get(transceiver) ?? "inactive";
  const ours = transceiver.direction;
  const sends = ours.startsWith("send") && theirs.includes("recv");
  const gets = ours.includes("recv") && theirs.startsWith("send");
  const name = `${sends ? "send" : ""}${gets ? "recv" : ""}`;
  transceiver.currentDirection =
    name === "sendrecv" ? "sendrecv" : sends ? "sendonly" : gets ? "recvonly" : "inactive";
};

export interface FakeDevices {
  opened: FakeTrack[];
  getUserMedia: Mock<(constraints: MediaStreamConstraints) => Promise<FakeStream>>;
}

/** Puts devices and peer connections into the page. */
export const installMedia = (): FakeDevices => {
  FakePeerConnection.all.length = 0;
  vi.stubGlobal("RTCPeerConnection", FakePeerConnection);
  vi.stubGlobal("MediaStream", FakeStream);
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    value: null,
    writable: true,
    configurable: true,
  });
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  const opened: FakeTrack[] = [];
  const getUserMedia = vi.fn((constraints: MediaStreamConstraints) => {
    const track = new FakeTrack(constraints.audio ? "audio" : "video");
    opened.push(track);
    return Promise.resolve(new FakeStream([track]));
  });
  const mediaDevices = Object.assign(new EventTarget(), {
    getUserMedia,
    enumerateDevices: () => Promise.resolve([]),
  });
  Object.defineProperty(navigator, "mediaDevices", { value: mediaDevices, configurable: true });
  return { opened, getUserMedia };
};

/** Web Locks of one browser with as many pages as a test likes. */
export class FakeLocks {
  #holder: { steal: () => void } | undefined;
  readonly #queue: (() => void)[] = [];

  request = async (
    _name: string,
    options: LockOptions,
    callback: () => Promise<void>,
  ): Promise<void> => {
    if (options.steal) this.#holder?.steal();
    else if (this.#holder) await this.#turn(options.signal);
    await new Promise<void>((resolve, reject) => {
      const holder = {
        steal: () => reject(new DOMException("stolen", "AbortError")),
      };
      this.#holder = holder;
      void callback().then(() => {
        if (this.#holder === holder) {
          this.#holder = undefined;
          this.#queue.shift()?.();
        }
        resolve();
      });
    });
  };

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push(resolve);
      signal?.addEventListener("abort", () => {
        this.#queue.splice(this.#queue.indexOf(resolve), 1);
        reject(new DOMException("aborted", "AbortError"));
      });
    });
  }
}

/** Lets what was promised happen. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};
