/** What a page and Home Assistant say to each other; described in `docs/websocket.md`. */

export type PartyKind = "station" | "screen" | "contact";
export type PartyState = "idle" | "calling" | "ringing" | "connecting" | "in_call";
export type CallState = "ringing" | "connecting" | "in_call";
export type MemberState =
  "invited" | "ringing" | "joined" | "rejected" | "busy" | "no_answer" | "left" | "failed";
export type ConnectionState =
  "undefined" | "connecting" | "connected" | "failed" | "disconnected" | "closed" | "completed";

/** So many can be in a call. */
export const SEATS = 4;

export interface Party {
  id: string;
  name: string;
  kind: PartyKind;
  state: PartyState;
  video: boolean;
  audio: boolean;
}

export interface Member {
  id: string;
  name: string;
  kind: PartyKind;
  state: MemberState;
  muted_audio: boolean;
  muted_video: boolean;
  video: boolean;
  audio: boolean;
  /** Somebody hears there what we say, or sees what we show; older servers don't tell. */
  hears?: boolean;
  sees?: boolean;
  /** The screen is shown in place of the camera; older servers don't tell. */
  sharing?: boolean;
  problem: string | null;
  /** How a station's camera is read; older servers don't tell. */
  source?: Source | null;
}

export interface Source {
  state: "closed" | "connecting" | "ready" | "lost";
  error: string | null;
  way: "rtsp" | "webrtc" | "stream" | "stills" | null;
  /** Better ways, and a key of what is wrong with each, with a detail after a space. */
  passed_over: Record<string, string>;
}

export interface Link {
  party: string;
  peer: string;
  state: ConnectionState;
}

export interface Call {
  call_id: string;
  state: CallState;
  direction: "incoming" | "outgoing";
  video: boolean;
  caller: string;
  started: string;
  answered: string | null;
  my_state: MemberState;
  max_bandwidth: number;
  recording: boolean;
  /** So many watch it at the camera entities of stations; older servers don't tell. */
  viewers?: number;
  members: Member[];
  links: Link[];
}

export interface Description {
  type: "offer" | "answer";
  sdp: string;
}

export interface Candidate {
  candidate: string;
  sdpMid: string | null;
  sdpMLineIndex: number | null;
}

export interface IceServer {
  urls: string | string[];
  username?: string;
  credential?: string;
}

export interface WelcomeEvent {
  type: "welcome";
  screen_id: string;
  secret: string;
  name: string | null;
  rings: boolean;
  language: string;
}

export interface StateEvent {
  type: "state";
  parties: Party[];
  calls: Call[];
}

export interface OpenEvent {
  type: "open";
  connection_id: string;
  call_id: string;
  peer: string;
  offer: boolean;
  preview: boolean;
  /** Home Assistant records what we send to others anyway; older servers don't tell. */
  recording?: boolean;
  video: boolean;
  ice_servers: IceServer[];
  /** Only by relay servers; older servers don't tell. */
  relay?: boolean;
}

export type DeviceKind = "camera" | "microphone" | "speaker";

export interface DeviceInfo {
  id: string;
  label: string;
}

/** Numbers of one connection; what a browser doesn't tell is null. */
export interface Statistics {
  round_trip_time: number | null;
  packet_loss: number | null;
  bitrate_in: number | null;
  bitrate_out: number | null;
  width: number | null;
  height: number | null;
  frame_rate: number | null;
}

export type ServerEvent =
  | WelcomeEvent
  | StateEvent
  | OpenEvent
  | { type: "join"; request_id: string; call_id: string; video: boolean }
  | { type: "description"; connection_id: string; description: Description }
  | { type: "candidate"; connection_id: string; candidate: Candidate | null }
  | { type: "close"; connection_id: string }
  | { type: "mute"; request_id: string; call_id: string; audio?: boolean; video?: boolean }
  | { type: "limit"; request_id: string; call_id: string; max_bandwidth: number }
  | { type: "switch"; request_id: string; kind: DeviceKind; device: string }
  | { type: "share"; request_id: string; call_id: string; on: boolean }
  | { type: "dismiss"; call_id: string; reason: string }
  | { type: "leave"; call_id: string }
  | { type: "replaced" };

/** The commands of a page with their fields. */
export interface Commands {
  "mesh_call/ringing": { call_id: string };
  "mesh_call/call": { to: string[]; video: boolean; ring_mode: "first" | "all" };
  "mesh_call/accept": { call_id: string; video: boolean };
  "mesh_call/reject": { call_id: string; reason: "declined" | "busy" };
  "mesh_call/hangup": { call_id: string };
  "mesh_call/mute": { call_id: string; audio?: boolean; video?: boolean };
  "mesh_call/describe": { connection_id: string; description: Description };
  "mesh_call/candidate": { connection_id: string; candidate: Candidate | null };
  "mesh_call/connection": { connection_id: string; state: ConnectionState };
  "mesh_call/media": { connection_id: string };
  "mesh_call/silence": { connection_id: string; silent: boolean };
  "mesh_call/devices": {
    cameras: DeviceInfo[];
    microphones: DeviceInfo[];
    speakers: DeviceInfo[];
    camera: string | null;
    microphone: string | null;
    speaker: string | null;
  };
  "mesh_call/sharing": { call_id: string; on: boolean };
  "mesh_call/statistics": { connection_id: string } & Statistics;
  "mesh_call/record": { call_id: string; on: boolean };
  "mesh_call/add": { call_id: string; to: string[] };
  "mesh_call/report": { request_id: string; error?: string };
  "mesh_call/screen/name": { name: string };
  "mesh_call/screen/forget": { screen_id?: string };
}

export type Send = <C extends keyof Commands>(command: C, fields: Commands[C]) => Promise<unknown>;
