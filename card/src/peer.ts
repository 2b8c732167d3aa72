/** One peer connection of this page: to a station, a contact or another screen. */

import { watchFirstMedia } from "./first-media";
import type { Candidate, ConnectionState, Description, OpenEvent, Send } from "./protocol";
import { watchSilence } from "./silence";
import { Meter, type Quality } from "./statistics";

/** `iceConnectionState` in the words of the server. */
const STATES: Record<RTCIceConnectionState, ConnectionState | null> = {
  new: null,
  checking: "connecting",
  connected: "connected",
  completed: "completed",
  disconnected: "disconnected",
  failed: "failed",
  closed: "closed",
};

const MEASURING_TIME = 5000;

/** Nothing got through to the other end, with no relay server to help, or in spite of one. */
export type NoPath = "no_path" | "no_path_relay";

export class Peer {
  readonly stream = new MediaStream();
  state: ConnectionState = "undefined";
  /** A picture of the other side has been decoded. */
  hasPicture = false;
  closed = false;
  /** It has been connected, however it is now. */
  worked = false;
  /** From before the websocket was lost; replaced as soon as a fresh one works. */
  stale = false;
  quality: Quality | undefined;

  readonly #rtc: RTCPeerConnection;
  // Descriptions and candidates are worked through in order, one at a time.
  #work: Promise<void> = Promise.resolve();
  #waiting: (Candidate | null)[] = [];
  #described = false;
  #gathered: (Candidate | null)[] = [];
  #tracks: Record<"audio" | "video", MediaStreamTrack | null> = { audio: null, video: null };
  #maxBandwidth = 0;
  readonly #outgoing = new MediaStream();
  readonly #stopWatching: () => void;
  readonly #stopListening: () => void;
  readonly #meter = new Meter();
  readonly #measuring: ReturnType<typeof setInterval>;
  #lastHeard = 0;

  constructor(
    readonly open: OpenEvent,
    private readonly send: Send,
    private readonly onChange: () => void,
  ) {
    this.#rtc = new RTCPeerConnection({
      iceServers: open.ice_servers,
      iceTransportPolicy: open.relay ? "relay" : "all",
    });
    this.#rtc.addEventListener("track", ({ track }) => this.#received(track));
    this.#rtc.addEventListener("icecandidate", ({ candidate }) => this.#gather(candidate));
    this.#rtc.addEventListener("iceconnectionstatechange", () => this.#stateChanged());
    // What only takes from us never brings anything.
    this.#stopWatching = open.recording
      ? () => undefined
      : watchFirstMedia(this.#rtc, {
          media: () => this.#tell("mesh_call/media", { connection_id: this.id }),
          picture: () => {
            this.hasPicture = true;
            this.onChange();
          },
        });
    // Stations and screens tell by themselves whether they are muted.
    const tells = !this.isLink || /^(station|screen):/.test(open.peer);
    this.#stopListening = tells
      ? () => undefined
      : watchSilence(
          () => (this.works ? this.#newestSound : undefined),
          (silent) => this.#tell("mesh_call/silence", { connection_id: this.id, silent }),
        );
    this.#measuring = setInterval(() => void this.#measure(), MEASURING_TIME);
    if (open.offer) this.#queue(() => this.#offer());
  }

  get id(): string {
    return this.open.connection_id;
  }

  /** Whether it is between two members of the call: no preview, no recording. */
  get isLink(): boolean {
    return !this.open.preview && !this.open.recording;
  }

  get works(): boolean {
    return this.state === "connected" || this.state === "completed";
  }

  /** Whether the two ends agreed that we send sound or picture. */
  maySend(kind: "audio" | "video"): boolean {
    const direction = this.#transceiver(kind)?.currentDirection;
    return direction === "sendrecv" || direction === "sendonly";
  }

  /** Whether the two ends have agreed on anything yet. */
  get agreed(): boolean {
    return this.#rtc.getTransceivers().some((t) => t.currentDirection !== null);
  }

  /** What stands against it, should it fail now. */
  get noPath(): NoPath | undefined {
    // Before the ends agreed there is no way to look for.
    if (!this.isLink || !this.agreed || this.worked) return undefined;
    const urls = this.open.ice_servers.flatMap((server) => server.urls);
    return urls.some((url) => url.startsWith("turn")) ? "no_path_relay" : "no_path";
  }

  /** How loud the other side is right now, from 0 to 1. */
  get loudness(): number {
    const source = this.#newestSound;
    // Browsers repeat the last level for a while after the last packet.
    if (!source || source.rtpTimestamp === this.#lastHeard) return 0;
    this.#lastHeard = source.rtpTimestamp;
    return source.audioLevel ?? 0;
  }

  describe(description: Description): void {
    this.#queue(async () => {
      await this.#rtc.setRemoteDescription(description);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const candidate of waiting) await this.#add(candidate);
      if (description.type === "offer") await this.#answer();
      await this.#applyTracks();
      this.onChange();
    });
  }

  candidate(candidate: Candidate | null): void {
    this.#queue(async () => {
      if (this.#rtc.remoteDescription) await this.#add(candidate);
      else this.#waiting.push(candidate);
    });
  }

  /** What is sent where the other side takes it; null sends nothing. */
  setTrack(kind: "audio" | "video", track: MediaStreamTrack | null): void {
    if (this.open.preview || this.#tracks[kind] === track) return;
    this.#tracks[kind] = track;
    this.#queue(() => this.#applyTracks());
  }

  /** Caps the picture we send, in kbit/s; 0 lifts the cap. */
  limit(maxBandwidth: number): void {
    this.#maxBandwidth = maxBandwidth;
    this.#queue(() => this.#applyLimit());
  }

  /** Home Assistant gave it up; only its last picture may still be looked at. */
  retire(): void {
    if (this.closed) return;
    this.closed = true;
    this.#stopWatching();
    this.#stopListening();
    clearInterval(this.#measuring);
    for (const sender of this.#rtc.getSenders()) {
      sender.replaceTrack(null).catch(() => undefined);
    }
    // Closing by ourselves fires no event.
    this.#report("closed");
    this.onChange();
  }

  close(): void {
    this.retire();
    this.#rtc.close();
  }

  async #measure(): Promise<void> {
    // One that is being replaced is no longer of interest.
    if (!this.works || this.stale || !this.isLink) return;
    const report = await this.#rtc.getStats().catch(() => undefined);
    if (!report || this.closed) return;
    const { statistics, quality } = this.#meter.measure(report);
    this.#tell("mesh_call/statistics", { connection_id: this.id, ...statistics });
    const before = this.quality;
    this.quality = quality;
    if (before?.grade !== quality.grade || before.reason !== quality.reason) this.onChange();
  }

  async #offer(): Promise<void> {
    const direction = this.open.preview ? "recvonly" : "sendrecv";
    const streams = [this.#outgoing];
    if (!this.open.preview) this.#rtc.addTransceiver("audio", { direction, streams });
    if (this.open.video) this.#rtc.addTransceiver("video", { direction, streams });
    await this.#applyTracks();
    await this.#describeLocally();
  }

  async #answer(): Promise<void> {
    for (const transceiver of this.#rtc.getTransceivers()) {
      const { kind } = transceiver.receiver.track;
      const wanted = !this.open.preview && (kind === "audio" || this.open.video);
      // The answer itself gives way where the offer wants nothing from us.
      const both = this.open.recording ? "sendonly" : "sendrecv";
      transceiver.direction = wanted ? both : "recvonly";
      // Sound and picture of one stream stay in step at the other end; old browsers lack it.
      if (wanted && "setStreams" in transceiver.sender) {
        transceiver.sender.setStreams(this.#outgoing);
      }
    }
    await this.#applyTracks();
    await this.#describeLocally();
  }

  async #describeLocally(): Promise<void> {
    await this.#rtc.setLocalDescription();
    const local = this.#rtc.localDescription;
    if (!local || (local.type !== "offer" && local.type !== "answer")) return;
    this.#tell("mesh_call/describe", {
      connection_id: this.id,
      description: { type: local.type, sdp: local.sdp },
    });
    this.#described = true;
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const candidate of gathered) this.#tellCandidate(candidate);
  }

  async #applyTracks(): Promise<void> {
    for (const kind of ["audio", "video"] as const) {
      const sender = this.#transceiver(kind)?.sender;
      const track = this.#tracks[kind];
      if (sender && sender.track !== track) await sender.replaceTrack(track);
    }
    await this.#applyLimit();
  }

  async #applyLimit(): Promise<void> {
    const sender = this.#transceiver("video")?.sender;
    const parameters = sender?.getParameters();
    const encoding = parameters?.encodings[0];
    // Before the descriptions are exchanged there is nothing to cap; it is applied again then.
    if (!sender || !parameters || !encoding) return;
    const wanted = this.#maxBandwidth > 0 ? this.#maxBandwidth * 1000 : undefined;
    if (encoding.maxBitrate === wanted) return;
    if (wanted === undefined) delete encoding.maxBitrate;
    else encoding.maxBitrate = wanted;
    await sender.setParameters(parameters);
  }

  async #add(candidate: Candidate | null): Promise<void> {
    try {
      // Some browsers want a line even for the end of the candidates.
      await this.#rtc.addIceCandidate(candidate ?? undefined);
    } catch {
      // One candidate that this browser can't read (mDNS, TCP) is no reason to give up.
    }
  }

  get #newestSound(): RTCRtpSynchronizationSource | undefined {
    return this.#transceiver("audio")?.receiver.getSynchronizationSources()[0];
  }

  #transceiver(kind: "audio" | "video"): RTCRtpTransceiver | undefined {
    return this.#rtc.getTransceivers().find((t) => t.receiver.track.kind === kind);
  }

  #received(track: MediaStreamTrack): void {
    // A new stream object isn't needed: elements follow the tracks of the one they show.
    this.stream.addTrack(track);
    track.addEventListener("mute", this.onChange);
    track.addEventListener("unmute", this.onChange);
    this.onChange();
  }

  #gather(candidate: RTCIceCandidate | null): void {
    // An empty one marks the end of a generation; the null that follows says the same.
    if (candidate?.candidate === "") return;
    const plain = candidate && {
      candidate: candidate.candidate,
      sdpMid: candidate.sdpMid,
      sdpMLineIndex: candidate.sdpMLineIndex,
    };
    // The other end can't place a candidate of a description it doesn't have.
    if (this.#described) this.#tellCandidate(plain);
    else this.#gathered.push(plain);
  }

  #stateChanged(): void {
    const state = STATES[this.#rtc.iceConnectionState];
    if (!state || this.closed) return;
    // Fast networks skip the state in between; every link shows it.
    if (this.state === "undefined" && (state === "connected" || state === "completed")) {
      this.#report("connecting");
    }
    this.#report(state);
    this.onChange();
  }

  #report(state: ConnectionState): void {
    if (this.state === state) return;
    this.state = state;
    this.worked ||= this.works;
    this.#tell("mesh_call/connection", { connection_id: this.id, state });
  }

  #tellCandidate(candidate: Candidate | null): void {
    this.#tell("mesh_call/candidate", { connection_id: this.id, candidate });
  }

  // The server may have closed the connection meanwhile, or be away: both are told elsewhere.
  readonly #tell: (...words: Parameters<Send>) => void = (command, fields) => {
    this.send(command, fields).catch(() => undefined);
  };

  #queue(job: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.closed) return;
      try {
        await job();
      } catch {
        // A description that can't be used: this connection will come to nothing.
        this.#report("failed");
        this.onChange();
      }
    });
  }
}
