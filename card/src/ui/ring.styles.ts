import { css } from "lit";

export const ringStyles = css`
  dialog {
    pointer-events: auto;
    border: 0;
    padding: 0;
    margin: auto;
    width: min(680px, calc(100vw - 24px));
    max-width: none;
    max-height: calc(100dvh - 24px);
    border-radius: 24px;
    background: var(--surface);
    color: var(--ink);
    box-shadow: 0 24px 80px rgba(0, 0, 0, 0.5);
    overflow: hidden auto;
    container: ring / inline-size;
    animation: rise 0.28s cubic-bezier(0.2, 0.9, 0.3, 1.15);
  }
  dialog:focus {
    outline: none;
  }
  dialog::backdrop {
    background: rgba(8, 10, 14, 0.66);
    backdrop-filter: blur(8px);
    animation: fade 0.2s;
  }
  @keyframes rise {
    from {
      transform: translateY(24px) scale(0.97);
      opacity: 0;
    }
  }
  @keyframes fade {
    from {
      opacity: 0;
    }
  }
  .sheet {
    display: grid;
  }
  .picture {
    position: relative;
    aspect-ratio: 16 / 9;
    max-height: calc(100dvh - 270px);
    width: 100%;
  }
  .picture mesh-call-tile {
    position: absolute;
    inset: 0;
  }
  .tools {
    position: absolute;
    top: 12px;
    right: 12px;
    display: flex;
    gap: 8px;
    color: #fff;
    --focus: #fff;
  }
  .tools .round {
    background: rgba(20, 23, 28, 0.72);
  }
  .tools .round:hover:not(:disabled) {
    background: rgba(60, 66, 76, 0.9);
  }
  .tools .round:disabled {
    opacity: 1;
  }
  .words {
    padding: 20px 24px 4px;
    text-align: center;
    display: grid;
    gap: 4px;
  }
  h2 {
    margin: 0;
    font-size: clamp(1.5rem, 5cqi, 2.1rem);
    font-weight: 600;
    line-height: 1.2;
    overflow-wrap: anywhere;
  }
  p {
    margin: 0;
    color: var(--ink-soft);
    font-size: 1.05rem;
  }
  .words .hint {
    margin-top: 10px;
    text-align: start;
  }
  .choice {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 14px;
    padding: 18px 24px 24px;
  }
  .big {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 10px;
    min-height: 68px;
    border-radius: 34px;
    font-size: 1.2rem;
    font-weight: 600;
    transition:
      background-color 0.15s,
      transform 0.1s;
  }
  .big:active {
    transform: scale(0.97);
  }
  .big .icon {
    width: 28px;
    height: 28px;
  }
  .big.green .icon {
    animation: swing 1.3s ease-in-out infinite;
    transform-origin: 50% 60%;
  }
  .big.green {
    animation: glow 1.8s ease-out infinite;
  }
  @keyframes swing {
    0%,
    60%,
    100% {
      transform: rotate(0);
    }
    10%,
    30%,
    50% {
      transform: rotate(-14deg);
    }
    20%,
    40% {
      transform: rotate(14deg);
    }
  }
  @keyframes glow {
    from {
      box-shadow: 0 0 0 0 color-mix(in srgb, var(--green) 60%, transparent);
    }
    to {
      box-shadow: 0 0 0 18px transparent;
    }
  }
  @media (max-width: 560px) {
    dialog {
      width: 100vw;
      height: 100dvh;
      max-height: none;
      border-radius: 0;
    }
    .sheet {
      height: 100%;
      grid-template-rows: minmax(0, 1fr) auto auto;
    }
    .picture {
      aspect-ratio: auto;
      max-height: none;
    }
    .choice {
      padding-bottom: max(28px, env(safe-area-inset-bottom));
    }
  }
  @media (max-height: 480px) and (orientation: landscape) {
    dialog {
      width: 100vw;
      height: 100dvh;
      max-height: none;
      border-radius: 0;
    }
    .sheet {
      height: 100%;
      grid-template: 1fr auto auto 1fr / 1fr minmax(280px, 42%);
    }
    .picture {
      grid-row: 1 / -1;
      aspect-ratio: auto;
      max-height: none;
    }
    .words {
      grid-area: 2 / 2;
    }
    .choice {
      grid-area: 3 / 2;
    }
  }
`;
