/** What Home Assistant sends, put into effect on the screen. */

import type { Peer } from "./peer";
import type { Call, Party, ServerEvent, WelcomeEvent } from "./protocol";
import type { Screen } from "./screen";
import { canShare } from "./sharing";

export class ServerEvents {
  constructor(private readonly screen: Screen) {}

  handle(event: ServerEvent): void {
    const { screen } = this;
    switch (event.type) {
      case "welcome":
        this.#welcomed(event);
        break;
      case "state":
        this.#stateCame(event.parties, event.calls);
        break;
      case "join":
        // The microphone is asked for, not awaited: the user may think about the permission.
        if (!screen.ends.has(event.call_id)) screen.session(event.call_id).activate();
        this.#report(event.request_id);
        break;
      case "open":
        if (!screen.sessions.get(event.call_id)?.leaving) screen.session(event.call_id).open(event);
        break;
      case "description":
        this.#peer(event.connection_id)?.describe(event.description);
        break;
      case "candidate":
        this.#peer(event.connection_id)?.candidate(event.candidate);
        break;
      case "close":
        for (const session of screen.sessions.values()) session.closePeer(event.connection_id);
        break;
      case "mute": {
        const { audio, video } = event;
        const mute = {
          ...(audio !== undefined && { audio }),
          ...(video !== undefined && { video }),
        };
        screen.session(event.call_id).applyMute(mute);
        this.#report(event.request_id);
        break;
      }
      case "limit":
        screen.session(event.call_id).limit(event.max_bandwidth);
        this.#report(event.request_id);
        break;
      case "switch":
        void screen.devices
          .use(event.kind, event.device)
          .then((error) => this.#report(event.request_id, error));
        break;
      case "share":
        this.#report(event.request_id, this.#share(event.call_id, event.on));
        break;
      case "dismiss":
        this.#over(event.call_id, event.reason);
        break;
      case "leave":
        screen.sessions.get(event.call_id)?.end();
        break;
      case "replaced":
        screen.leader.yield();
        break;
    }
    screen.update();
  }

  #welcomed(event: WelcomeEvent): void {
    const { screen } = this;
    screen.welcomed(event);
    screen.ends.tellAll();
    screen.devices.forget();
    void screen.devices.look();
    for (const session of screen.sessions.values()) {
      session.markStale();
      void session.confirm();
      session.tellSharing();
    }
  }

  #stateCame(parties: Party[], calls: Call[]): void {
    const { screen } = this;
    screen.parties = parties;
    // What was hung up or rejected here is gone here, even while the server still winds it up.
    screen.calls = calls.filter(({ call_id }) => !screen.sessions.get(call_id)?.leaving);
    for (const call of screen.calls) this.#adopt(call);
    const known = new Set(calls.map(({ call_id }) => call_id));
    for (const callId of screen.sessions.keys()) {
      if (known.has(callId) || screen.answering.has(callId) || screen.dialing) continue;
      screen.drop(callId);
    }
  }

  #adopt(call: Call): void {
    const { screen } = this;
    const session = screen.session(call.call_id);
    if (call.my_state === "joined") {
      screen.answering.delete(call.call_id);
      // After a reload nothing else says that we are in it.
      session.activate();
    } else if (!screen.answering.has(call.call_id)) {
      screen.alerts.confirm(call.call_id);
    }
    session.adopt(call, screen.id === undefined ? undefined : screen.member(call, screen.id));
  }

  #over(callId: string, reason: string): void {
    const { screen } = this;
    const call = screen.calls.find(({ call_id }) => call_id === callId);
    const session = screen.sessions.get(callId);
    const why = reason === "failed" ? (session?.noPath() ?? reason) : reason;
    if (call && !session?.leaving) screen.notices.ended(call, screen.id, why);
    screen.drop(callId);
  }

  #share(callId: string, on: boolean): string | undefined {
    const session = this.screen.sessions.get(callId);
    if (!session?.active) return "unknown_call";
    if (!on) session.sharing.stop();
    else if (canShare()) session.sharing.ask();
    else return "device_failed";
    return undefined;
  }

  #peer(connectionId: string): Peer | undefined {
    for (const session of this.screen.sessions.values()) {
      const peer = session.peers.find(({ id }) => id === connectionId);
      if (peer) return peer;
    }
    return undefined;
  }

  #report(requestId: string, error?: string): void {
    const report = { request_id: requestId, ...(error !== undefined && { error }) };
    this.screen.connection.send("mesh_call/report", report).catch(() => undefined);
  }
}
