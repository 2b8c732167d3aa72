import { css } from "lit";

/** Pictures on a dark stage, words and controls above them: the same in light and dark themes. */
export const viewStyles = css`
  :host {
    display: block;
    container: view / inline-size;
    color: #fff;
    --focus: #fff;
    --tint: rgba(255, 255, 255, 0.16);
    --tint-lit: rgba(255, 255, 255, 0.26);
  }
  .stage {
    position: relative;
    height: 100%;
    min-height: var(--stage-height, 280px);
    background: #14171c;
    overflow: hidden;
    border-radius: inherit;
  }
  .pictures,
  .only {
    position: absolute;
    inset: 0;
  }
  .pictures {
    display: grid;
    gap: 8px;
    grid-auto-rows: minmax(0, 1fr);
    grid-template-columns: minmax(0, 1fr);
  }
  /* One picture fills the stage; several keep clear of words and controls. */
  .pictures:not([data-count="1"]) {
    inset: 60px 8px 84px;
  }
  .pictures:not([data-count="1"]) .member {
    border-radius: 12px;
    overflow: hidden;
  }
  .pictures[data-count="2"] {
    grid-template-columns: repeat(var(--pair, 1), minmax(0, 1fr));
  }
  .pictures[data-count="3"],
  .pictures[data-count="4"] {
    grid-template-columns: repeat(2, minmax(0, 1fr));
  }
  .pictures[data-count="3"] .member:first-child {
    grid-column: span 2;
  }
  @container view (min-width: 520px) {
    .pictures[data-count="2"] {
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
    .pictures[data-count="3"] {
      grid-template-columns: repeat(3, minmax(0, 1fr));
    }
    .pictures[data-count="3"] .member:first-child {
      grid-column: auto;
    }
  }
  .member {
    position: relative;
    min-height: 0;
  }
  .member mesh-call-tile {
    position: absolute;
    inset: 0;
  }
  .pictures[data-count="1"] .plate {
    left: 12px;
    top: 64px;
    bottom: auto;
  }
  .speaks::after {
    content: "";
    position: absolute;
    inset: 0;
    border-radius: inherit;
    border: 3px solid #5bd68a;
    pointer-events: none;
  }
  mesh-call-more {
    width: min(520px, 100%);
    min-height: 0;
  }
  .waits mesh-call-tile {
    animation: breathe 2s ease-in-out infinite;
  }
  @keyframes breathe {
    50% {
      opacity: 0.55;
    }
  }
  .plate {
    position: absolute;
    left: 8px;
    right: 8px;
    bottom: 8px;
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    font-size: 0.85rem;
  }
  .plate > span {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 3px 9px;
    border-radius: 999px;
    background: rgba(0, 0, 0, 0.62);
  }
  .plate .icon,
  .problem .icon {
    width: 18px;
    height: 18px;
  }
  .problem {
    position: absolute;
    inset: auto 12px 50%;
    display: flex;
    gap: 8px;
    width: fit-content;
    margin: 0 auto;
    padding: 8px 12px;
    border-radius: 12px;
    background: rgba(90, 22, 22, 0.92);
    font-size: 0.9rem;
  }
  .self {
    position: absolute;
    right: 12px;
    top: 64px;
    width: clamp(72px, 22%, 180px);
    aspect-ratio: 4 / 3;
    border-radius: 10px;
    box-shadow: 0 2px 10px rgba(0, 0, 0, 0.5);
  }
  .member .self {
    inset: 0;
    width: auto;
    aspect-ratio: auto;
    box-shadow: none;
  }
  .head {
    position: absolute;
    inset: 0 0 auto;
    display: flex;
    align-items: flex-start;
    gap: 8px;
    padding: 10px 8px 24px 16px;
    background: linear-gradient(rgba(0, 0, 0, 0.78), rgba(0, 0, 0, 0.5) 60%, transparent);
    pointer-events: none;
  }
  .head ::slotted(*),
  .head button {
    pointer-events: auto;
  }
  .who {
    flex: 1;
    min-width: 0;
    display: grid;
    text-shadow: 0 1px 3px rgba(0, 0, 0, 0.7);
  }
  .who strong {
    font-size: 1.1rem;
    font-weight: 600;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .status {
    display: flex;
    gap: 8px;
    font-size: 0.9rem;
  }
  time {
    font-variant-numeric: tabular-nums;
  }
  .witness {
    display: inline-flex;
    align-items: center;
    gap: 5px;
    padding: 5px 11px 5px 7px;
    border-radius: 999px;
    background: rgba(0, 0, 0, 0.55);
    font-size: 0.85rem;
    font-weight: 500;
    white-space: nowrap;
  }
  .witness .icon {
    width: 18px;
    height: 18px;
  }
  .recording {
    background: var(--red);
  }
  .recording .icon {
    animation: breathe 1.6s ease-in-out infinite;
  }
  .foot,
  .stage > .controls {
    position: absolute;
    inset: auto 0 0;
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 10px;
    max-height: 100%;
    padding: 28px 12px 14px;
    background: linear-gradient(transparent, rgba(0, 0, 0, 0.7));
  }
  .foot .hint {
    max-width: 560px;
    background: rgba(20, 23, 28, 0.9);
    border: 1px solid rgba(255, 255, 255, 0.22);
  }
  .tap {
    background: #fff;
    color: #14171c;
  }
  .tap:hover {
    background: #e8eaee;
  }
  .controls {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    justify-content: center;
    gap: 12px 16px;
  }
  @container view (min-width: 760px) {
    .pictures:not([data-count="1"]) {
      inset: 72px 12px 100px;
    }
    .who strong {
      font-size: 1.4rem;
    }
  }
`;
