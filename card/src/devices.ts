/** Which cameras, microphones and speakers this device has, and which of them calls use. */

import type { Capture } from "./capture";
import type { DeviceInfo, DeviceKind, Send } from "./protocol";
import type { Sound } from "./sound";

export type DeviceError = "unknown_device" | "device_failed";

const KINDS: Record<MediaDeviceKind, DeviceKind> = {
  videoinput: "camera",
  audioinput: "microphone",
  audiooutput: "speaker",
};
const STORED = "mesh_call.devices";

interface Tools {
  camera: Capture;
  microphone: Capture;
  sound: Sound;
  send: Send;
  onChange: () => void;
}

export class Devices {
  lists: Record<DeviceKind, DeviceInfo[]> = { camera: [], microphone: [], speaker: [] };
  #told = "";

  constructor(private readonly tools: Tools) {
    const chosen = load();
    if (chosen.camera) tools.camera.prefer(chosen.camera);
    if (chosen.microphone) tools.microphone.prefer(chosen.microphone);
    tools.sound.speaker = chosen.speaker ?? "";
    (navigator.mediaDevices as MediaDevices | undefined)?.addEventListener(
      "devicechange",
      () => void this.look(),
    );
  }

  inUse(kind: DeviceKind): string | null {
    return kind === "speaker" ? this.tools.sound.speaker || null : this.tools[kind].device;
  }

  /** Looks what there is; browsers tell little of it before the permission is given. */
  async look(): Promise<void> {
    const media = navigator.mediaDevices as MediaDevices | undefined;
    const found = (await media?.enumerateDevices().catch(() => undefined)) ?? [];
    const lists: typeof this.lists = { camera: [], microphone: [], speaker: [] };
    for (const { kind, deviceId, label } of found) {
      // Before the permission some browsers show one device without a name or an id.
      if (deviceId) lists[KINDS[kind]].push({ id: deviceId, label });
    }
    this.lists = lists;
    this.tell();
    this.tools.onChange();
  }

  /** Tells Home Assistant if it has changed. */
  tell(): void {
    const { camera: cameras, microphone: microphones, speaker: speakers } = this.lists;
    const fields = {
      cameras,
      microphones,
      speakers,
      camera: this.inUse("camera"),
      microphone: this.inUse("microphone"),
      speaker: this.inUse("speaker"),
    };
    const news = JSON.stringify(fields);
    if (news === this.#told) return;
    this.#told = news;
    // Home Assistant may be away, or too old to ask for it; a new registration tells it again.
    this.tools.send("mesh_call/devices", fields).catch(() => undefined);
  }

  /** A new registration has to be told anew. */
  forget(): void {
    this.#told = "";
  }

  /** Goes over to another device without new negotiation; what is mute stays mute. */
  async use(kind: DeviceKind, id: string): Promise<DeviceError | undefined> {
    if (!this.lists[kind].some((device) => device.id === id)) await this.look();
    if (!this.lists[kind].some((device) => device.id === id)) return "unknown_device";
    const tool = kind === "speaker" ? this.tools.sound : this.tools[kind];
    if (!(await tool.use(id))) return "device_failed";
    store({ ...load(), [kind]: id });
    this.tell();
    this.tools.onChange();
    return undefined;
  }
}

type Chosen = Partial<Record<DeviceKind, string>>;

const load = (): Chosen => {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    if (typeof stored !== "object" || stored === null) return {};
    return Object.fromEntries(
      Object.values(KINDS).flatMap((kind) => {
        const id = (stored as Record<string, unknown>)[kind];
        return typeof id === "string" ? [[kind, id]] : [];
      }),
    );
  } catch {
    return {};
  }
};

const store = (chosen: Chosen): void => {
  try {
    localStorage.setItem(STORED, JSON.stringify(chosen));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
};
