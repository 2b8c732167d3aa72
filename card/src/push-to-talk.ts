/** Whether this browser is heard only while a button is held; remembered for all its pages. */

const KEY = "mesh_call.push_to_talk";

export class PushToTalk {
  // Some webviews and private windows refuse storage; then the page remembers it.
  #on = stored();

  constructor(private readonly onChange: () => void) {}

  get on(): boolean {
    return this.#on;
  }

  set(on: boolean): void {
    this.#on = on;
    try {
      if (on) localStorage.setItem(KEY, "on");
      else localStorage.removeItem(KEY);
    } catch {
      // The page keeps it as long as it lives.
    }
    this.onChange();
  }
}

const stored = (): boolean => {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
};
