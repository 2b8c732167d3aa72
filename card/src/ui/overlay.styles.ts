import { css } from "lit";

export const overlayStyles = css`
  :host {
    position: fixed;
    inset: 0;
    z-index: 2147483000;
    pointer-events: none;
    display: block;
    width: auto;
    height: auto;
    margin: 0;
    padding: 0;
    border: 0;
    background: none;
    overflow: visible;
  }
  .banner,
  .window,
  .notice {
    pointer-events: auto;
  }
  .banners {
    position: absolute;
    inset: calc(10px + env(safe-area-inset-top)) 10px auto;
    display: grid;
    justify-items: center;
    gap: 10px;
    z-index: 2;
  }
  .banner {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: center;
    gap: 10px 14px;
    width: min(660px, 100%);
    padding: 10px;
    border-radius: 18px;
    background: var(--surface);
    box-shadow:
      0 10px 40px rgba(0, 0, 0, 0.35),
      0 0 0 1px var(--line);
    animation: drop 0.25s ease-out;
  }
  .banner mesh-call-tile {
    width: 104px;
    aspect-ratio: 16 / 10;
    border-radius: 10px;
  }
  .banner .who {
    display: grid;
    line-height: 1.35;
  }
  .banner .who strong {
    font-size: 1.1rem;
    font-weight: 600;
  }
  .banner .soft {
    font-size: 0.9rem;
  }
  .banner .choice {
    display: flex;
    gap: 8px;
  }
  .banner .pill {
    min-height: 48px;
  }
  @media (max-width: 560px) {
    .banner {
      grid-template-columns: auto minmax(0, 1fr);
    }
    .banner .choice {
      grid-column: 1 / -1;
    }
    .banner .choice .pill {
      flex: 1;
    }
  }
  @keyframes drop {
    from {
      transform: translateY(-16px);
      opacity: 0;
    }
  }
  .window {
    position: absolute;
    right: calc(16px + env(safe-area-inset-right));
    bottom: calc(16px + env(safe-area-inset-bottom));
    width: min(440px, calc(100vw - 24px));
    border-radius: 18px;
    box-shadow:
      0 16px 50px rgba(0, 0, 0, 0.5),
      0 0 0 1px rgba(255, 255, 255, 0.14);
    overflow: hidden;
    background: #14171c;
    color: #fff;
    --focus: #fff;
    translate: var(--x, 0) var(--y, 0);
  }
  .window mesh-call-view {
    --stage-height: 0;
    --pair: 2;
    aspect-ratio: 4 / 3;
    border-radius: inherit;
  }
  .window.bar {
    width: min(560px, calc(100vw - 24px));
  }
  .window.bar mesh-call-view {
    aspect-ratio: auto;
  }
  .window.full {
    inset: 0;
    width: auto;
    border-radius: 0;
    translate: none;
  }
  .window.full mesh-call-view {
    height: 100%;
    aspect-ratio: auto;
  }
  .window .round {
    width: 44px;
    height: 44px;
    color: #fff;
  }
  .window .round:hover {
    background: rgba(255, 255, 255, 0.18);
  }
  .grip {
    cursor: grab;
    touch-action: none;
  }
  .dots {
    width: 18px;
    height: 12px;
    background: radial-gradient(circle, currentColor 1.6px, transparent 2px) 0 0 / 6px 6px;
  }
  .notices {
    position: absolute;
    inset: auto 12px calc(20px + env(safe-area-inset-bottom));
    display: grid;
    justify-items: center;
    gap: 8px;
  }
  .notice {
    display: flex;
    align-items: center;
    gap: 8px;
    max-width: 560px;
    padding: 4px 6px 4px 20px;
    border-radius: 26px;
    background: #23272e;
    color: #fff;
    --focus: #fff;
    box-shadow: 0 8px 30px rgba(0, 0, 0, 0.4);
    animation: drop 0.2s ease-out;
  }
`;
