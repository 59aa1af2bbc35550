// What somebody calls the device that they log in with, made of its user agent: a browser and its system, or a program.
// Must not keep the user agent itself, which tells more of a person than they need to know their devices apart.

import Bowser from "bowser";
import { limits } from "../domain/limits.ts";

/** Null where nothing is said. */
export function deviceName(user_agent: string | null): string | null {
  const said = visible(user_agent ?? "").slice(0, limits.user_agent_length);
  if (said === "") return null;
  const { browser, os } = Bowser.parse(said);
  // A program that is no browser begins with its own name: `orchard-console/1.2`.
  const [program = said] = said.split(/[\s/;(]/, 1);
  const what = said.startsWith("Mozilla/") ? browser.name : program;
  const name = what && os.name ? `${what} on ${os.name}` : what || os.name || said;
  return name.slice(0, limits.device_name_length);
}

/** Without what would not be seen. */
function visible(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "").trim();
}
