import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AboveDialogs } from "../src/ui/above-dialogs";

/** A dialog of the frontend: a native one deep in shadow roots, as browsers open it. */
const openDialog = (): { dialog: HTMLDialogElement; host: HTMLElement; field: HTMLElement } => {
  const host = document.body.appendChild(document.createElement("div"));
  const root = host.attachShadow({ mode: "open" });
  const dialog = root.appendChild(document.createElement("dialog"));
  const field = dialog.appendChild(document.createElement("input"));
  dialog.open = true;
  return { dialog, host, field };
};

const close = (dialog: HTMLDialogElement): void => {
  dialog.open = false;
  (document.activeElement as HTMLElement | null)?.blur();
  dialog.dispatchEvent(new Event("close"));
};

describe("what lies over a page", () => {
  let element: HTMLElement;
  let heard: (HTMLElement | undefined)[];
  let above: AboveDialogs;

  beforeEach(() => {
    document.body.replaceChildren();
    heard = [];
    element = document.body.appendChild(document.createElement("section"));
    element.attachShadow({ mode: "open" });
    above = new AboveDialogs(element, (dialog) => heard.push(dialog));
    // Here every open dialog is a modal one.
    const selectors: Partial<Record<string, (node: Element) => boolean>> = {
      ":modal": ({ tagName }) => tagName === "DIALOG",
      ":popover-open": () => true,
    };
    vi.spyOn(HTMLElement.prototype, "matches").mockImplementation(function (
      this: HTMLElement,
      selector: string,
    ) {
      return selectors[selector]?.(this) ?? false;
    });
  });
  afterEach(() => void vi.restoreAllMocks());

  it("goes into a modal dialog, outside of which everything is dead", () => {
    const { dialog, field } = openDialog();
    field.focus();
    above.look();
    expect(element.parentNode).toBe(dialog);
    expect(heard).toEqual([dialog]);
  });

  it("stays there while the focus is nowhere", () => {
    const { dialog, field } = openDialog();
    field.focus();
    above.look();
    field.blur();
    above.look();
    expect(element.parentNode).toBe(dialog);
  });

  it("comes back when the dialog closes, or goes without closing", () => {
    const first = openDialog();
    first.field.focus();
    above.look();
    close(first.dialog);
    expect(element.parentNode).toBe(document.body);

    const second = openDialog();
    second.field.focus();
    above.look();
    second.host.remove();
    above.look();
    expect(element.parentNode).toBe(document.body);
    expect(heard.at(-1)).toBeUndefined();
  });

  it("doesn't move while a ring of its own is open", () => {
    const ring = element.shadowRoot!.appendChild(document.createElement("dialog"));
    ring.open = true;
    const { field } = openDialog();
    field.focus();
    above.look();
    expect(element.parentNode).toBe(document.body);
  });

  it("stays away when it was taken off the page", () => {
    element.remove();
    above.look();
    expect(element.isConnected).toBe(false);
  });
});
