/**
 * Keeps an element of ours in reach while a dialog of the frontend is open: browsers make all
 * that lies outside of a modal dialog dead to taps and keys, whatever it is painted over. So the
 * element goes into the dialog, and back when that closes.
 */

import { parentOf } from "../tree";

export class AboveDialogs {
  #dialog: HTMLDialogElement | undefined;

  constructor(
    private readonly element: HTMLElement,
    private readonly onChange: (dialog: HTMLElement | undefined) => void,
  ) {
    // Opening a modal dialog always moves the focus into it.
    document.addEventListener("focusin", () => this.look(), true);
  }

  /** Goes where it is in reach, unless that would tear down a dialog of our own. */
  look(): void {
    const { element } = this;
    // Who took it off the page meant it.
    if (!element.isConnected && !this.#dialog) return;
    if (element.shadowRoot && hasModal(element.shadowRoot)) return;
    const dialog = modalAround(element) ?? (isOpen(this.#dialog) ? this.#dialog : undefined);
    if (dialog !== this.#dialog) this.#enter(dialog);
    raise(element);
  }

  #enter(dialog: HTMLDialogElement | undefined): void {
    this.#dialog = dialog;
    dialog?.addEventListener("close", () => this.look(), { once: true });
    (dialog ?? document.body).append(this.element);
    this.onChange(dialog);
  }
}

const isOpen = (dialog: HTMLDialogElement | undefined): boolean =>
  dialog !== undefined && dialog.isConnected && dialog.open;

const hasModal = (root: ShadowRoot): boolean =>
  [...root.querySelectorAll("*")].some(
    (each) => isModal(each) || (each.shadowRoot !== null && hasModal(each.shadowRoot)),
  );

const isModal = (element: Element): element is HTMLDialogElement =>
  element instanceof HTMLDialogElement && element.open && element.matches(":modal");

/** The modal dialog that holds the focus, leaving out our own. */
const modalAround = (ours: HTMLElement): HTMLDialogElement | undefined => {
  let focused = document.activeElement;
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  for (let node: Node | null = focused; node; node = parentOf(node)) {
    if (node instanceof Element && isModal(node) && node.getRootNode() !== ours.shadowRoot) {
      return node;
    }
  }
  return undefined;
};

/** Over the dialog it is in, and out of what the dialog clips or moves. */
const raise = (element: HTMLElement): void => {
  if (!("showPopover" in element) || !element.isConnected) return;
  element.setAttribute("popover", "manual");
  if (!element.matches(":popover-open")) element.showPopover();
};
