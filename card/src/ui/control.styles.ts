import { css } from "lit";

/** The round buttons of a call. */
export const controlStyles = css`
  .control {
    display: grid;
    place-items: center;
    width: 56px;
    height: 56px;
    border-radius: 50%;
    background: rgba(70, 76, 86, 0.85);
    transition:
      background-color 0.15s,
      transform 0.1s;
  }
  .control:active {
    transform: scale(0.94);
  }
  .control.off {
    background: #fff;
    color: #14171c;
  }
  .control.red {
    width: 72px;
    border-radius: 28px;
    background: var(--red);
  }
  @media (hover: hover) {
    .control:hover {
      background: rgba(96, 103, 115, 0.95);
    }
    .control.off:hover {
      background: #e8eaee;
    }
    .control.red:hover {
      background: var(--red-lit);
    }
  }
  @container (min-width: 760px) {
    .control {
      width: 68px;
      height: 68px;
    }
    .control.red {
      width: 96px;
      border-radius: 34px;
    }
    .control .icon {
      width: 30px;
      height: 30px;
    }
  }
`;
