/**
 * The screen this page is: everything it knows and can do, in one place that outlives all views.
 * Cards and the overlay only show it; they watch its "change" events.
 */

import { Alerts } from "./alerts";
import { Capture } from "./capture";
import { type Availability, Connection, asRefusal } from "./connection";
import type { Hass } from "./hass";
import { Leader } from "./leader";
import { Notices } from "./notices";
import type { Call, Member, Party, ServerEvent, WelcomeEvent } from "./protocol";
import { type Mute, Session } from "./session";
import { Sound } from "./sound";
import { type Language, languageOf } from "./translations";

/** Where this page stands: `passive` means another page of this browser does the ringing. */
export type Standing = Availability | "passive";

/** After this time without a websocket the server has given the calls up, and so do we. */
const PATIENCE = 15_000;

export class Screen extends EventTarget {
  welcome: WelcomeEvent | undefined;
  parties: Party[] = [];
  calls: Call[] = [];
  /** Names of those being called before the server knows of it. */
  dialing: { names: string[]; cancelled: boolean } | undefined;
  /** Calls whose Answer was tapped. */
  readonly answering = new Set<string>();
  readonly sessions = new Map<string, Session>();
  readonly microphone = new Capture("audio", () => this.#devicesChanged());
  readonly camera = new Capture("video", () => this.#devicesChanged());
  readonly sound = new Sound(() => this.changed());
  readonly alerts = new Alerts(this, () => this.changed());
  readonly notices = new Notices(() => this.changed());
  readonly leader: Leader;
  readonly connection: Connection;

  #hass: Hass;
  // Ends that the server hasn't confirmed; a lost connection must not revive a call.
  readonly #ends = new Map<string, () => Promise<unknown>>();
  #patience: ReturnType<typeof setTimeout> | undefined;
  #announced = false;

  constructor(hass: Hass) {
    super();
    this.#hass = hass;
    const user = hass.user?.id ?? "";
    this.connection = new Connection(
      hass.connection,
      user,
      (event) => this.#handle(event),
      (availability) => this.#availability(availability),
    );
    this.leader = new Leader({
      name: `mesh_call.screen.${user}`,
      busy: () => this.busy,
      onChange: (leading) => this.#lead(leading),
      locks: navigator.locks as LockManager | undefined,
      channel: "BroadcastChannel" in window ? new BroadcastChannel(`mesh_call.${user}`) : undefined,
    });
    document.addEventListener("visibilitychange", () => {
      for (const session of this.sessions.values()) session.pageHidden(document.hidden);
    });
  }

  start(): void {
    this.leader.start();
  }

  set hass(hass: Hass) {
    if (hass.language === this.#hass.language && hass.locale === this.#hass.locale) return;
    this.#hass = hass;
    this.changed();
  }

  get language(): Language {
    return languageOf(
      this.#hass.locale?.language ?? this.#hass.language ?? this.welcome?.language ?? "en",
    );
  }

  get id(): string | undefined {
    return this.welcome?.screen_id;
  }

  get standing(): Standing {
    return this.leader.leading ? this.connection.availability : "passive";
  }

  /** The call this screen takes part in or makes. */
  get current(): Call | undefined {
    return this.calls.find(
      (call) => call.my_state === "joined" || this.answering.has(call.call_id),
    );
  }

  /** Calls that ring here and wait for an answer. */
  get ringing(): Call[] {
    return this.calls.filter(
      (call) =>
        (call.my_state === "ringing" || call.my_state === "invited") &&
        call.caller !== this.id &&
        !this.answering.has(call.call_id),
    );
  }

  get busy(): boolean {
    return this.current !== undefined || this.dialing !== undefined;
  }

  member(call: Call, id: string): Member | undefined {
    return call.members.find((member) => member.id === id);
  }

  /** Who else is in the call or on the way into it. */
  others(call: Call): Member[] {
    const here = new Set(["joined", "ringing", "invited"]);
    return call.members.filter((member) => member.id !== this.id && here.has(member.state));
  }

  async dial(party: Party, video: boolean): Promise<void> {
    if (this.busy) return;
    const dialing = { names: [party.name], cancelled: false };
    this.dialing = dialing;
    this.notices.clear();
    // In the tap: later the browser might refuse to ask for the microphone or to play sound.
    this.microphone.hold("dialing");
    this.alerts.unblock();
    this.#update();
    try {
      const fields = { to: [party.id], video, ring_mode: "first" as const };
      const answer = await this.connection.send("mesh_call/call", fields);
      const callId = callIdOf(answer);
      if (callId) {
        this.session(callId).activate();
        if (dialing.cancelled) this.hangup(callId);
      }
    } catch (error) {
      this.notices.refused(error);
    } finally {
      this.dialing = undefined;
      this.microphone.release("dialing");
      this.#update();
    }
  }

  cancelDialing(): void {
    if (this.dialing) this.dialing.cancelled = true;
    this.changed();
  }

  async answer(callId: string): Promise<void> {
    const call = this.calls.find(({ call_id }) => call_id === callId);
    const present = this.current;
    if (!call || this.answering.has(callId)) return;
    if (present) this.hangup(present.call_id);
    this.answering.add(callId);
    this.session(callId).activate();
    this.alerts.unblock();
    this.sound.unblock();
    this.#update();
    try {
      await this.connection.send("mesh_call/accept", { call_id: callId, video: call.video });
    } catch (error) {
      this.answering.delete(callId);
      this.sessions.get(callId)?.end();
      this.notices.refused(error);
      this.#update();
    }
  }

  reject(callId: string): void {
    this.#leave(callId, () =>
      this.connection.send("mesh_call/reject", { call_id: callId, reason: "declined" }),
    );
  }

  hangup(callId: string): void {
    this.#leave(callId, () => this.connection.send("mesh_call/hangup", { call_id: callId }));
  }

  mute(callId: string, mute: Mute): void {
    this.sessions.get(callId)?.mute(mute);
    // Who wants to be heard again wants a lost microphone tried again, too.
    if (mute.audio === false) this.microphone.retry();
    if (mute.video === false) this.camera.retry();
  }

  async rename(name: string): Promise<void> {
    await this.connection.send("mesh_call/screen/name", { name });
    if (this.welcome) this.welcome = { ...this.welcome, name };
    this.changed();
  }

  async forget(): Promise<void> {
    await this.connection.send("mesh_call/screen/forget", {});
    if (this.welcome) this.welcome = { ...this.welcome, name: null };
    this.changed();
  }

  session(callId: string): Session {
    let session = this.sessions.get(callId);
    if (!session) {
      session = new Session(callId, {
        send: (command, fields) => this.connection.send(command, fields),
        microphone: this.microphone,
        camera: this.camera,
        sound: this.sound,
        onChange: () => this.changed(),
        onRefused: (error) => this.notices.refused(error),
      });
      this.sessions.set(callId, session);
    }
    return session;
  }

  /** Something to show has changed. */
  changed(): void {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.dispatchEvent(new Event("change"));
    });
  }

  #handle(event: ServerEvent): void {
    switch (event.type) {
      case "welcome":
        this.#welcomed(event);
        break;
      case "state":
        this.#stateCame(event.parties, event.calls);
        break;
      case "join":
        // The microphone is asked for, not awaited: the user may think about the permission.
        if (!this.#ends.has(event.call_id)) this.session(event.call_id).activate();
        this.#report(event.request_id);
        break;
      case "open":
        if (!this.sessions.get(event.call_id)?.leaving) this.session(event.call_id).open(event);
        break;
      case "description":
        this.#peer(event.connection_id)?.describe(event.description);
        break;
      case "candidate":
        this.#peer(event.connection_id)?.candidate(event.candidate);
        break;
      case "close":
        for (const session of this.sessions.values()) session.closePeer(event.connection_id);
        break;
      case "mute": {
        const { audio, video } = event;
        const mute = {
          ...(audio !== undefined && { audio }),
          ...(video !== undefined && { video }),
        };
        this.session(event.call_id).applyMute(mute);
        this.#report(event.request_id);
        break;
      }
      case "limit":
        this.session(event.call_id).limit(event.max_bandwidth);
        this.#report(event.request_id);
        break;
      case "dismiss":
        this.#over(event.call_id, event.reason);
        break;
      case "leave":
        this.sessions.get(event.call_id)?.end();
        break;
      case "replaced":
        this.leader.yield();
        break;
    }
    this.#update();
  }

  #welcomed(event: WelcomeEvent): void {
    clearTimeout(this.#patience);
    this.welcome = event;
    for (const callId of this.#ends.keys()) void this.#tellEnd(callId);
    for (const session of this.sessions.values()) {
      session.markStale();
      void session.confirm();
    }
  }

  #stateCame(parties: Party[], calls: Call[]): void {
    this.parties = parties;
    // What was hung up or rejected here is gone here, even while the server still winds it up.
    this.calls = calls.filter(({ call_id }) => !this.sessions.get(call_id)?.leaving);
    for (const call of this.calls) this.#adopt(call);
    const known = new Set(calls.map(({ call_id }) => call_id));
    for (const [callId, session] of this.sessions) {
      if (known.has(callId) || this.answering.has(callId) || this.dialing) continue;
      session.end();
      this.sessions.delete(callId);
    }
  }

  #adopt(call: Call): void {
    const session = this.session(call.call_id);
    if (call.my_state === "joined") {
      this.answering.delete(call.call_id);
      // After a reload nothing else says that we are in it.
      session.activate();
    } else if (!this.answering.has(call.call_id)) {
      this.alerts.confirm(call.call_id);
    }
    session.adopt(call, this.id === undefined ? undefined : this.member(call, this.id));
  }

  #over(callId: string, reason: string): void {
    const call = this.calls.find(({ call_id }) => call_id === callId);
    const session = this.sessions.get(callId);
    if (call && !session?.leaving) this.notices.ended(call, this.id, reason);
    this.answering.delete(callId);
    this.calls = this.calls.filter(({ call_id }) => call_id !== callId);
    session?.end();
    this.sessions.delete(callId);
  }

  #lead(leading: boolean): void {
    if (leading) this.connection.register();
    else {
      this.connection.silence();
      this.#forgetCalls();
    }
    this.#update();
  }

  #availability(availability: Availability): void {
    if (availability === "lost") {
      this.alerts.forget();
      clearTimeout(this.#patience);
      this.#patience = setTimeout(() => this.#giveUp(), PATIENCE);
    }
    this.changed();
  }

  #giveUp(): void {
    for (const call of this.calls) {
      if (this.sessions.get(call.call_id)?.active) {
        this.notices.ended(call, this.id, "connection_lost");
      }
    }
    this.#forgetCalls();
    this.#update();
  }

  #forgetCalls(): void {
    for (const session of this.sessions.values()) session.end();
    this.sessions.clear();
    this.answering.clear();
    this.alerts.forget();
    this.calls = [];
  }

  #leave(callId: string, tell: () => Promise<unknown>): void {
    const session = this.session(callId);
    session.leaving = true;
    this.answering.delete(callId);
    this.calls = this.calls.filter(({ call_id }) => call_id !== callId);
    // Nothing is heard or seen of us from here on, whatever happens to the message.
    session.end();
    this.#ends.set(callId, tell);
    void this.#tellEnd(callId);
    this.#update();
  }

  async #tellEnd(callId: string): Promise<void> {
    try {
      await this.#ends.get(callId)?.();
    } catch (error) {
      if (asRefusal(error).code === "connection_lost") return;
      this.#complain(error);
    }
    this.#ends.delete(callId);
  }

  #peer(connectionId: string): Session["peers"][number] | undefined {
    for (const session of this.sessions.values()) {
      const peer = session.peers.find(({ id }) => id === connectionId);
      if (peer) return peer;
    }
    return undefined;
  }

  #report(requestId: string): void {
    const report = { request_id: requestId };
    this.connection.send("mesh_call/report", report).catch(() => undefined);
  }

  // A call that ended at the same moment refuses what was asked; there's nothing left to do then.
  #complain(error: unknown): void {
    const { code } = asRefusal(error);
    if (code !== "call_ended" && code !== "unknown_call") this.notices.refused(error);
  }

  #devicesChanged(): void {
    for (const session of this.sessions.values()) session.sync();
    this.changed();
  }

  #update(): void {
    this.alerts.update();
    this.leader.announce();
    this.changed();
  }
}

const callIdOf = (answer: unknown): string | undefined =>
  typeof answer === "object" && answer !== null && "call_id" in answer
    ? String(answer.call_id)
    : undefined;
