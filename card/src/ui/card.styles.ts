import { css } from "lit";

export const cardStyles = css`
  :host {
    display: block;
    height: 100%;
  }
  ha-card {
    display: block;
    height: 100%;
    overflow: hidden;
    border-radius: var(--round);
    background: var(--surface);
    color: var(--ink);
    container: card / inline-size;
  }
  mesh-call-view {
    height: 100%;
    border-radius: var(--round);
    --stage-height: clamp(min(125cqi, 440px), 62cqi, 640px);
  }
  .full {
    width: 44px;
    height: 44px;
    color: #fff;
    --focus: #fff;
  }
  .full:hover {
    background: rgba(255, 255, 255, 0.18);
  }
  .content {
    display: flex;
    flex-direction: column;
    gap: 12px;
    height: 100%;
    padding: 16px;
    overflow: auto;
  }
  h2 {
    margin: 0;
    font-size: var(--ha-card-header-font-size, 1.4rem);
    font-weight: 500;
    line-height: 1.3;
  }
  .notices {
    display: grid;
    gap: 8px;
  }
  .notices:not(:has(*)) {
    display: none;
  }
  .foot {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
    margin-top: auto;
    font-size: 0.9rem;
  }
  .foot .round {
    color: var(--ink-soft);
    margin: -4px -8px -8px 0;
  }
  @media (hover: hover) {
    .foot .round:hover {
      background: var(--tint-lit);
    }
  }
  @container card (min-width: 700px) {
    .content {
      padding: 20px;
    }
  }
`;
