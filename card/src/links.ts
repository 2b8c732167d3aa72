/** Addresses by which a notification opens this page; see `notifications.py`. */

import type { Screen } from "./screen";

const ANSWER = "mesh_call_answer";

/** Answers the call that the page is opened for, as soon as it rings here. */
export const followLinks = (screen: Screen): void => {
  let wanted = takeAnswer();
  const answer = (): void => {
    const call = screen.ringing.find(({ call_id }) => call_id === wanted);
    if (!call) return;
    wanted = undefined;
    void screen.answer(call.call_id);
  };
  const followed = (): void => {
    wanted = takeAnswer() ?? wanted;
    answer();
  };
  screen.addEventListener("change", answer);
  // Home Assistant's frontend says so when it goes somewhere without loading the page.
  window.addEventListener("location-changed", followed);
  window.addEventListener("popstate", followed);
};

/** Takes the id of the call off the address, so that going back answers nothing. */
const takeAnswer = (): string | undefined => {
  const url = new URL(window.location.href);
  const callId = url.searchParams.get(ANSWER);
  if (callId === null) return undefined;
  url.searchParams.delete(ANSWER);
  window.history.replaceState(window.history.state, "", url);
  return callId;
};
