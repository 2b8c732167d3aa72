import {
  mdiAccount,
  mdiAccountMultiple,
  mdiAccountPlus,
  mdiAlertCircle,
  mdiArrowCollapse,
  mdiBellOff,
  mdiCellphoneLink,
  mdiCheck,
  mdiClose,
  mdiCog,
  mdiDotsHorizontal,
  mdiDoorbellVideo,
  mdiFullscreen,
  mdiFullscreenExit,
  mdiMicrophone,
  mdiMicrophoneOff,
  mdiMonitorOff,
  mdiMonitorShare,
  mdiPhone,
  mdiPhoneHangup,
  mdiPictureInPictureBottomRight,
  mdiRecordCircle,
  mdiTablet,
  mdiVideo,
  mdiVideoOff,
  mdiVolumeHigh,
  mdiVolumeOff,
  mdiWindowMinimize,
} from "@mdi/js";
import { svg, type TemplateResult } from "lit";
import type { PartyKind } from "../protocol";

const PATHS = {
  add: mdiAccountPlus,
  alert: mdiAlertCircle,
  answer: mdiPhone,
  bell_off: mdiBellOff,
  camera: mdiVideo,
  camera_off: mdiVideoOff,
  check: mdiCheck,
  close: mdiClose,
  contact: mdiAccount,
  elsewhere: mdiCellphoneLink,
  full: mdiFullscreen,
  full_exit: mdiFullscreenExit,
  hang_up: mdiPhoneHangup,
  microphone: mdiMicrophone,
  microphone_off: mdiMicrophoneOff,
  minimise: mdiWindowMinimize,
  more: mdiDotsHorizontal,
  quiet: mdiVolumeOff,
  record: mdiRecordCircle,
  restore: mdiArrowCollapse,
  screen: mdiTablet,
  settings: mdiCog,
  several: mdiAccountMultiple,
  share: mdiMonitorShare,
  share_off: mdiMonitorOff,
  small_picture: mdiPictureInPictureBottomRight,
  sound: mdiVolumeHigh,
  station: mdiDoorbellVideo,
} satisfies Record<string, string> & Record<PartyKind, string>;

export type Icon = keyof typeof PATHS;

/** A drawing beside words; never the only carrier of a meaning. */
export const icon = (name: Icon): TemplateResult =>
  svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;
