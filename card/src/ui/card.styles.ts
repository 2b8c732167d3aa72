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
    --stage-height: clamp(300px, 62cqi, 640px);
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
  .notices:empty {
    display: none;
  }
  ul {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(240px, 100%), 1fr));
    gap: 10px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .party {
    display: flex;
    align-items: center;
    gap: 12px;
    width: 100%;
    min-height: 68px;
    padding: 10px 12px;
    border-radius: 16px;
    background: var(--tint);
    text-align: start;
    transition:
      background-color 0.15s,
      transform 0.1s;
  }
  .party:active {
    transform: scale(0.985);
  }
  .disc,
  .go {
    display: grid;
    place-items: center;
    flex: none;
    width: 44px;
    height: 44px;
    border-radius: 50%;
  }
  .disc {
    background: color-mix(in srgb, var(--accent) 16%, transparent);
    color: color-mix(in srgb, var(--accent) 72%, var(--ink));
  }
  .go {
    background: var(--green);
    color: #fff;
  }
  .in_call .go,
  .connecting .go {
    background: color-mix(in srgb, var(--ink) 55%, var(--surface));
  }
  .name {
    flex: 1;
    min-width: 0;
    display: grid;
    font-size: 1.05rem;
    font-weight: 500;
    line-height: 1.3;
    overflow-wrap: anywhere;
  }
  small {
    font-size: 0.85rem;
    font-weight: 400;
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
    .party:hover,
    .foot .round:hover {
      background: var(--tint-lit);
    }
    .party:hover .go {
      background: var(--green-lit);
    }
  }
  @container card (min-width: 700px) {
    .content {
      padding: 20px;
    }
    .party {
      min-height: 84px;
    }
    .name {
      font-size: 1.2rem;
    }
  }
`;
