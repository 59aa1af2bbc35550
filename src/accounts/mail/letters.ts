// What is written to people. Plain text, in which nothing stands that a stranger chose but a name, which has the form of
// one. Each says for whom it is, what it does, how long, and that nothing happens where it is ignored.

import { limits } from "../../domain/limits.ts";
import { linkUrl } from "../link-tokens.ts";

export interface Letter {
  to: string;
  subject: string;
  text: string;
}

interface About {
  to: string;
  name: string;
  public_url: string;
}

const HOURS = limits.link_age_ms / (60 * 60 * 1000);

/** The link with which a password is set. */
export function resetLetter({ to, name, public_url }: About, token: string): Letter {
  const text = paragraphs(
    `Somebody asked for a new password for ${name} at ${public_url}. If that was you, set one here:`,
    linkUrl("reset", token, public_url),
    `The link is good once, for ${HOURS} hours. If it wasn't you, do nothing: the password stays as it is.`,
  );
  return { to, subject: `A new password for ${name}`, text };
}

/** The link by which the address is known to be read by the owner of the account. */
export function confirmLetter({ to, name, public_url }: About, token: string): Letter {
  const text = paragraphs(
    `This address was given for ${name} at ${public_url}. If that was you, say so here:`,
    linkUrl("confirm", token, public_url),
    `The link is good once, for ${HOURS} hours. If it wasn't you, do nothing: the address isn't used then.`,
  );
  return { to, subject: `Your address at ${hostOf(public_url)}`, text };
}

/** To the address that was good so far. */
export function changeLetter({ to, name, public_url }: About): Letter {
  const text = paragraphs(
    `Somebody who knows the password of ${name} at ${public_url} asked for another e-mail address in place of this one.`,
    "If that was you, there is nothing to do. If it wasn't, log in and change the password now: the change that was " +
      "asked for is void then.",
  );
  return { to, subject: `A new address for ${name}`, text };
}

const paragraphs = (...parts: string[]): string => `${parts.join("\n\n")}\n`;
const hostOf = (public_url: string): string => new URL(public_url).host;
