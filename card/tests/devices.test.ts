import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from "vitest";
import { Capture } from "../src/capture";
import { Devices } from "../src/devices";
import type { Send } from "../src/protocol";
import { Sound } from "../src/sound";
import { type FakeDevices, FakeStream, FakeTrack, installMedia, settle } from "./fakes";

const info = (kind: MediaDeviceKind, deviceId: string, label = deviceId): object => ({
  kind,
  deviceId,
  label,
});

const ALL = [
  info("audioinput", "mic-1", "Built in"),
  info("audioinput", "mic-2", "Headset"),
  info("videoinput", "cam-1", "Front"),
  info("videoinput", "cam-2", "Back"),
  info("audiooutput", "out-1", "Speaker"),
];

describe("devices", () => {
  let fake: FakeDevices;
  let send: Mock<Send>;
  let present: object[];
  let microphone: Capture;
  let camera: Capture;
  let sound: Sound;
  let devices: Devices;

  /** Opens what is asked for by id, as a browser does. */
  const honourIds = (): void => {
    fake.getUserMedia.mockImplementation((wish: MediaStreamConstraints) => {
      const kind = wish.audio ? "audio" : "video";
      const { deviceId } = (wish.audio ?? wish.video) as { deviceId?: { exact: string } };
      const track = new FakeTrack(kind);
      const id = deviceId?.exact ?? `${kind === "audio" ? "mic" : "cam"}-1`;
      vi.spyOn(track, "getSettings").mockReturnValue({ deviceId: id });
      fake.opened.push(track);
      return Promise.resolve(new FakeStream([track]));
    });
  };

  const begin = (): void => {
    microphone = new Capture("audio", () => undefined);
    camera = new Capture("video", () => undefined);
    sound = new Sound(() => undefined);
    devices = new Devices({ microphone, camera, sound, send, onChange: () => undefined });
  };

  beforeEach(() => {
    localStorage.clear();
    fake = installMedia();
    present = ALL;
    Object.assign(navigator.mediaDevices, { enumerateDevices: () => Promise.resolve(present) });
    send = vi.fn<Send>(() => Promise.resolve(null));
    honourIds();
    begin();
  });
  afterEach(() => {
    microphone.release("call");
    camera.release("call");
    vi.unstubAllGlobals();
  });

  const news = (): Record<string, unknown> => send.mock.calls.at(-1)?.[1] as never;

  it("are told to Home Assistant, and only when they change", async () => {
    await devices.look();
    expect(send).toHaveBeenCalledWith("mesh_call/devices", {
      cameras: [
        { id: "cam-1", label: "Front" },
        { id: "cam-2", label: "Back" },
      ],
      microphones: [
        { id: "mic-1", label: "Built in" },
        { id: "mic-2", label: "Headset" },
      ],
      speakers: [{ id: "out-1", label: "Speaker" }],
      camera: null,
      microphone: null,
      speaker: null,
    });
    await devices.look();
    expect(send).toHaveBeenCalledTimes(1);
    present = ALL.slice(0, 1);
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    await settle();
    expect(news()["microphones"]).toHaveLength(1);
    // A new registration knows nothing of the old one.
    devices.forget();
    await devices.look();
    expect(send).toHaveBeenCalledTimes(3);
  });

  it("leave out what a browser hides before the permission", async () => {
    present = [info("audioinput", "", ""), info("videoinput", "", "")];
    await devices.look();
    expect(news()).toMatchObject({ cameras: [], microphones: [], speakers: [] });
  });

  it("don't mind a server that is too old to listen", async () => {
    send.mockRejectedValue({ code: "unknown_command", message: "" });
    await expect(devices.look()).resolves.toBeUndefined();
  });

  it("change in mid-call, and what was mute stays mute", async () => {
    microphone.hold("call");
    await settle();
    microphone.enable(false);
    expect(await devices.use("microphone", "mic-2")).toBeUndefined();
    expect(fake.opened.map(({ readyState }) => readyState)).toEqual(["ended", "live"]);
    expect(microphone.track).toBe(fake.opened[1]);
    expect(microphone.track?.enabled).toBe(false);
    expect(news()["microphone"]).toBe("mic-2");
  });

  it("are remembered, unless they are gone", async () => {
    await devices.use("camera", "cam-2");
    begin();
    camera.hold("call");
    await settle();
    expect(camera.device).toBe("cam-2");
    camera.release("call");

    fake.getUserMedia.mockRejectedValueOnce(new DOMException("", "OverconstrainedError"));
    camera.hold("call");
    await settle();
    expect(camera.problem).toBeNull();
    expect(camera.device).toBe("cam-1");
  });

  it("refuse what isn't there", async () => {
    expect(await devices.use("camera", "cam-9")).toBe("unknown_device");
    expect(fake.getUserMedia).not.toHaveBeenCalled();
  });

  it("stay as they were when the other one can't be had", async () => {
    camera.hold("call");
    await settle();
    const [first] = fake.opened;
    fake.getUserMedia.mockRejectedValueOnce(new DOMException("", "NotAllowedError"));
    expect(await devices.use("camera", "cam-2")).toBe("device_failed");
    expect(camera.track).toBe(first);
    expect(first?.readyState).toBe("live");
    expect(camera.device).toBe("cam-1");
  });

  it("take turns where only one camera opens at a time", async () => {
    camera.hold("call");
    await settle();
    fake.getUserMedia.mockRejectedValueOnce(new DOMException("", "NotReadableError"));
    expect(await devices.use("camera", "cam-2")).toBeUndefined();
    expect(fake.opened.map(({ readyState }) => readyState)).toEqual(["ended", "live"]);
    expect(camera.device).toBe("cam-2");
  });

  it("give back what was opened too late for the call", async () => {
    camera.hold("call");
    await settle();
    const late = new FakeTrack("video");
    let arrive: (stream: FakeStream) => void = () => undefined;
    fake.getUserMedia.mockReturnValueOnce(new Promise((resolve) => (arrive = resolve)));
    const changing = devices.use("camera", "cam-2");
    await settle();
    camera.release("call");
    arrive(new FakeStream([late]));
    expect(await changing).toBe("device_failed");
    expect(late.readyState).toBe("ended");
    expect(fake.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
    expect(camera.track).toBeNull();
  });

  it("play through the chosen speaker where the browser lets them", async () => {
    const setSinkId = vi
      .spyOn(HTMLMediaElement.prototype, "setSinkId")
      .mockRejectedValueOnce(new DOMException("", "NotFoundError"));
    expect(await devices.use("speaker", "out-1")).toBe("device_failed");
    expect(devices.inUse("speaker")).toBeNull();
    setSinkId.mockResolvedValue();
    sound.play("link", new MediaStream());
    expect(await devices.use("speaker", "out-1")).toBeUndefined();
    expect(setSinkId).toHaveBeenCalledWith("out-1");
    expect(news()["speaker"]).toBe("out-1");
    sound.stop("link");
    setSinkId.mockRestore();
  });
});
