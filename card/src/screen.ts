/** The screen this page is: everything it can do, in one place that outlives all views. */

import { Alerts } from "./alerts";
import { BlackPicture } from "./black-picture";
import { Capture } from "./capture";
import { type Availability, Connection } from "./connection";
import { Devices } from "./devices";
import { Ends } from "./ends";
import type { Hass } from "./hass";
import { Leader } from "./leader";
import { Notices } from "./notices";
import { PictureInPicture } from "./picture-in-picture";
import type { Party, WelcomeEvent } from "./protocol";
import { PushToTalk } from "./push-to-talk";
import { ScreenState } from "./screen-state";
import { ServerEvents } from "./server-events";
import { type Mute, Session } from "./session";
import { Sound } from "./sound";
import { Thumbnails } from "./thumbnails";

/** Where this page stands: `passive` means another page of this browser does the ringing. */
export type Standing = Availability | "passive";

/** After this time without a websocket the server has given the calls up, and so do we. */
const PATIENCE = 15_000;

export class Screen extends ScreenState {
  readonly sessions = new Map<string, Session>();
  readonly microphone = new Capture("audio", () => this.#captureChanged());
  readonly camera = new Capture("video", () => this.#captureChanged());
  readonly black = new BlackPicture();
  readonly sound = new Sound(() => this.changed());
  readonly alerts = new Alerts(this, () => this.changed());
  readonly notices = new Notices(() => this.changed());
  readonly pushToTalk = new PushToTalk(() => this.changed());
  readonly pictureInPicture = new PictureInPicture(this);
  readonly ends = new Ends((error) => this.notices.refused(error));
  readonly leader: Leader;
  readonly connection: Connection;
  readonly devices: Devices;
  readonly thumbnails: Thumbnails;

  #patience: ReturnType<typeof setTimeout> | undefined;
  // Open microphone and camera together.
  #opened = 0;

  constructor(hass: Hass) {
    super(hass);
    const user = hass.user?.id ?? "";
    const events = new ServerEvents(this);
    this.connection = new Connection(
      hass.connection,
      user,
      (event) => events.handle(event),
      (availability) => this.#availability(availability),
    );
    this.thumbnails = new Thumbnails(hass.connection, () => this.changed());
    this.devices = new Devices({
      camera: this.camera,
      microphone: this.microphone,
      sound: this.sound,
      send: (command, fields) => this.connection.send(command, fields),
      onChange: () => this.changed(),
    });
    this.leader = new Leader({
      name: `mesh_call.screen.${user}`,
      busy: () => this.busy,
      onChange: (leading) => this.#lead(leading),
      // Missing on pages that came over plain HTTP.
      locks: (navigator as Partial<Navigator>).locks,
      channel: "BroadcastChannel" in window ? new BroadcastChannel(`mesh_call.${user}`) : undefined,
    });
    document.addEventListener("visibilitychange", () => {
      for (const session of this.sessions.values()) session.pageHidden(document.hidden);
    });
  }

  start(): void {
    this.leader.start();
  }

  get standing(): Standing {
    return this.leader.leading ? this.connection.availability : "passive";
  }

  /** Calls one, or several together; `screens` stands for every screen of the home. */
  async dial(parties: Party[] | "screens", video: boolean): Promise<void> {
    if (this.busy) return;
    const everybody = parties === "screens";
    const dialing = { names: everybody ? [] : parties.map(({ name }) => name), cancelled: false };
    this.dialing = dialing;
    this.notices.clear();
    // In the tap: later the browser might refuse to ask for the microphone or to play sound.
    this.microphone.hold("dialing");
    this.alerts.unblock();
    this.update();
    try {
      const answer = await this.connection.send("mesh_call/call", {
        to: everybody ? ["screens"] : parties.map(({ id }) => id),
        video,
        ring_mode: !everybody && parties.length === 1 ? "first" : "all",
      });
      const callId = callIdOf(answer);
      if (callId && dialing.cancelled) this.hangup(callId);
      else if (callId) this.session(callId).activate();
    } catch (error) {
      this.notices.refused(error);
    } finally {
      this.dialing = undefined;
      this.microphone.release("dialing");
      this.update();
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
    this.cancelDialing();
    this.answering.add(callId);
    this.session(callId).activate();
    this.alerts.unblock();
    this.sound.unblock();
    this.update();
    try {
      await this.connection.send("mesh_call/accept", { call_id: callId, video: call.video });
    } catch (error) {
      this.answering.delete(callId);
      this.sessions.get(callId)?.end();
      this.notices.refused(error);
      this.update();
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

  /** Invites another one into the running call. */
  async add(callId: string, party: Party): Promise<void> {
    try {
      await this.connection.send("mesh_call/add", { call_id: callId, to: [party.id] });
    } catch (error) {
      this.notices.refused(error);
    }
  }

  /** Records a call for everybody to see, or no longer. */
  async record(callId: string, on: boolean): Promise<void> {
    try {
      await this.connection.send("mesh_call/record", { call_id: callId, on });
    } catch (error) {
      this.notices.refused(error);
    }
  }

  mute(callId: string, mute: Mute): void {
    this.sessions.get(callId)?.mute(mute);
    // Who wants to be heard again wants a lost microphone tried again, too.
    if (mute.audio === false) this.microphone.retry();
    if (mute.video === false) this.camera.retry();
  }

  /** Is heard only while a button is held, or speaks freely again once unmuted. */
  holdToTalk(on: boolean): void {
    this.pushToTalk.set(on);
    const callId = this.current?.call_id;
    if (on && callId !== undefined) this.mute(callId, { audio: true });
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
        black: this.black,
        sound: this.sound,
        pushToTalk: this.pushToTalk,
        onChange: () => this.changed(),
        onRefused: (error) => this.notices.refused(error),
        onInterrupted: () => void this.connection.check(),
      });
      this.sessions.set(callId, session);
    }
    return session;
  }

  /** Registered, for the first time or again. */
  welcomed(event: WelcomeEvent): void {
    clearTimeout(this.#patience);
    this.welcome = event;
  }

  /** A call is over for this screen. */
  drop(callId: string): void {
    this.answering.delete(callId);
    this.calls = this.calls.filter(({ call_id }) => call_id !== callId);
    this.sessions.get(callId)?.end();
    this.sessions.delete(callId);
  }

  /** What follows from a new state: sounds, the other pages' knowledge, the display. */
  update(): void {
    this.alerts.update();
    this.leader.announce();
    this.changed();
  }

  #lead(leading: boolean): void {
    if (leading) this.connection.register();
    else {
      this.connection.silence();
      this.#forgetCalls();
    }
    this.update();
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
    this.update();
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
    this.ends.add(callId, tell);
    this.update();
  }

  #captureChanged(): void {
    for (const session of this.sessions.values()) session.sync();
    // With the permission come names and ids.
    const opened = [this.microphone.track, this.camera.track].filter(Boolean).length;
    if (opened !== this.#opened) {
      this.#opened = opened;
      void this.devices.look();
    }
    this.changed();
  }
}

const callIdOf = (answer: unknown): string | undefined =>
  typeof answer === "object" && answer !== null && "call_id" in answer
    ? String(answer.call_id)
    : undefined;
