import { css } from "lit";

/** What all parts of the card and the overlay share: colours, type, buttons. */
export const shared = css`
  :host {
    --green: #1b7a3d;
    --green-lit: #22954b;
    --red: #c62828;
    --red-lit: #d93a3a;
    --surface: var(--ha-card-background, var(--card-background-color, #fff));
    --ink: var(--primary-text-color, #1c1c1e);
    --ink-soft: var(--secondary-text-color, #5c5f66);
    --line: var(--divider-color, rgba(0, 0, 0, 0.12));
    --accent: var(--primary-color, #0b76b8);
    --tint: color-mix(in srgb, var(--ink) 7%, transparent);
    --tint-lit: color-mix(in srgb, var(--ink) 12%, transparent);
    --round: var(--ha-card-border-radius, 12px);
    --font: var(--ha-font-family-body, var(--paper-font-body1_-_font-family, Roboto, sans-serif));
    font-family: var(--font);
    color: var(--ink);
    -webkit-tap-highlight-color: transparent;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  .icon {
    width: 24px;
    height: 24px;
    fill: currentColor;
    flex: none;
    display: block;
  }
  button {
    font: inherit;
    color: inherit;
    border: 0;
    background: none;
    padding: 0;
    cursor: pointer;
    min-width: 44px;
    min-height: 44px;
    touch-action: manipulation;
  }
  button:disabled {
    cursor: default;
    opacity: 0.5;
  }
  :focus-visible {
    outline: 3px solid var(--focus, var(--accent));
    outline-offset: 2px;
  }
  .pill {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    padding: 0 18px;
    border-radius: 999px;
    background: var(--tint);
    font-weight: 500;
    transition: background-color 0.15s;
  }
  .pill:hover {
    background: var(--tint-lit);
  }
  .green,
  .green:hover {
    background: var(--green);
    color: #fff;
  }
  .red,
  .red:hover {
    background: var(--red);
    color: #fff;
  }
  .round {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    width: 48px;
    height: 48px;
    border-radius: 50%;
  }
  @media (hover: hover) {
    .green:hover {
      background: var(--green-lit);
    }
    .red:hover {
      background: var(--red-lit);
    }
  }
  .hint {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 8px 12px;
    padding: 10px 14px;
    border-radius: 12px;
    background: var(--tint);
    font-size: 0.9rem;
    line-height: 1.4;
  }
  .hint > span {
    flex: 1 1 12em;
  }
  .soft {
    color: var(--ink-soft);
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;
