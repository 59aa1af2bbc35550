// What two nodes say to each other on a line between their processes, one line of text each. Who asks shows that it has
// read in the database who it asks; who answers shows that it is that process, and between which two addresses it sees
// the line. Where these aren't those that the asker sees, somebody is between who could end the line, or refuse another,
// though the process lives: a proxy, or what forwards a port.

import { plainAddress } from "../host-and-port.ts";

/** A line as one of its ends sees it. */
export interface Seen {
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
}

export const asking = (holder: string): string => `${proof("asks", holder)}\n`;

export function answering(holder: string, seen: Seen): string {
  return `${proof("answers", holder)} ${theirs(seen)} ${own(seen)}\n`;
}

/** Whether that process answers, and itself. */
export function isAnswer(text: string, holder: string, seen: Seen): boolean {
  return text === `${proof("answers", holder)} ${own(seen)} ${theirs(seen)}\n`;
}

/** Who holds a place is known to those alone who read the database. */
function proof(deed: "asks" | "answers", holder: string): string {
  return new Bun.CryptoHasher("sha256").update(`orchard ${deed} ${holder}`).digest("hex");
}

const own = ({ localAddress, localPort }: Seen) => `${plainAddress(localAddress)}|${localPort}`;
const theirs = ({ remoteAddress, remotePort }: Seen) => `${plainAddress(remoteAddress)}|${remotePort}`;
