import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Screen } from "../src/screen";
import { callOf, DOOR, FakeConnection, joinedCall } from "./fake-server";
import { type FakeDevices, FakePeerConnection, lastPeer, settle } from "./fakes";
import { closeScreen, connectCall, openScreen } from "./open-screen";

describe("the screen", () => {
  let hass: FakeConnection;
  let devices: FakeDevices;
  let screen: Screen;

  const inCall = (): Promise<void> => connectCall(hass);

  beforeEach(async () => {
    ({ hass, devices, screen } = await openScreen());
  });
  afterEach(() => closeScreen(screen));

  describe("that rings", () => {
    it("says so once, and opens no microphone for it", async () => {
      hass.state(callOf());
      hass.state(callOf());
      await settle();
      expect(screen.ringing.map(({ call_id }) => call_id)).toEqual(["call"]);
      expect(hass.of("ringing")).toHaveLength(1);
      expect(devices.getUserMedia).not.toHaveBeenCalled();
    });

    it("looks at the caller without sending anything", async () => {
      hass.state(callOf());
      hass.open("preview", { preview: true });
      await hass.offer("preview", "video:sendrecv");
      expect(lastPeer().transceivers.map(({ direction }) => direction)).toEqual(["recvonly"]);
      expect(
        lastPeer()
          .getSenders()
          .every(({ track }) => track === null),
      ).toBe(true);
    });

    it("falls silent when another page takes over", () => {
      hass.state(callOf());
      hass.tell({ type: "replaced" });
      expect(screen.ringing).toEqual([]);
      expect(screen.standing).toBe("passive");
    });

    it("leaves the present call when a second one is answered", async () => {
      await inCall();
      const second = callOf({ call_id: "second" });
      hass.state(joinedCall(), second);
      expect(screen.ringing.map(({ call_id }) => call_id)).toEqual(["second"]);
      void screen.answer("second");
      await settle();
      expect(hass.of("hangup")).toMatchObject([{ call_id: "call" }]);
      expect(hass.of("accept")).toMatchObject([{ call_id: "second", video: true }]);
    });

    it("goes on ringing when the answer is refused, and says why", async () => {
      hass.answers["mesh_call/accept"] = { code: "call_full", message: "It is full." };
      hass.state(callOf());
      await screen.answer("call");
      expect(screen.ringing).toHaveLength(1);
      expect(screen.notices.list.at(-1)?.sentence).toBe("It is full.");
      expect(devices.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
    });

    it("says why a call is over", () => {
      hass.state(callOf());
      hass.tell({ type: "dismiss", call_id: "call", reason: "answered_elsewhere" });
      expect(screen.notices.list).toMatchObject([
        { who: "Front door", reason: "answered_elsewhere", outgoing: false },
      ]);
    });

    it("says nothing of what the user rejected", () => {
      hass.state(callOf());
      screen.reject("call");
      hass.tell({ type: "dismiss", call_id: "call", reason: "rejected" });
      expect(hass.of("reject")).toMatchObject([{ reason: "declined" }]);
      expect(screen.notices.list).toEqual([]);
    });
  });

  describe("that lost its websocket", () => {
    it("keeps the old connections until fresh ones work", async () => {
      await inCall();
      const old = lastPeer();
      hass.plug(false);
      expect(screen.current?.call_id).toBe("call");
      hass.plug(true);
      hass.welcome();
      hass.state(joinedCall());
      hass.open("fresh");
      await hass.offer("fresh");
      expect(old.closed).toBe(false);
      lastPeer().become("connected");
      await vi.advanceTimersByTimeAsync(1000);
      expect(old.closed).toBe(true);
      expect(screen.sessions.get("call")?.linkTo(DOOR)?.id).toBe("fresh");
    });

    it("gives up after a while, and says so", async () => {
      await inCall();
      hass.plug(false);
      await vi.advanceTimersByTimeAsync(16_000);
      expect(screen.current).toBeUndefined();
      expect(devices.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
      expect(screen.notices.list.at(-1)?.reason).toBe("connection_lost");
    });

    it("doesn't bring a call back that was hung up meanwhile", async () => {
      await inCall();
      hass.plug(false);
      screen.hangup("call");
      await settle();
      hass.plug(true);
      hass.welcome();
      hass.state(joinedCall());
      hass.open("fresh");
      await settle();
      expect(screen.current).toBeUndefined();
      expect(FakePeerConnection.all).toHaveLength(1);
      expect(hass.of("hangup")).toMatchObject([{ call_id: "call" }]);
    });

    it("goes on in a call after a reload, microphone included", async () => {
      hass.state(joinedCall());
      await settle();
      expect(screen.current?.call_id).toBe("call");
      expect(devices.opened.map(({ kind }) => kind)).toContain("audio");
    });
  });
});
