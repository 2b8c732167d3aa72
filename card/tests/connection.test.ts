import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Availability, Connection, type Refusal } from "../src/connection";
import type { ServerEvent } from "../src/protocol";
import { FakeConnection, ME } from "./fake-server";

describe("registration", () => {
  let hass: FakeConnection;
  let events: ServerEvent[];
  let states: Availability[];
  let connection: Connection;

  beforeEach(() => {
    vi.useFakeTimers();
    localStorage.clear();
    hass = new FakeConnection();
    events = [];
    states = [];
    connection = new Connection(
      hass,
      "user",
      (event) => events.push(event),
      (state) => states.push(state),
    );
  });
  afterEach(() => void vi.useRealTimers());

  it("brings no pair the first time and keeps the one it gets", () => {
    connection.register();
    expect(hass.subscribed).toEqual([{ type: "mesh_call/screen" }]);
    hass.welcome();
    expect(states.at(-1)).toBe("ready");
    expect(JSON.parse(localStorage.getItem("mesh_call.screen.user") ?? "")).toEqual({
      screen_id: ME,
      secret: "secret",
    });
  });

  it("registers with the same pair after a lost connection", () => {
    connection.register();
    hass.welcome();
    hass.plug(false);
    expect(states.at(-1)).toBe("lost");
    hass.plug(true);
    expect(hass.subscribed.at(-1)).toEqual({
      type: "mesh_call/screen",
      screen_id: ME,
      secret: "secret",
    });
  });

  it("hears nothing of a registration that is over", () => {
    connection.register();
    const old = hass.tell.bind(hass);
    hass.welcome();
    hass.plug(false);
    events.length = 0;
    old({ type: "replaced" });
    expect(events).toEqual([]);
  });

  it("tries again until the integration runs", async () => {
    hass.failSubscription = { code: "unknown_command", message: "" };
    connection.register();
    await vi.advanceTimersByTimeAsync(600);
    expect(states.at(-1)).toBe("missing");
    const tried = hass.subscribed.length;
    hass.failSubscription = undefined;
    await vi.advanceTimersByTimeAsync(5000);
    expect(hass.subscribed.length).toBeGreaterThan(tried);
    hass.welcome();
    expect(states.at(-1)).toBe("ready");
  });

  it("says so when this user may not", async () => {
    hass.failSubscription = { code: "unauthorized", message: "" };
    connection.register();
    await vi.advanceTimersByTimeAsync(0);
    expect(states.at(-1)).toBe("denied");
  });

  it("says so when nobody welcomes it", async () => {
    connection.register();
    await vi.advanceTimersByTimeAsync(5000);
    expect(states.at(-1)).toBe("missing");
  });

  it("falls silent at once and leaves a little later", async () => {
    connection.register();
    hass.welcome();
    await vi.advanceTimersByTimeAsync(0);
    events.length = 0;
    connection.silence();
    hass.tell({ type: "state", parties: [], calls: [] });
    expect(events).toEqual([]);
    expect(hass.unsubscribed).toBe(0);
    await vi.advanceTimersByTimeAsync(5000);
    expect(hass.unsubscribed).toBe(1);
  });

  it("is made anew when Home Assistant has gone silent, and only then", async () => {
    connection.register();
    hass.welcome();
    void connection.check();
    await vi.advanceTimersByTimeAsync(5000);
    expect(hass.reconnected).toBe(0);
    hass.silent = true;
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(3000);
    expect(hass.reconnected).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(hass.reconnected).toBe(1);
    expect(states.at(-1)).toBe("lost");
  });

  it("tells refusals from lost connections", async () => {
    hass.answers["mesh_call/accept"] = { code: "call_full", message: "Full." };
    const command = { call_id: "call", video: true };
    const refused = connection.send("mesh_call/accept", command);
    await expect(refused).rejects.toMatchObject({ code: "call_full", message: "Full." });
    hass.connected = false;
    const lost = connection.send("mesh_call/accept", command).catch((error: unknown) => error);
    expect(((await lost) as Refusal).code).toBe("connection_lost");
  });
});
