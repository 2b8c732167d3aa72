/**
 * A Home Assistant of straw, all in the page: it speaks the websocket protocol, and its stations
 * are peer connections to a canvas and an oscillator. For looking at the card and for trying it.
 */

import { BlackWatch } from "./black";
import type { Call, Member, Party, ServerEvent } from "../src/protocol";

type Fields = Record<string, unknown>;

const SCREEN = "screen:me";

const party = (id: string, name: string, state: Party["state"] = "idle"): Party => ({
  id,
  name,
  kind: id.split(":")[0] === "station" ? "station" : id.startsWith("screen") ? "screen" : "contact",
  state,
  video: true,
  audio: true,
});

export const PARTIES = [
  party("station:door", "Front door"),
  party("station:nursery", "Nursery", "in_call"),
  party("screen:kitchen", "Kitchen tablet"),
  party("xmpp:anna@example.org", "Anna"),
];

const member = (id: string, state: Member["state"]): Member => {
  const known = PARTIES.find((candidate) => candidate.id === id);
  return {
    id,
    name: known?.name ?? "Hallway tablet",
    kind: known?.kind ?? "screen",
    state,
    muted_audio: false,
    muted_video: false,
    video: true,
    audio: true,
    problem: null,
  };
};

/** One end that Home Assistant itself would speak for. */
class Station {
  readonly rtc = new RTCPeerConnection();
  /** The page has got something of it. */
  arrived = false;

  constructor(
    readonly connection: string,
    readonly peer: string,
    private readonly home: FakeHome,
    stream: MediaStream,
    readonly preview: boolean,
    hears: boolean,
    sees: boolean,
  ) {
    for (const track of stream.getTracks()) {
      if (preview && track.kind === "audio") continue;
      const takes = !preview && (track.kind === "audio" ? hears : sees);
      const direction = takes ? "sendrecv" : "sendonly";
      this.rtc.addTransceiver(track, { direction, streams: [stream] });
    }
    this.rtc.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate === "") return;
      home.tell({
        type: "candidate",
        connection_id: connection,
        candidate: (candidate?.toJSON() ?? null) as never,
      });
    };
  }

  async offer(): Promise<void> {
    await this.rtc.setLocalDescription();
    const { type, sdp } = this.rtc.localDescription as { type: "offer"; sdp: string };
    this.home.tell({
      type: "description",
      connection_id: this.connection,
      description: { type, sdp },
    });
  }
}

export class FakeHome {
  connected = true;
  readonly log: { type: string; fields: Fields }[] = [];
  readonly stations = new Map<string, Station>();
  calls: Call[] = [];
  name: string | null = null;
  /** Whether the doors have a speaker. */
  hears = true;
  slow = 0;
  /** The page has been told all about this home. */
  welcomed = false;
  #event: ((event: ServerEvent) => void) | undefined;
  #listeners = new Map<string, Set<() => void>>();
  #black: BlackWatch | undefined;
  #count = 0;
  #streams = new Map<string, MediaStream>();

  tell(event: ServerEvent): void {
    if (this.connected) this.#event?.(event);
  }

  subscribeMessage = (
    callback: (event: ServerEvent) => void,
    message: Fields,
  ): Promise<() => Promise<void>> => {
    this.log.push({ type: "mesh_call/screen", fields: message });
    this.#event = callback;
    setTimeout(() => {
      this.tell({
        type: "welcome",
        screen_id: SCREEN,
        secret: "s",
        name: this.name,
        rings: true,
        language: "en",
      });
      this.push();
      for (const call of this.calls) if (call.my_state === "joined") this.#link(call);
      this.welcomed = true;
    });
    return Promise.resolve(() => Promise.resolve());
  };

  sendMessagePromise = async ({ type, ...fields }: Fields): Promise<unknown> => {
    // The real connection throws a bare number, and plain objects for refusals.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    if (!this.connected) throw 3;
    this.log.push({ type: String(type), fields });
    await new Promise((resolve) => setTimeout(resolve, this.slow));
    return this.#command(String(type), fields);
  };

  addEventListener = (type: string, callback: () => void): void => {
    this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(callback));
  };

  removeEventListener = (type: string, callback: () => void): void => {
    this.#listeners.get(type)?.delete(callback);
  };

  /** Pulls the plug of the websocket, or puts it back. */
  plug(connected: boolean): void {
    this.connected = connected;
    for (const callback of this.#listeners.get(connected ? "ready" : "disconnected") ?? [])
      callback();
  }

  watchForBlack(label: string): void {
    this.#black = new BlackWatch(label);
  }

  blackness(): { frames: number; black: number } {
    return { frames: this.#black?.frames ?? 0, black: this.#black?.black ?? 0 };
  }

  /** Whom the page gets something of in a call, over more than a preview. */
  get reaching(): string[] {
    const links = [...this.stations.values()].filter(({ preview }) => !preview);
    return links.filter(({ arrived }) => arrived).map(({ peer }) => peer);
  }

  /** How many tracks of a kind come in from the page with something in them. */
  async arriving(kind: "audio" | "video"): Promise<number> {
    let count = 0;
    for (const { rtc } of this.stations.values()) {
      for (const [, entry] of (await rtc.getStats()) as unknown as Map<string, Fields>) {
        if (entry["type"] !== "inbound-rtp" || entry["kind"] !== kind) continue;
        if (Number(entry["packetsReceived"]) > 0) count++;
      }
    }
    return count;
  }

  push(): void {
    this.tell({ type: "state", parties: PARTIES, calls: structuredClone(this.calls) });
  }

  ring(caller: string, preview = true): Call {
    const call = this.#make(caller, "ringing", [
      member(caller, "joined"),
      member(SCREEN, "ringing"),
    ]);
    this.push();
    if (preview) this.#open(call, caller, true);
    return call;
  }

  end(call: Call, reason: string): void {
    this.calls = this.calls.filter(({ call_id }) => call_id !== call.call_id);
    this.tell({ type: "dismiss", call_id: call.call_id, reason });
    this.tell({ type: "leave", call_id: call.call_id });
    for (const [id, station] of this.stations) {
      if (!id.startsWith(call.call_id)) continue;
      station.rtc.close();
      this.stations.delete(id);
      this.tell({ type: "close", connection_id: id });
    }
    this.push();
  }

  /** Somebody else comes into the call. */
  join(call: Call, id: string): void {
    call.members.push(member(id, "joined"));
    this.push();
    this.#open(call, id, false);
  }

  #make(caller: string, my: Call["my_state"], members: Member[]): Call {
    const call: Call = {
      call_id: `call${++this.#count}`,
      state: "ringing",
      direction: "outgoing",
      video: true,
      caller,
      started: new Date().toISOString(),
      answered: null,
      my_state: my,
      max_bandwidth: 0,
      recording: false,
      members,
      links: [],
    };
    this.calls.push(call);
    return call;
  }

  #open(call: Call, peer: string, preview: boolean): void {
    const id = `${call.call_id}-${++this.#count}`;
    const station = new Station(
      id,
      peer,
      this,
      this.#stream(peer),
      preview,
      this.hears,
      !peer.startsWith("station"),
    );
    this.stations.set(id, station);
    this.tell({
      type: "open",
      connection_id: id,
      call_id: call.call_id,
      peer,
      offer: false,
      preview,
      video: true,
      ice_servers: [],
    });
    void station.offer();
  }

  async #command(type: string, fields: Fields): Promise<unknown> {
    const call = this.calls.find(({ call_id }) => call_id === fields["call_id"]);
    const station = this.stations.get(String(fields["connection_id"]));
    switch (type) {
      case "mesh_call/call": {
        const [to] = fields["to"] as [string];
        const made = this.#make(SCREEN, "joined", [
          member(SCREEN, "joined"),
          member(to, "ringing"),
        ]);
        this.push();
        return { call_id: made.call_id };
      }
      case "mesh_call/accept":
        if (call) this.answered(call);
        return null;
      case "mesh_call/hangup":
      case "mesh_call/reject":
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        if (!call) throw { code: "call_ended", message: "The call is over." };
        this.end(call, type.endsWith("reject") ? "rejected" : "hung_up");
        return null;
      case "mesh_call/mute": {
        const me = call?.members.find(({ id }) => id === SCREEN);
        if (me && typeof fields["audio"] === "boolean") me.muted_audio = fields["audio"];
        if (me && typeof fields["video"] === "boolean") me.muted_video = fields["video"];
        this.push();
        return null;
      }
      case "mesh_call/describe":
        await station?.rtc.setRemoteDescription(fields["description"] as RTCSessionDescriptionInit);
        return null;
      case "mesh_call/candidate":
        await station?.rtc.addIceCandidate(
          (fields["candidate"] as RTCIceCandidateInit | null) ?? undefined,
        );
        return null;
      case "mesh_call/connection": {
        const of = this.calls.find(({ call_id }) =>
          String(fields["connection_id"]).startsWith(call_id),
        );
        if (of && fields["state"] === "connected" && of.my_state === "joined") {
          of.state = "in_call";
          this.push();
        }
        return null;
      }
      case "mesh_call/media":
        if (station) station.arrived = true;
        this.#closePreviews(String(fields["connection_id"]));
        return null;
      case "mesh_call/screen/name":
        this.name = String(fields["name"]);
        return { screen_id: SCREEN };
      default:
        return null;
    }
  }

  answered(call: Call): void {
    call.state = "connecting";
    call.my_state = "joined";
    call.answered = new Date().toISOString();
    for (const each of call.members) each.state = "joined";
    this.tell({
      type: "join",
      request_id: `r${++this.#count}`,
      call_id: call.call_id,
      video: call.video,
    });
    this.push();
    this.#link(call);
  }

  #link(call: Call): void {
    for (const { id } of call.members) if (id !== SCREEN) this.#open(call, id, false);
  }

  #closePreviews(working: string): void {
    const peer = this.stations.get(working)?.peer;
    const [callId = ""] = working.split("-");
    if (this.calls.find(({ call_id }) => call_id === callId)?.my_state !== "joined") return;
    for (const [id, station] of [...this.stations]) {
      if (!id.startsWith(`${callId}-`) || id === working || station.peer !== peer) continue;
      if (Number(id.split("-")[1]) > Number(working.split("-")[1])) continue;
      station.rtc.close();
      this.stations.delete(id);
      this.tell({ type: "close", connection_id: id });
    }
  }

  #stream(id: string): MediaStream {
    const known = this.#streams.get(id);
    if (known) return known;
    const stream = new MediaStream([...scene(id).getTracks(), ...tone().getTracks()]);
    this.#streams.set(id, stream);
    return stream;
  }
}

/** A garden path in the evening with somebody waving, good enough to judge a layout by. */
const scene = (id: string): MediaStream => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const pen = canvas.getContext("2d");
  const hue = id === "station:door" ? 205 : id === "xmpp:anna@example.org" ? 20 : 130;
  const draw = (): void => {
    if (!pen) return;
    const now = performance.now() / 1000;
    const sky = pen.createLinearGradient(0, 0, 0, 720);
    sky.addColorStop(0, `hsl(${hue} 45% 62%)`);
    sky.addColorStop(1, `hsl(${hue + 30} 40% 30%)`);
    pen.fillStyle = sky;
    pen.fillRect(0, 0, 1280, 720);
    pen.fillStyle = "hsl(95 25% 32%)";
    pen.fillRect(0, 500, 1280, 220);
    pen.fillStyle = "#c9a17f";
    pen.beginPath();
    pen.arc(640 + 12 * Math.sin(now), 280, 92, 0, 7);
    pen.fill();
    pen.fillStyle = `hsl(${hue + 150} 35% 35%)`;
    pen.beginPath();
    pen.ellipse(640 + 12 * Math.sin(now), 620, 210, 250, 0, 0, 7);
    pen.fill();
    pen.strokeStyle = "#c9a17f";
    pen.lineWidth = 44;
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(810, 520);
    pen.lineTo(900 + 50 * Math.sin(now * 6), 330);
    pen.stroke();
  };
  draw();
  setInterval(draw, 66);
  return canvas.captureStream(15);
};

const tone = (): MediaStream => {
  const context = new AudioContext();
  const oscillator = new OscillatorNode(context, { frequency: 440 });
  const out = context.createMediaStreamDestination();
  oscillator.connect(new GainNode(context, { gain: 0.05 })).connect(out);
  oscillator.start();
  return out.stream;
};

const theme = new URLSearchParams(location.search).get("theme");
if (theme === "dark") document.documentElement.classList.add("dark");

export const home = new FakeHome();
const root = Object.assign(document.createElement("home-assistant"), {
  hass: {
    connection: home,
    user: { id: "u" },
    language: new URLSearchParams(location.search).get("language") ?? "en",
  },
});
document.body.append(root);
Object.assign(window, { home });
