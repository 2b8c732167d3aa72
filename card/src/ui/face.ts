import type { PartyKind } from "../protocol";

/** What stands for a party that shows no picture. */
export type Face = PartyKind | "speaker";

/** A station without a camera is a speaker, to people. */
export const faceOf = ({ kind, video }: { kind: PartyKind; video: boolean }): Face =>
  kind === "station" && !video ? "speaker" : kind;
