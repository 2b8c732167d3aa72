import type { Browser } from "playwright-core";

export const CHROMIUM: string;
export const launch: (extra?: string[]) => Promise<Browser>;
