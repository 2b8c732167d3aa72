/** What this page itself holds of one call: its connections, its sound and its mute switches. */

import type { BlackPicture } from "./black-picture";
import type { Capture } from "./capture";
import { LastPictures } from "./last-pictures";
import { type NoPath, Peer } from "./peer";
import type { Call, Member, OpenEvent, Send } from "./protocol";
import type { PushToTalk } from "./push-to-talk";
import { Sharing } from "./sharing";
import type { Sound } from "./sound";
import { Speaking } from "./speaking";

export interface SessionTools {
  send: Send;
  microphone: Capture;
  camera: Capture;
  black: BlackPicture;
  sound: Sound;
  pushToTalk: PushToTalk;
  onChange: () => void;
  /** A tap that the server refused. */
  onRefused: (error: unknown) => void;
  /** Nothing comes any more from one of the others. */
  onInterrupted: () => void;
}

export interface Mute {
  audio?: boolean;
  video?: boolean;
}

export class Session {
  mutedAudio = false;
  mutedVideo = false;
  /** When the call was answered, by this browser's clock. */
  answeredAt: number | undefined;
  /** The user ended it here; no need to tell why. */
  leaving = false;
  call: Call | undefined;
  readonly sharing = new Sharing(() => this.#shareChanged());
  readonly speaking: Speaking;

  readonly #peers = new Map<string, Peer>();
  // Whom we had no way to, when the connection was given up.
  readonly #unreached = new Map<string, NoPath>();
  readonly #lastPictures: LastPictures;
  // Taps the server hasn't confirmed yet; its older news must not undo them.
  #unconfirmed: Mute = {};
  // Nobody is told of a mute before the call is ours.
  #untold = false;
  #sending = 0;
  #maxBandwidth = 0;
  #active = false;
  #pausedByHiding = false;
  // Whether others were told that we share; the camera comes back as it was before.
  #toldSharing: boolean | undefined;
  #mutedBefore = false;
  #showed = false;

  constructor(
    readonly callId: string,
    private readonly tools: SessionTools,
  ) {
    this.speaking = new Speaking(
      () => this.peers.map(({ open, loudness }) => ({ party: open.peer, loudness })),
      () => tools.onChange(),
    );
    this.#lastPictures = new LastPictures(() => tools.onChange());
  }

  get peers(): Peer[] {
    return [...this.#peers.values()];
  }

  /** Takes part: from now on the microphone is this call's. */
  activate(): void {
    if (this.#active) return;
    this.#active = true;
    if (this.tools.pushToTalk.on) {
      this.mutedAudio = this.#unconfirmed.audio = this.#untold = true;
    }
    this.tools.microphone.hold(this.callId);
    this.speaking.start();
    this.sync();
  }

  get active(): boolean {
    return this.#active;
  }

  open(event: OpenEvent): void {
    const peer = new Peer(event, this.tools.send, () => this.#peerChanged(peer));
    this.#peers.set(peer.id, peer);
    if (peer.isLink) this.#unreached.delete(event.peer);
    peer.limit(this.#maxBandwidth);
    this.sync();
    this.tools.onChange();
  }

  closePeer(id: string): void {
    const peer = this.#peers.get(id);
    if (!peer) return;
    this.#peers.delete(id);
    this.tools.sound.stop(id);
    if (peer.noPath) this.#unreached.set(peer.open.peer, peer.noPath);
    if (this.#active && peer.hasPicture) this.#lastPictures.keep(peer);
    else peer.close();
    this.sync();
  }

  /** The websocket was lost: what there is goes on until fresh connections take its place. */
  markStale(): void {
    for (const peer of this.#peers.values()) peer.stale = true;
  }

  /** Whoever knows the call best tells it anew after every change. */
  adopt(call: Call, me: Member | undefined): void {
    const first = this.call === undefined;
    this.call = call;
    if (call.answered && this.answeredAt === undefined) {
      // Clocks differ: who was there when it was answered counts by its own.
      const told = Date.parse(call.answered);
      this.answeredAt = first && told < Date.now() ? told : Date.now();
    }
    if (me) {
      this.mutedAudio = this.#unconfirmed.audio ?? me.muted_audio;
      // A camera switched off for a page nobody looks at comes back with the page.
      if (!this.#pausedByHiding) this.mutedVideo = this.#unconfirmed.video ?? me.muted_video;
    }
    if (this.#untold && me?.state === "joined") void this.confirm();
    this.sync();
  }

  /** A tap: takes effect here at once, whatever the connection to Home Assistant does. */
  mute(mute: Mute): void {
    this.#unconfirmed = { ...this.#unconfirmed, ...mute };
    if (mute.video !== undefined) this.#pausedByHiding = false;
    this.applyMute(mute);
    void this.confirm();
  }

  /** A request by the server; one that crosses a newer tap must not open the microphone again. */
  applyMute(mute: Mute): void {
    // Somebody decided about the camera meanwhile: the page's return must not undo it. What was
    // said here comes back as a request, too, and decides nothing.
    const echo = mute.video === this.#unconfirmed.video;
    if (mute.video !== undefined && !echo) this.#pausedByHiding = false;
    this.mutedAudio = this.#unconfirmed.audio ?? mute.audio ?? this.mutedAudio;
    this.mutedVideo = this.#unconfirmed.video ?? mute.video ?? this.mutedVideo;
    this.sync();
    this.tools.onChange();
  }

  /** Tells the server what was tapped; again after a lost connection. */
  async confirm(): Promise<void> {
    this.#untold = false;
    const mute = this.#unconfirmed;
    if (mute.audio === undefined && mute.video === undefined) return;
    const number = ++this.#sending;
    try {
      await this.tools.send("mesh_call/mute", { call_id: this.callId, ...mute });
    } catch (error) {
      // Lost on the way: the next registration tells it again.
      if (error instanceof Error && "code" in error && error.code === "connection_lost") return;
      this.tools.onRefused(error);
    }
    if (number === this.#sending) this.#unconfirmed = {};
  }

  /** In the background the voice stays and the camera goes, until the page is back. */
  pageHidden(hidden: boolean): void {
    if (!this.#active || hidden === this.#pausedByHiding) return;
    // Who shares the screen is bound to look at something else.
    if (hidden && (this.mutedVideo || !this.sendsVideo || this.sharing.track)) return;
    this.mute({ video: hidden });
    this.#pausedByHiding = hidden;
  }

  limit(maxBandwidth: number): void {
    this.#maxBandwidth = maxBandwidth;
    for (const peer of this.#peers.values()) peer.limit(maxBandwidth);
  }

  /** Whether anybody in this call takes our sound. */
  get sendsAudio(): boolean {
    return this.#isTaken("audio");
  }

  /** Whether anybody in this call takes our picture. */
  get sendsVideo(): boolean {
    // What is recorded must be sent to somebody anyway: that switches no camera on.
    return this.#isTaken("video");
  }

  /** All that is agreed on, and nobody can hear us: a station without a speaker. */
  get unheard(): boolean {
    const links = this.peers.filter((peer) => peer.isLink && !peer.stale);
    return links.length > 0 && links.every((peer) => peer.agreed) && !this.sendsAudio;
  }

  /** The best picture there is of a party: never black while an older one still shows. */
  picture(party: string): MediaStream | undefined {
    const peers = this.peers.filter((peer) => peer.open.peer === party).reverse();
    const link = peers.find((peer) => peer.hasPicture && !peer.open.preview && !peer.stale);
    const shown = link ?? peers.find((peer) => peer.hasPicture);
    return (shown ?? this.#lastPictures.of(party) ?? peers[0])?.stream;
  }

  linkTo(party: string): Peer | undefined {
    const links = this.peers.filter((peer) => peer.open.peer === party && !peer.open.preview);
    return links.reverse().find((peer) => !peer.stale) ?? links[0];
  }

  /** Whether no way to a party was found; to any, if none is given. */
  noPath(party?: string): NoPath | undefined {
    if (party === undefined) return [...this.#unreached.values()][0];
    const link = this.linkTo(party);
    if (link) return link.state === "failed" ? link.noPath : undefined;
    return this.#unreached.get(party);
  }

  /** Gives everything back: the light beside the camera goes out. */
  end(): void {
    this.#active = false;
    for (const id of [...this.#peers.keys()]) this.closePeer(id);
    this.#lastPictures.end();
    this.sharing.end();
    this.speaking.stop();
    this.tools.microphone.release(this.callId);
    this.tools.camera.release(this.callId);
    this.tools.black.release(this.callId);
  }

  /** Brings devices and connections in line with what is wanted now. */
  sync(): void {
    const { microphone, camera } = this.tools;
    if (!this.#active) return;
    // Where nobody can hear us, nobody listens either.
    if (this.unheard) microphone.release(this.callId);
    else microphone.hold(this.callId);
    microphone.enable(!this.mutedAudio);
    const shows = this.sendsVideo && (this.call?.video ?? false);
    // Unlike a microphone a camera has a light, and takes power: off means off.
    if (shows && !this.mutedVideo && !this.sharing.track) camera.hold(this.callId);
    else camera.release(this.callId);
    const picture = shows ? this.#ownPicture() : null;
    for (const peer of this.#peers.values()) {
      const shown = picture === "black" ? this.tools.black.hold(this.callId) : picture;
      peer.setTrack("audio", this.#reaches(peer, "audio") ? microphone.track : null);
      peer.setTrack("video", this.#reaches(peer, "video") ? shown : null);
    }
    if (picture !== "black") this.tools.black.release(this.callId);
  }

  #isTaken(kind: "audio" | "video"): boolean {
    return this.peers.some(
      (peer) => peer.isLink && peer.maySend(kind) && this.#reaches(peer, kind),
    );
  }

  /** Whether somebody at the other end hears or sees us, if that is known. */
  #reaches(peer: Peer, kind: "audio" | "video"): boolean {
    const member = this.call?.members.find(({ id }) => id === peer.open.peer);
    return (kind === "audio" ? member?.hears : member?.sees) ?? true;
  }

  #ownPicture(): MediaStreamTrack | "black" | null {
    const { camera } = this.tools;
    const picture = this.mutedVideo ? null : (this.sharing.track ?? camera.track);
    if (picture) this.#showed = true;
    if (picture) return picture;
    // Black would be taken for our first picture while the camera still opens.
    const opens = !this.#showed && !this.mutedVideo && camera.problem === null;
    return opens ? null : "black";
  }

  #shareChanged(): void {
    const on = this.sharing.track !== null;
    if (on !== (this.#toldSharing ?? false)) {
      this.#toldSharing = on;
      this.tellSharing();
      if (on) this.#mutedBefore = this.mutedVideo;
      if (this.#mutedBefore) this.mute({ video: !on });
      // It may have ended while the page was in the background, where no camera runs.
      else if (!on) this.pageHidden(document.hidden);
    }
    this.sync();
    this.tools.onChange();
  }

  /** Tells the others whether they see the screen; again after a lost connection. */
  tellSharing(): void {
    const on = this.#toldSharing;
    if (on === undefined) return;
    // Servers that don't know it yet show the picture all the same.
    this.tools.send("mesh_call/sharing", { call_id: this.callId, on }).catch(() => undefined);
  }

  #peerChanged(peer: Peer): void {
    if (!this.#peers.has(peer.id)) return;
    if (!peer.open.preview && peer.stream.getAudioTracks().length > 0) {
      this.tools.sound.play(peer.id, peer.stream);
    }
    if (peer.hasPicture) this.#lastPictures.drop(peer.open.peer);
    if (peer.state === "disconnected") this.tools.onInterrupted();
    if (peer.works && !peer.stale) this.#replaceStale(peer);
    this.sync();
    this.tools.onChange();
  }

  #replaceStale(fresh: Peer): void {
    for (const peer of this.peers) {
      if (peer.stale && peer.open.peer === fresh.open.peer) this.closePeer(peer.id);
    }
  }
}
