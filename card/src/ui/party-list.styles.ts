import { css } from "lit";

export const partyListStyles = css`
  :host {
    display: grid;
    gap: 12px;
    container: parties / inline-size;
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
  .picture {
    flex: none;
    width: 80px;
    aspect-ratio: 16 / 9;
    border-radius: 10px;
    object-fit: cover;
    background: #14171c;
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
  .chosen {
    box-shadow: inset 0 0 0 2px var(--green);
  }
  .choosing .go {
    background: transparent;
    color: var(--ink-soft);
    box-shadow: inset 0 0 0 2px currentColor;
  }
  .choosing .chosen .go {
    background: var(--green);
    color: #fff;
    box-shadow: none;
  }
  .several {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  @media (hover: hover) {
    .party:hover {
      background: var(--tint-lit);
    }
    .party:hover .go {
      background: var(--green-lit);
    }
    .choosing .party:not(.chosen):hover .go {
      background: transparent;
    }
  }
  @container parties (min-width: 660px) {
    .party {
      min-height: 84px;
    }
    .name {
      font-size: 1.2rem;
    }
  }
`;
