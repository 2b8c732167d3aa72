import { css } from "lit";

/** A call made small: who, how long, and the controls in one line. */
export const barStyles = css`
  :host([barred]) .stage {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 4px 8px;
    min-height: 0;
    padding: 8px 10px 8px 14px;
  }
  :host([barred]) .head {
    position: static;
    flex: 1 1 180px;
    align-items: center;
    padding: 0;
    background: none;
    min-width: 0;
  }
  :host([barred]) .foot,
  :host([barred]) .stage > .controls {
    position: static;
    display: flex;
    padding: 0;
    background: none;
  }
  :host([barred]) .controls {
    gap: 8px;
  }
  :host([barred]) .control {
    width: 46px;
    height: 46px;
  }
  :host([barred]) .control.red {
    width: 58px;
    border-radius: 23px;
  }
`;
